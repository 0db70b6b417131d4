/** What a node keeps as a table: a column for each name in the values, and cells for people. */

import { oneLine } from '@millrace/pipeline'

export interface StateCell {
  readonly text: string
  readonly kind: 'number' | 'text' | 'none'
}

export interface StateRow {
  /** One for each column. */
  readonly cells: readonly StateCell[]
  /** In place of cells, where the value has no names, or is only there in part. */
  readonly whole: string | undefined
}

export interface StateColumns {
  /** The column that each value has its key in, which then is none of its own. */
  readonly keyName: string | undefined
  readonly names: readonly string[]
  /** As many as entries, in their order. */
  readonly rows: readonly StateRow[]
}

/** The key as it is shown; the value as JSON, cut where it is long. */
export interface StateEntry {
  readonly key: string
  readonly value: string
}

/** With more, each would be a few letters: then a value is shown in one piece. */
const COLUMNS_MAX = 12
const NONE: StateCell = { text: '–', kind: 'none' }

export function toStateColumns(entries: readonly StateEntry[]): StateColumns {
  const named = entries.map(({ value }) => namedValues(value))
  const names = sharedNames(named)
  const rows = named.map((value, index): StateRow => {
    if (value === undefined || names.length === 0) {
      return { cells: [], whole: wholeText(entries[index]?.value ?? '') }
    }
    const own = new Map(Object.entries(value))
    const cells = names.map((name) => (own.has(name) ? toCell(own.get(name)) : NONE))
    return { cells, whole: undefined }
  })
  // Other parts than that of the groups have no such column.
  const keyAt = names.findIndex((_, column) =>
    rows.every(({ cells }, index) => {
      const cell = cells[column] ?? NONE
      return cell === NONE || cell.text === entries[index]?.key
    }),
  )
  if (keyAt < 0 || names.length === 1) return { keyName: undefined, names, rows }
  return {
    keyName: names[keyAt],
    names: names.toSpliced(keyAt, 1),
    rows: rows.map(({ cells, whole }) => ({ cells: cells.toSpliced(keyAt, 1), whole })),
  }
}

/** None where values are of several kinds, so that most of the cells would be empty. */
function sharedNames(values: readonly (object | undefined)[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const name of values.flatMap((value) => Object.keys(value ?? {}))) {
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  const most = Math.max(0, ...counts.values())
  const isShared = [...counts.values()].every((count) => count * 2 >= most)
  return isShared && counts.size <= COLUMNS_MAX ? [...counts.keys()] : []
}

function namedValues(text: string): object | undefined {
  const value = parsed(text)
  return isNamed(value) ? value : undefined
}

/** Several rows under one key in words; the rest as it came. */
function wholeText(text: string): string {
  const value = parsed(text)
  return Array.isArray(value) && value.length > 0 && value.every(isNamed) ? wordsOf(value) : text
}

/** Undefined where it was cut. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isNamed(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function toCell(value: unknown): StateCell {
  if (typeof value === 'number') return { text: String(value), kind: 'number' }
  if (value === null) return { text: 'NULL', kind: 'none' }
  if (Array.isArray(value) && value.length === 0) return { text: 'none', kind: 'none' }
  return { text: wordsOf(value), kind: 'text' }
}

/** A row of a side of a join as `customer: ada, spent: 12`; several behind each other. */
function wordsOf(value: unknown): string {
  if (typeof value === 'string') return oneLine(value)
  if (Array.isArray(value) && value.every((one) => isNamed(one) || typeof one === 'string')) {
    return value.map(wordsOf).join('; ')
  }
  if (!isNamed(value)) return JSON.stringify(value)
  const words = Object.entries(value).map(([name, own]) => {
    if (name === 'row' && isNamed(own)) return wordsOf(own)
    const text = isNamed(own) || Array.isArray(own) ? JSON.stringify(own) : (own ?? 'NULL')
    return `${oneLine(name)}: ${oneLine(String(text))}`
  })
  return words.join(', ')
}
