/** Runs the workspace's tools as child processes and passes signals and exit codes on. */

import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's root. */
export const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

const require = createRequire(import.meta.url)

/** Tools start as `node <script>`: that needs no shell and is the same on every system. */
export const TOOLS = {
  biome: () => packageFile('@biomejs/biome', 'bin/biome'),
  playwright: () => packageFile('@playwright/test', 'cli.js', 'e2e'),
  tsc: () => packageFile('typescript', 'bin/tsc'),
  vitest: () => packageFile('vitest', 'vitest.mjs'),
}

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd] Where the child runs; the root unless it says so.
 * @property {NodeJS.ProcessEnv} [env]
 * @property {boolean} [inherit] Whether the child writes to our own output instead of into
 * `output`.
 */

/**
 * Runs `node <nodeArguments>` to its end. A signal that we get meanwhile is passed on.
 *
 * @param {readonly string[]} nodeArguments
 * @param {RunOptions} [options]
 * @returns {Promise<{ code: number, output: string, seconds: number }>}
 */
export function runNode(nodeArguments, options = {}) {
  return run(process.execPath, nodeArguments, options)
}

/**
 * Checks the types of a project, on one thread: those of its own share little, and take twice the
 * processor time. Garbage is collected late, until that would take too much memory.
 *
 * @param {string} project
 * @param {RunOptions} [options]
 */
export function checkTypes(project, options = {}) {
  const env = { GOGC: '400', GOMEMLIMIT: '2GiB', ...process.env }
  const words = ['-p', project, '--pretty', 'false', '--singleThreaded']
  return runNode([TOOLS.tsc(), ...words], { env, ...options })
}

/**
 * @param {string} command
 * @param {readonly string[]} commandArguments
 * @param {RunOptions & { shell?: boolean }} [options]
 * @returns {Promise<{ code: number, output: string, seconds: number }>}
 */
export function run(command, commandArguments, { cwd = ROOT, env, inherit, shell } = {}) {
  const startedMs = performance.now()
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...commandArguments], {
      cwd,
      env: env ?? process.env,
      shell: shell ?? false,
      stdio: inherit === true ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    })
    const pass = (/** @type {NodeJS.Signals} */ signal) => {
      // A terminal sends Ctrl-C to every process in it; a second one would mean "at once".
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    }
    for (const signal of PASSED_ON) process.on(signal, pass)
    /** @type {Buffer[]} */
    const chunks = []
    child.stdout?.on('data', (chunk) => chunks.push(chunk))
    child.stderr?.on('data', (chunk) => chunks.push(chunk))
    child.on('error', reject)
    child.on('close', (code, signal) => {
      for (const passed of PASSED_ON) process.off(passed, pass)
      resolve({
        code: code ?? exitCodeOf(signal),
        output: Buffer.concat(chunks).toString('utf8'),
        seconds: (performance.now() - startedMs) / 1000,
      })
    })
  })
}

/** @type {readonly NodeJS.Signals[]} */
const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * The exit code that shells give a process that a signal ended.
 *
 * @param {NodeJS.Signals | null} signal
 */
function exitCodeOf(signal) {
  return signal === null ? 1 : 128 + constants.signals[signal]
}

/**
 * A file of an installed package, also where its `exports` do not name the file.
 *
 * @param {string} packageName
 * @param {string} file
 * @param {string} [room] The folder of the package that declares it; the root unless it says so.
 */
function packageFile(packageName, file, room = '.') {
  const from = createRequire(path.join(ROOT, room, 'package.json'))
  const places = from.resolve.paths(packageName) ?? []
  for (const place of places) {
    const candidate = path.join(place, packageName, file)
    try {
      return require.resolve(candidate)
    } catch {
      // Not in this node_modules: the next one outwards may have it.
    }
  }
  throw new Error(
    `Package "${packageName}" is not installed. Run "npm test" or "pnpm install" once.`,
  )
}
