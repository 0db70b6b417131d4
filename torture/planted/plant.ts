/** Builds the simulator with a bug in it, and runs it in a process of its own. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { build, type Plugin } from 'esbuild'
import type { PlantedBug } from './bugs.ts'
import type { Found, Printed } from './search.ts'

export interface PlantedResult {
  readonly bug: PlantedBug
  /** Undefined where it was not found. */
  readonly found: Found | undefined
  /** How many were tried. */
  readonly seeds: number
  readonly seconds: number
}

export interface PlantedBounds {
  readonly seedsMax: number
  /** Whether seeds are tried from 1 on, and not first the one that has shown it. */
  readonly afresh?: boolean
  readonly secondsMax?: number
}

/**
 * A seed that takes so long goes on for ever, which is a way of being found. One that computes for
 * ever is told long before; see torture/seed-watch.ts.
 */
const SEED_MS_MAX = 300_000

/** Where a planted bug stands; throws where it does not stand there exactly once. */
export function plantedText(bug: PlantedBug, root: string): string {
  const text = readFileSync(path.join(root, bug.file), 'utf8')
  const parts = text.split(bug.find)
  if (parts.length === 2) return parts.join(bug.replace)
  throw new Error(
    `"${bug.name}" should change one place of ${bug.file}, and its text stands there ` +
      `${parts.length - 1} times. Bring torture/planted/bugs.ts up to date.`,
  )
}

export async function tryPlanted(
  bug: PlantedBug,
  root: string,
  { seedsMax, afresh = false, secondsMax = Number.POSITIVE_INFINITY }: PlantedBounds,
): Promise<PlantedResult> {
  const startedMs = performance.now()
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-planted-'))
  try {
    const bundled = path.join(folder, 'search.mjs')
    await bundleWith(bug, root, bundled)
    const starter = path.join(folder, 'start.mjs')
    const asked = { arena: bug.arena, seedsMax, ...(afresh ? {} : { first: bug.shownBy }) }
    writeFileSync(
      starter,
      `import { printSearch } from ${JSON.stringify(bundled)}\n` +
        `await printSearch(${JSON.stringify(asked)})\n`,
    )
    const { found, seeds } = await run(starter, secondsMax)
    return { bug, found, seeds, seconds: (performance.now() - startedMs) / 1000 }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function bundleWith(bug: PlantedBug, root: string, outfile: string): Promise<void> {
  const contents = plantedText(bug, root)
  const file = path.join(root, bug.file)
  const plant: Plugin = {
    name: 'plant',
    setup: ({ onLoad, onResolve }) => {
      // Found from where the bundle lies in the end, which is far from here.
      onResolve({ filter: /^better-sqlite3$/ }, ({ path: name }) => ({
        path: createRequire(path.join(root, 'apps/runtime/package.json')).resolve(name),
        external: true,
      }))
      onLoad({ filter: /\.ts$/ }, (loaded) =>
        loaded.path === file ? { contents, loader: 'ts' as const } : undefined,
      )
    },
  }
  await build({
    absWorkingDir: root,
    entryPoints: [path.join(root, 'torture/planted/search.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    mainFields: ['module', 'main'],
    external: ['classic-level'],
    banner: {
      js:
        "import { createRequire as __createRequire } from 'node:module'\n" +
        'const require = __createRequire(import.meta.url)',
    },
    logLevel: 'error',
    plugins: [plant],
  })
}

/** A process that breaks, or stays with one seed for ever, has found something too. */
async function run(
  starter: string,
  secondsMax: number,
): Promise<{ readonly found: Found | undefined; readonly seeds: number }> {
  const child = spawn(process.execPath, [
    '--max-semi-space-size=16',
    '--single-threaded-gc',
    '--interrupt-budget=1000000',
    starter,
  ])
  const untilMs = performance.now() + secondsMax * 1000
  let [seeds, errors, rest] = [0, '', '']
  let ended: { readonly found: Found | undefined } | undefined
  const end = (found: Found | undefined) => {
    ended ??= { found }
    child.kill('SIGKILL')
  }
  const guard = () =>
    setTimeout(() => {
      const fault = `It goes on for more than ${SEED_MS_MAX / 1000} s.`
      end({ seed: seeds, fault })
    }, SEED_MS_MAX)
  let timer = guard()
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-ERROR_LETTERS)
  })
  child.stdout.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const { seed, found } = JSON.parse(line) as Printed
      seeds = seed ?? seeds
      if (found !== undefined) ended ??= { found: found ?? undefined }
    }
    clearTimeout(timer)
    timer = guard()
    if (ended === undefined && performance.now() > untilMs) end(undefined)
  })
  await once(child, 'close')
  clearTimeout(timer)
  const broken = { found: { seed: seeds, fault: `The process broke: ${errors}` } }
  return { ...(ended ?? broken), seeds }
}

const ERROR_LETTERS = 300
