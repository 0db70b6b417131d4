/**
 * A look at what a node keeps: the entries of its tables, as text for people. Between slices only.
 * It fetches no more than it shows, and goes through so many keys and no more, so that a job with
 * millions of them stands still for a few milliseconds at most.
 */

import type { Key } from '@millrace/pipeline'
import type { ShowState, StateReading, StateSize } from './state.ts'

export interface LookedEntry {
  /** As the operator calls it: `groups`. */
  readonly table: string
  /** What the table is divided by, such as the start of a window; 0 where it is not. */
  readonly namespace: number
  /** Where that is known to be a time: UTC milliseconds. */
  readonly fromMs?: number
  readonly key: Key
  /** As JSON; of what JSON cannot say, the nearest. */
  readonly value: string
}

export interface StateLook {
  readonly entries: readonly LookedEntry[]
  /** How many there are in all tables, whether they are looked for or not. */
  readonly total: number
  /** Whether all keys were gone through, or enough was found before. */
  readonly complete: boolean
}

export interface LookedState extends StateLook {
  readonly size: StateSize
}

export interface LookOptions {
  /** A part of the key as it is shown; all entries if it is empty. */
  readonly search: string
  readonly limit: number
  /** How values are shown, and what is in them. */
  readonly show?: ShowState
  /** By table that is divided by time, the milliseconds of a step. */
  readonly times?: ReadonlyMap<string, number>
}

/** Of any state. A whole key is found even where it lies behind them. */
const KEYS_LOOKED_MAX = 20_000
const VALUE_LENGTH_MAX = 2_000
/** Of values as text, before they are cut: to make it takes the thread. At least one is shown. */
const TEXT_LENGTH_MAX = 1_000_000

export function lookAtTables(
  tables: Iterable<readonly [name: string, table: StateReading<unknown>]>,
  { search, limit, show = (value) => value, times }: LookOptions,
): StateLook {
  const entries: LookedEntry[] = []
  const seen = new Set<string>()
  const wanted = search.toLowerCase()
  let total = 0
  let looked = 0
  let textLength = 0
  const isFull = () => entries.length >= limit || textLength >= TEXT_LENGTH_MAX
  const take = (name: string, table: StateReading<unknown>, namespace: number, key: Key): void => {
    const place = JSON.stringify([name, namespace, key])
    if (seen.has(place) || isFull()) return
    const value = table.get(namespace, key)
    if (value === undefined) return
    seen.add(place)
    const text = textOf(value, (inner) => show(inner, name))
    textLength += text.length
    const stepMs = times?.get(name)
    const time = stepMs === undefined ? {} : { fromMs: namespace * stepMs }
    entries.push({ table: name, namespace, ...time, key, value: shortened(text) })
  }
  for (const [name, table] of tables) {
    const namespaces = table.namespaces()
    for (const namespace of namespaces) {
      total += table.count(namespace)
      for (const key of wholeKeys(search)) take(name, table, namespace, key)
    }
    for (const namespace of namespaces) {
      if (isFull() || looked >= KEYS_LOOKED_MAX) break
      for (const key of table.keys(namespace)) {
        if (++looked > KEYS_LOOKED_MAX || isFull()) break
        if (String(key).toLowerCase().includes(wanted)) take(name, table, namespace, key)
      }
    }
  }
  return { entries, total, complete: looked <= KEYS_LOOKED_MAX }
}

/** The keys that a text may mean as a whole. */
function wholeKeys(text: string): readonly Key[] {
  if (text === '') return []
  const number = Number(text)
  return Number.isNaN(number) ? [text] : [text, number]
}

function textOf(value: unknown, show: (value: unknown) => unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) => plain(show(inner))) ?? 'null'
}

function shortened(text: string): string {
  return text.length <= VALUE_LENGTH_MAX ? text : `${text.slice(0, VALUE_LENGTH_MAX)}…`
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  if (value instanceof Map) return [...value]
  if (value instanceof Set) return [...value]
  if (value instanceof Float64Array) return [...value]
  if (value instanceof Uint8Array) return `${value.length} bytes`
  return value
}
