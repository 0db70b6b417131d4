/** Reads the changes of a table as they left, and holds them to what changes of a table are. */

import type { TestElement } from '@millrace/engine/testing'

type Row = { readonly [column: string]: unknown }

/**
 * The table at the end, by the text of its key. Throws where a row comes that is there already, one
 * goes or is replaced that is not there as it is said to be, or `-U` and `+U` are not side by side.
 */
export function materialized(
  elements: readonly TestElement[],
  key: readonly string[],
): ReadonlyMap<string, Row> {
  const table = new Map<string, Row>()
  let replaced: string | undefined
  for (const element of elements) {
    const fault = (text: string) =>
      new Error(`${text}: ${JSON.stringify(element)} in ${JSON.stringify(elements)}`)
    if ('watermark' in element) {
      if (replaced !== undefined) throw fault('A watermark between -U and +U')
      continue
    }
    const { change = '+I', row } = element
    const id = JSON.stringify(key.map((name) => row[name]))
    const there = table.get(id)
    if ((change === '+U') !== (replaced === id)) throw fault('-U and +U are not a pair')
    replaced = undefined
    if (change === '+I' || change === '+U') {
      if (there !== undefined) throw fault('A row is there already')
      table.set(id, row)
      continue
    }
    if (JSON.stringify(there) !== JSON.stringify(row)) throw fault('A row is not there like this')
    table.delete(id)
    if (change === '-U') replaced = id
  }
  if (replaced !== undefined) throw new Error(`No +U at the end: ${JSON.stringify(elements)}`)
  return table
}

/** Throws unless the changes are well formed and add up to these rows, in any order. */
export function checkTable(
  elements: readonly TestElement[],
  key: readonly string[],
  rows: readonly Row[],
): void {
  const found = sorted(materialized(elements, key).values())
  const expected = sorted(rows)
  if (found !== expected) {
    throw new Error(
      `The table is\n${found}\nand should be\n${expected}\nafter ${JSON.stringify(elements)}`,
    )
  }
}

function sorted(rows: Iterable<Row>): string {
  return [...rows]
    .map((row) => JSON.stringify(row))
    .sort()
    .join('\n')
}
