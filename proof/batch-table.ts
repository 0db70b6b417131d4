/** `pnpm batches`: every example in batches of several sizes, whose files must be the same. */

import { chooseExamples, isNexmark } from './example-folders.ts'
import type { ProofOptions } from './proof-table.ts'
import { fileSinks, runDocument, variedExample } from './run-example.ts'
import { againText, writeLine } from './table-line.ts'
import { WITHOUT_BATCH } from './without-batch.ts'

const SIZES = [1, 7, 1000]
const HEAD = ['example', 'seed', 'unlimited', ...SIZES.map((size) => `of ${size}`)]
const WIDTHS = [16, 6, 16, 10, 10, 10]

/** How many runs have other bytes than the one without a limit. */
export async function printBatches(options: ProofOptions): Promise<number> {
  const { root, events, seeds, names, write } = options
  const chosen = chooseExamples(root, names)
  if (typeof chosen === 'string') {
    write(chosen)
    return 1
  }
  write(
    `${events} events for each Nexmark query, out of order. Their files in batches of so many records:\n\n`,
  )
  writeLine(HEAD, WIDTHS, write)
  let different = 0
  for (const example of chosen) {
    if (WITHOUT_BATCH.has(example.id)) continue
    for (const seed of isNexmark(example) ? seeds : seeds.slice(0, 1)) {
      const nexmark = { count: events, rate: 50, outOfOrderGroup: 100, seed }
      const document = variedExample(example, nexmark)
      const files = fileSinks(document).map(({ file }) => file)
      const unlimited = textOf(await runDocument(document, files))
      const bytes = Buffer.byteLength(unlimited)
      const cells: string[] = []
      for (const size of SIZES) {
        const isEqual = textOf(await runDocument(document, files, size)) === unlimited
        if (!isEqual) different++
        cells.push(isEqual ? 'equal' : 'DIFFERS')
      }
      const shownSeed = isNexmark(example) ? String(seed) : ''
      writeLine([example.id, shownSeed, `${bytes} bytes`, ...cells], WIDTHS, write)
      if (cells.includes('DIFFERS')) write(againText('batches', example, events, seed))
    }
  }
  for (const { id } of chosen) {
    const reason = WITHOUT_BATCH.get(id)
    if (reason !== undefined) write(`\n${id} is not compared. ${reason}\n`)
  }
  write(different === 0 ? '\nAll are equal.\n' : `\n${different} differ.\n`)
  return different
}

/** Of all files together, which are in the same order in every run. */
function textOf(files: ReadonlyMap<string, string>): string {
  const text = [...files.values()].join('')
  if (text === '') throw new Error('The example has written nothing, so nothing can be compared.')
  return text
}
