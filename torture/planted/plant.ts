/** Builds the simulator with a bug in it, and runs it in a process of its own. */

import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { build, type Plugin } from 'esbuild'
import type { PlantedBug } from './bugs.ts'
import type { Found } from './search.ts'

export interface PlantedResult {
  readonly bug: PlantedBug
  /** Undefined where it was not found. */
  readonly found: Found | undefined
  readonly seconds: number
}

/** A planted bug may go on for ever, which is a way of being found. */
const SECONDS_MAX = 900

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
  seedsMax: number,
): Promise<PlantedResult> {
  const startedMs = performance.now()
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-planted-'))
  try {
    const bundled = path.join(folder, 'search.mjs')
    await bundleWith(bug, root, bundled)
    const starter = path.join(folder, 'start.mjs')
    const call = `await search(${JSON.stringify(bug.arena)}, ${seedsMax})`
    writeFileSync(
      starter,
      `import { search } from ${JSON.stringify(bundled)}\n` +
        `process.stdout.write(JSON.stringify(${call} ?? null))\n`,
    )
    const found = await run(starter)
    return { bug, found, seconds: (performance.now() - startedMs) / 1000 }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function bundleWith(bug: PlantedBug, root: string, outfile: string): Promise<void> {
  const contents = plantedText(bug, root)
  const file = path.join(root, bug.file)
  const plant: Plugin = {
    name: 'plant',
    setup: ({ onLoad }) => {
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
    external: ['better-sqlite3', 'classic-level'],
    banner: {
      js:
        "import { createRequire as __createRequire } from 'node:module'\n" +
        'const require = __createRequire(import.meta.url)',
    },
    logLevel: 'error',
    plugins: [plant],
  })
}

/** What the search printed; a process that breaks or never ends has found something too. */
function run(starter: string): Promise<Found | undefined> {
  const options = { timeout: SECONDS_MAX * 1000, maxBuffer: 1e7 }
  return new Promise((resolve) => {
    execFile(process.execPath, ['--max-semi-space-size=64', starter], options, (error, output) => {
      if (error === null) resolve((JSON.parse(output) as Found | null) ?? undefined)
      else resolve({ seed: 0, fault: `The process broke: ${error.message.slice(0, 300)}` })
    })
  })
}
