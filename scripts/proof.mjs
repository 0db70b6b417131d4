/**
 * `pnpm proof [name]... [--events N] [--seeds N]`: proves with many events that streaming = batch.
 * `pnpm batches`, with the same words: that no result depends on the size of batches. Both as
 * docs/proof.md describes.
 */

import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { bundle } from './bundle.mjs'
import { ROOT } from './run-tool.mjs'
import { withUsage } from './usage.mjs'

const EVENTS = 200_000
const SEEDS = 3
// One record a batch takes its time, and each example runs four times.
const BATCHES_EVENTS = 20_000
const BATCHES_SEEDS = 1

const USAGE = `pnpm proof [name]...    every example against DuckDB, or those that are named so
pnpm batches [name]...  every example in batches of several sizes
  --events N            of each Nexmark query (${EVENTS}; batches ${BATCHES_EVENTS})
  --seeds N             from 1 to N (${SEEDS}; batches ${BATCHES_SEEDS})
docs/proof.md says what is compared.
`

process.exitCode = await withUsage(USAGE, process.argv.slice(2), main)

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      events: { type: 'string' },
      seeds: { type: 'string' },
      batches: { type: 'boolean' },
    },
  })
  const ofBatches = values.batches ?? false
  const events = Number(values.events ?? (ofBatches ? BATCHES_EVENTS : EVENTS))
  const seeds = Number(values.seeds ?? (ofBatches ? BATCHES_SEEDS : SEEDS))
  if (!Number.isInteger(events) || events < 1 || !Number.isInteger(seeds) || seeds < 1) {
    process.stderr.write('Events and seeds are whole numbers from 1: pnpm proof --events 200000\n')
    return 2
  }
  // Beside the command line, which it contains: native parts and bundled data are found from there.
  const bundled = path.join(ROOT, 'apps/runtime/dist/proof.mjs')
  if (!(await bundle(path.join(ROOT, 'proof/tables.ts'), bundled))) return 1
  const { printBatches, printProof } = await import(pathToFileURL(bundled).href)
  const different = await (ofBatches ? printBatches : printProof)({
    root: ROOT,
    events,
    seeds: Array.from({ length: seeds }, (_, index) => index + 1),
    names: positionals,
    write: (/** @type {string} */ text) => process.stdout.write(text),
  })
  return different === 0 ? 0 : 1
}
