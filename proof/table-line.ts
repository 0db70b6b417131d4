/** How `pnpm proof` and `pnpm batches` print their tables. */

import type { ExampleFolder } from './example-folders.ts'

/** One line of a table in a terminal: names to the left, numbers to the right. */
export function writeLine(
  cells: readonly string[],
  widths: readonly number[],
  write: (text: string) => void,
): void {
  const padded = cells.map((cell, index) => {
    const width = widths[index] ?? 0
    return index === 0 ? cell.padEnd(width) : cell.padStart(width)
  })
  write(`${padded.join('')}\n`)
}

/** What runs one that differs alone; seeds count from 1. */
export function againText(
  command: string,
  { id }: ExampleFolder,
  events: number,
  seed: number,
): string {
  const name = id.split('/').at(-1)
  return `  Again: pnpm ${command} ${name} --events ${events} --seeds ${seed}\n`
}
