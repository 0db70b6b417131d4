/**
 * `node scripts/bootstrap.mjs <task>`: everything a bare machine needs before `pnpm run <task>`.
 *
 * Only Node and npm are taken for granted. pnpm is used in exactly the version that package.json
 * pins: the one in PATH if it is that version, else the one that npm's `npx` keeps in its cache.
 * Its folder is put first in PATH, because scripts that call `pnpm` must find this one and not a
 * shim that needs the network. This file uses nothing that is not part of Node and no syntax that
 * old versions of it cannot parse.
 */

import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const NODE_MIN = '20.19'
const PRINT_PNPM = '--print-pnpm'

const scriptFile = fileURLToPath(import.meta.url)
const root = path.dirname(path.dirname(scriptFile))
/** What was installed last. It lies where an install from nothing would have deleted it. */
const STAMP = path.join(root, 'node_modules', '.millrace-installed')
const pinned = readJson(path.join(root, 'package.json')).packageManager.split('@')[1].split('+')[0]

if (process.argv[2] === PRINT_PNPM) {
  process.stdout.write(`${pnpmInPath() || ''}\n`)
} else {
  requireNode()
  process.exitCode = await main(process.argv[2], process.argv.slice(3))
}

/**
 * @param {string | undefined} task
 * @param {readonly string[]} taskArguments
 */
async function main(task, taskArguments) {
  if (task === undefined) {
    return refuse(
      'A task is missing. Name one of the scripts in package.json, for example "verify".',
    )
  }
  // A server ends with whoever started it, also where no signal can be passed on to it.
  const starters = [process.pid, process.ppid, parentOf(process.ppid)].join(',')
  const started = { ...process.env, MILLRACE_STARTERS: starters }
  if (task === 'serve' && isInstalled()) {
    // To look for pnpm and to let it find nothing to do would take longer than the server.
    const [, ...nodeArguments] = readJson(path.join(root, 'package.json')).scripts.serve.split(' ')
    return (await runNode([...nodeArguments, ...taskArguments], started)).code
  }
  // Looking for pnpm alone may take seconds.
  process.stderr.write('Millrace: installing what is missing; the first time takes a minute.\n')
  const pnpm = pnpmInPath() || (await pnpmFromNpx())
  if (pnpm === undefined) return 1
  const bin = path.join(path.dirname(path.dirname(path.dirname(pnpm))), '.bin')
  const env = { ...started, PATH: `${bin}${path.delimiter}${process.env.PATH || ''}` }
  const install = [
    'install',
    '--frozen-lockfile',
    '--loglevel=warn',
    '--config.confirm-modules-purge=false',
  ]
  const installed = await runNode([pnpm, ...install], env)
  if (installed.code !== 0) return installed.code
  writeFileSync(STAMP, fingerprint())
  return (await runNode([pnpm, '--silent', 'run', task, ...taskArguments], env)).code
}

/** Whether the last install was of exactly what is asked for now, by this kind of Node. */
function isInstalled() {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === fingerprint()
}

/** Changes with everything that an install goes by. */
function fingerprint() {
  const hash = createHash('sha256')
  hash.update(`${process.platform} ${process.arch} ${process.versions.modules}`)
  for (const folder of ['.', 'e2e', ...roomsIn('packages'), ...roomsIn('apps')]) {
    const file = path.join(root, folder, 'package.json')
    if (existsSync(file)) hash.update(`\n${folder}\n`).update(readFileSync(file))
    // A room whose node_modules was deleted has to be installed again.
    hash.update(String(existsSync(path.join(root, folder, 'node_modules'))))
  }
  for (const name of ['pnpm-lock.yaml', 'pnpm-workspace.yaml']) {
    hash.update(readFileSync(path.join(root, name)))
  }
  return hash.digest('hex')
}

/** @param {string} folder */
function roomsIn(folder) {
  return readdirSync(path.join(root, folder))
    .sort()
    .map((name) => path.join(folder, name))
}

/**
 * The process that started another; nothing where this cannot be told. Between npm and this script
 * there is a shell, which stays when npm is killed.
 *
 * @param {number} pid
 */
function parentOf(pid) {
  if (process.platform === 'win32') return ''
  const { stdout } = spawnSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' })
  return (stdout || '').trim()
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const [majorMin = 0, minorMin = 0] = NODE_MIN.split('.').map(Number)
  if (major > majorMin || (major === majorMin && minor >= minorMin)) return
  process.exit(
    refuse(
      `Millrace needs Node ${NODE_MIN} or newer, and this is Node ${process.versions.node}. ` +
        'Install Node 24 (the recommended version) and run the command again.',
    ),
  )
}

/** @param {string} message */
function refuse(message) {
  process.stderr.write(`${message}\n`)
  return 1
}

/**
 * The script of a pnpm in PATH that has exactly the pinned version. It is read, not started: a shim
 * of corepack would try to download, and another version of pnpm would try to become this one.
 */
function pnpmInPath() {
  for (const folder of (process.env.PATH || '').split(path.delimiter)) {
    const command = path.join(folder, 'pnpm')
    const candidates = [path.join(folder, '..', 'pnpm')]
    if (existsSync(command)) candidates.unshift(path.join(realpathSync(command), '..', '..'))
    for (const packageFolder of candidates) {
      const script = path.join(packageFolder, 'bin', 'pnpm.cjs')
      const description = path.join(packageFolder, 'package.json')
      if (!existsSync(script) || !existsSync(description)) continue
      const { name, version } = readJson(description)
      if (name === 'pnpm' && version === pinned) return script
    }
  }
  return undefined
}

/** Lets npm fetch the pinned pnpm into its own cache, or find it there, and says where it is. */
async function pnpmFromNpx() {
  const npx = ['exec', '--yes', `--package=pnpm@${pinned}`, '--', 'node', scriptFile, PRINT_PNPM]
  const npm = process.env.npm_execpath || ''
  const startedByNpm = path.basename(npm) === 'npm-cli.js'
  const env = { ...process.env, npm_config_loglevel: 'error' }
  const windows = process.platform === 'win32'
  const { code, output } = startedByNpm
    ? await run(process.execPath, [npm, ...npx], env, true, false)
    : await run('npm', npx, env, true, windows)
  const script = output.trim().split(/\r?\n/).pop()
  if (code === 0 && script && existsSync(script)) return script
  refuse(
    `npm could not fetch pnpm ${pinned}; its own message stands above. ` +
      `Check that this machine reaches a package registry, or install pnpm ${pinned} into PATH.`,
  )
  return undefined
}

/**
 * @param {readonly string[]} nodeArguments
 * @param {NodeJS.ProcessEnv} env
 */
function runNode(nodeArguments, env) {
  return run(process.execPath, nodeArguments, env, false, false)
}

/**
 * Runs a command to its end, passes signals on, and gives its exit code (for a signal, as shells
 * count it).
 *
 * @param {string} command
 * @param {readonly string[]} commandArguments
 * @param {NodeJS.ProcessEnv} env
 * @param {boolean} capture Whether the standard output is kept instead of shown.
 * @param {boolean} shell
 * @returns {Promise<{ code: number, output: string }>}
 */
function run(command, commandArguments, env, capture, shell) {
  return new Promise((resolve, reject) => {
    const stdio = /** @type {const} */ (['inherit', capture ? 'pipe' : 'inherit', 'inherit'])
    const child = spawn(command, commandArguments, { cwd: root, env, shell, stdio: [...stdio] })
    /** @type {readonly NodeJS.Signals[]} */
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    const pass = (/** @type {NodeJS.Signals} */ signal) => {
      // A terminal sends Ctrl-C to every process in it; a second one would mean "at once".
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    }
    for (const signal of signals) process.on(signal, pass)
    let output = ''
    if (child.stdout) child.stdout.on('data', (chunk) => (output += chunk))
    child.on('error', reject)
    child.on('close', (code, signal) => {
      for (const passed of signals) process.off(passed, pass)
      resolve({ code: code === null ? 128 + constants.signals[signal || 'SIGTERM'] : code, output })
    })
  })
}

/** @param {string} file */
function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'))
}
