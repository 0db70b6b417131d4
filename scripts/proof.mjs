/**
 * `pnpm proof [name]... [--events N] [--seeds N]`: proves with many events that streaming = batch,
 * as proof/README.md describes.
 */

import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { bundle } from './bundle.mjs'
import { ROOT } from './run-tool.mjs'

const EVENTS = 200_000
const SEEDS = 3

process.exitCode = await main()

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { events: { type: 'string' }, seeds: { type: 'string' } },
  })
  const events = Number(values.events ?? EVENTS)
  const seeds = Number(values.seeds ?? SEEDS)
  if (!Number.isInteger(events) || events < 1 || !Number.isInteger(seeds) || seeds < 1) {
    process.stderr.write('Events and seeds are whole numbers from 1: pnpm proof --events 200000\n')
    return 2
  }
  // Beside the command line, which it contains: native parts and bundled data are found from there.
  const bundled = path.join(ROOT, 'apps/runtime/dist/proof.mjs')
  if (!(await bundle(path.join(ROOT, 'proof/proof-table.ts'), bundled))) return 1
  const { printProof } = await import(pathToFileURL(bundled).href)
  const different = await printProof({
    root: ROOT,
    events,
    seeds: Array.from({ length: seeds }, (_, index) => index + 1),
    names: positionals,
    write: (/** @type {string} */ text) => process.stdout.write(text),
  })
  return different === 0 ? 0 : 1
}
