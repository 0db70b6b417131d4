/** What the changes that a sink has written come to, and whether a batch result is the same. */

import type { StreamSchema, Type } from '../packages/pipeline/src/index.ts'
import type { SqlResult } from './duckdb.ts'

type JsonRow = { readonly [column: string]: unknown }
type Values = readonly (string | number | boolean | null)[]

/** Two doubles may differ by so much of their size: sums are rounded at other places. */
const ROUNDING = 1e-12

/** The rows that are left at the end, in no order. Fails where a row goes that is not there. */
export function finalRows(lines: readonly JsonRow[], schema: StreamSchema): readonly Values[] {
  const { columns, changes, key = [] } = schema
  const rows = lines.map((line) => columns.map(({ name, type }) => toValue(line[name], type)))
  if (changes === 'append') return rows
  const identity =
    changes === 'upsert' ? key.map((name) => columns.findIndex((one) => one.name === name)) : []
  const left = new Map<string, Values[]>()
  for (const [index, values] of rows.entries()) {
    const told = identity.length === 0 ? values : identity.map((at) => values[at])
    const name = JSON.stringify(told)
    const same = left.get(name) ?? []
    left.set(name, same)
    const op = lines[index]?.op
    if (op === '+I' || op === '+U') {
      if (identity.length > 0) same.length = 0
      same.push(values)
    } else if (same.pop() === undefined) {
      throw new Error(`A row leaves that never came: ${JSON.stringify(lines[index])}.`)
    }
  }
  return [...left.values()].flat()
}

export function batchRows({ rows }: SqlResult, { columns }: StreamSchema): readonly Values[] {
  return rows.map((row) => columns.map(({ name, type }) => toValue(row[name], type)))
}

/** What is different, as one line; undefined where both have the same rows, each as often. */
export function difference(
  streaming: readonly Values[],
  batch: readonly Values[],
  { columns }: StreamSchema,
): string | undefined {
  const exact = columns.flatMap(({ type }, index) => (type.kind === 'double' ? [] : [index]))
  const ours = sorted(streaming, exact)
  const theirs = sorted(batch, exact)
  for (let index = 0; index < Math.max(ours.length, theirs.length); index++) {
    const [mine, other] = [ours[index], theirs[index]]
    if (mine !== undefined && other !== undefined && sameValues(mine, other, exact)) continue
    return (
      `${ours.length} rows by streaming and ${theirs.length} by batch; the first that differs is ` +
      `${JSON.stringify(mine)} and ${JSON.stringify(other)}.`
    )
  }
  return undefined
}

/** Rows are told apart by their exact columns first: doubles may differ in their last digits. */
function sorted(rows: readonly Values[], exact: readonly number[]): readonly Values[] {
  return rows
    .map((values) => ({ values, name: JSON.stringify(exact.map((index) => values[index])) }))
    .sort((a, b) => compare(a.name, b.name) || compareDoubles(a.values, b.values))
    .map(({ values }) => values)
}

function compareDoubles(a: Values, b: Values): number {
  for (const [index, value] of a.entries()) {
    const other = b[index]
    if (typeof value === 'number' && typeof other === 'number' && value !== other) {
      return value - other
    }
  }
  return 0
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function sameValues(a: Values, b: Values, exact: readonly number[]): boolean {
  return a.every((value, index) => {
    const other = b[index]
    if (value === other || exact.includes(index)) return value === other
    if (typeof value !== 'number' || typeof other !== 'number') return false
    return Math.abs(value - other) <= ROUNDING * Math.max(Math.abs(value), Math.abs(other))
  })
}

/** One form for what a sink writes and what DuckDB gives. */
function toValue(value: unknown, type: Type): Values[number] {
  if (value === null || value === undefined) return null
  if (type.kind === 'integer' || type.kind === 'double') return Number(value)
  if (type.kind === 'boolean') return value === true || value === 'true'
  const text = String(value)
  if (type.kind !== 'timestamp') return text
  return Date.parse(/Z$/.test(text) ? text : `${text.replace(' ', 'T')}Z`)
}
