/**
 * What a table join must come to: the join of what both tables hold in the end, by trying every
 * pair; and a reader of changelogs that takes nothing on trust.
 */

import type { TestElement } from '@millrace/engine/testing'
import { compareRows, type Row, type Value } from '@millrace/pipeline'

/** A row that goes, comes, or is replaced. */
export interface TableChange {
  readonly side: 0 | 1
  readonly before: Row | undefined
  readonly after: Row | undefined
}

export interface TableSettings {
  readonly type: 'inner' | 'left' | 'right' | 'full'
  /** Pairs of column indexes that must be equal. */
  readonly on: readonly (readonly [number, number])[]
  readonly where: ((left: Row, right: Row) => boolean) | undefined
  /** How many columns a row of each side has. */
  readonly widths: readonly [number, number]
}

/** The rows of both sides, sorted, equal ones as often as they are there. */
export function naiveTableJoin(
  { type, on, where, widths }: TableSettings,
  changes: readonly TableChange[],
): readonly Row[] {
  const [lefts, rights] = ([0, 1] as const).map((side) => rowsOf(changes, side))
  const matches = (left: Row, right: Row) =>
    on.every(
      ([a, b]) => left[a] !== null && compareRows([left[a] ?? null], [right[b] ?? null]) === 0,
    ) &&
    (where?.(left, right) ?? true)
  const out: Row[] = []
  for (const left of lefts ?? []) {
    const partners = (rights ?? []).filter((right) => matches(left, right))
    for (const right of partners) out.push([...left, ...right])
    if (partners.length === 0 && (type === 'left' || type === 'full')) {
      out.push([...left, ...new Array<Value>(widths[1]).fill(null)])
    }
  }
  if (type === 'right' || type === 'full') {
    for (const right of rights ?? []) {
      if ((lefts ?? []).some((left) => matches(left, right))) continue
      out.push([...new Array<Value>(widths[0]).fill(null), ...right])
    }
  }
  return out.sort(compareRows)
}

/** What is left when every change has been made, in the order of coming. */
function rowsOf(changes: readonly TableChange[], side: 0 | 1): readonly Row[] {
  const rows: Row[] = []
  for (const { before, after } of changes.filter((change) => change.side === side)) {
    const at = before === undefined ? -1 : rows.findIndex((row) => compareRows(row, before) === 0)
    if (at >= 0) rows.splice(at, 1)
    if (after !== undefined) rows.push(after)
  }
  return rows
}

/**
 * The table that a changelog comes to, sorted. Throws where a row goes that is not there, where
 * `-U` and `+U` do not stand together, where an update changes nothing or the key, and, with a key,
 * where a second row of one key comes. An update may change a key of all columns.
 */
export function tableOf(
  elements: readonly TestElement[],
  columns: readonly string[],
  key: readonly string[] | undefined,
): readonly Row[] {
  const rows: Row[] = []
  let replaced: Row | undefined
  const keyOf = (row: Row) => key?.map((name) => row[columns.indexOf(name)] ?? null)
  for (const element of elements) {
    if (!('row' in element)) continue
    const row = columns.map((name): Value => (element.row[name] ?? null) as Value)
    const { change } = element
    if ((change === '+U') !== (replaced !== undefined)) {
      throw new Error(`${change} ${JSON.stringify(row)} stands behind ${JSON.stringify(replaced)}.`)
    }
    if (change === '-U' || change === '-D') {
      const at = rows.findIndex((other) => compareRows(other, row) === 0)
      if (at < 0) throw new Error(`${JSON.stringify(row)} goes and is not there.`)
      rows.splice(at, 1)
      replaced = change === '-U' ? row : undefined
      continue
    }
    if (replaced !== undefined) {
      if (compareRows(replaced, row) === 0) throw new Error('An update changes nothing.')
      const isWhole = key?.length === columns.length
      if (!isWhole && compareRows(keyOf(replaced) ?? [], keyOf(row) ?? []) !== 0) {
        throw new Error(`An update changes the key of ${JSON.stringify(replaced)}.`)
      }
      replaced = undefined
    }
    if (
      key !== undefined &&
      rows.some((other) => compareRows(keyOf(other) ?? [], keyOf(row) ?? []) === 0)
    ) {
      throw new Error(`There is a second row of the key of ${JSON.stringify(row)}.`)
    }
    rows.push(row)
  }
  if (replaced !== undefined) throw new Error('An update is not finished.')
  return rows.sort(compareRows)
}
