/** `pnpm proof`: every example with many events against DuckDB, as a table. */

import path from 'node:path'
import { performance } from 'node:perf_hooks'
import { openDuckDb } from './duckdb.ts'
import { chooseExamples, isNexmark } from './example-folders.ts'
import { type Proof, prove } from './prove.ts'
import { againText, writeLine } from './table-line.ts'
import { VARIATIONS } from './variations.ts'
import { WITHOUT_BATCH } from './without-batch.ts'

export interface ProofOptions {
  /** The folder of the repository. */
  readonly root: string
  /** For each Nexmark query. */
  readonly events: number
  readonly seeds: readonly number[]
  /** Only those with one of these names, or in a folder with one; all where there is none. */
  readonly names: readonly string[]
  write(text: string): void
}

const HEAD = ['example', 'seed', 'changes', 'rows', 'equal', 'Millrace s', 'DuckDB s']
const WIDTHS = [16, 6, 10, 10, 7, 12, 10]

/** How many differ. Fails where DuckDB is not there: then nothing has been proven. */
export async function printProof(options: ProofOptions): Promise<number> {
  const { root, events, seeds, names, write } = options
  const datasets = path.join(root, 'packages/connectors/data')
  const duckDb = await openDuckDb()
  if ('missing' in duckDb) {
    write(`NOT RUN: DuckDB is not here, so nothing was compared. ${duckDb.missing}\n`)
    return 1
  }
  const examples = chooseExamples(root, names)
  if (typeof examples === 'string') {
    write(examples)
    return 1
  }
  write(`${events} events for each Nexmark query.\n\n`)
  writeLine(HEAD, WIDTHS, write)
  let different = 0
  for (const example of examples) {
    for (const seed of isNexmark(example) ? seeds : seeds.slice(0, 1)) {
      if (WITHOUT_BATCH.has(example.id)) continue
      const nexmark = { ...VARIATIONS[(seed - 1) % VARIATIONS.length], count: events, seed }
      const settings = { nexmark, datasets, nowMs: () => performance.now() }
      const proof = await prove(example, settings, duckDb)
      writeProof(proof, isNexmark(example) ? String(seed) : '', write)
      if (proof.difference === undefined) continue
      different++
      write(againText('proof', example, events, seed))
    }
  }
  duckDb.close()
  for (const { id } of examples) {
    const reason = WITHOUT_BATCH.get(id)
    if (reason !== undefined) write(`\n${id} is not compared. ${reason}\n`)
  }
  write(different === 0 ? '\nAll are equal.\n' : `\n${different} differ.\n`)
  return different
}

function writeProof(proof: Proof, seed: string, write: (text: string) => void): void {
  const { id, rows, changes, streamingMs, batchMs, difference } = proof
  const seconds = (ms: number) => (ms / 1000).toFixed(2)
  const equal = difference === undefined ? 'yes' : 'NO'
  const cells = [id, seed, String(changes), String(rows), equal]
  writeLine([...cells, seconds(streamingMs), seconds(batchMs)], WIDTHS, write)
  if (difference !== undefined) write(`  ${difference}\n`)
}
