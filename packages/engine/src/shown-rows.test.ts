/** What people see of the rows that a node keeps. */

import type { StreamSchema } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { MemoryState } from './memory-state.ts'
import { showRows } from './shown-rows.ts'
import { lookAtTables } from './state-look.ts'
import { stream, toSchema } from './testing/elements.ts'

const AT = Date.parse('2026-01-01T00:00:00Z')

const schema = (columns: Record<string, string>) => toSchema(stream(columns, []))

const ORDERS = schema({ at: 'timestamp', item: 'string' })
const PRICES = schema({ item: 'string', price: 'integer', since: 'timestamp' })
const NAMES = schema({ id: 'integer', name: 'string' })

/** A value as the State tab has it. */
function shown(
  table: string,
  value: unknown,
  inputs: Record<string, StreamSchema>,
  outputs: Record<string, StreamSchema> = {},
): unknown {
  const state = new MemoryState()
  state.table<unknown>(table).put(0, 'key', value)
  const show = showRows(inputs, outputs)
  const [entry] = lookAtTables(state.tables(), { search: '', limit: 1, show }).entries
  return JSON.parse(entry?.value ?? 'null')
}

test('a row has the names of its columns, and its time is one', () => {
  const value = { timeMs: AT, row: [AT, 'tea'], matches: 1, use: 2 }
  expect(shown('rows', value, { in: ORDERS })).toEqual({
    time: '2026-01-01T00:00:00.000Z',
    row: { at: '2026-01-01T00:00:00.000Z', item: 'tea' },
    matches: 1,
  })
})

test('rows in lists, in others, and those that are gone', () => {
  const value = [
    { shown: null, now: { timeMs: AT, row: [AT, 'tea'] } },
    { timeMs: AT, row: null },
  ]
  const time = '2026-01-01T00:00:00.000Z'
  expect(shown('entries', value, { in: ORDERS })).toEqual([
    { shown: null, now: { time, row: { at: time, item: 'tea' } } },
    { time, row: null },
  ])
  const waiting = { rows: [[AT, 'tea']], times: [AT], keys: ['tea'] }
  expect(shown('waiting', waiting, { in: ORDERS })).toEqual([
    { time, row: { at: time, item: 'tea' } },
  ])
  const left = { timeMs: AT - 1, key: 'cup', row: [AT, 'cup'] }
  const records = [left, { timeMs: AT, key: 'tea', row: [AT, 'tea'] }]
  expect(shown('waiting', { records, next: 1, sorted: true }, { in: ORDERS })).toEqual([
    { time, row: { at: time, item: 'tea' } },
  ])
})

test('what a table is divided by may be a time', () => {
  const state = new MemoryState()
  state.showTimes('waiting', 100)
  state.table<unknown>('waiting').put(7, null, 'tea')
  state.table<unknown>('rows').put(7, null, 'cup')
  const look = { search: '', limit: 9, times: state.shownTimes }
  expect(lookAtTables(state.tables(), look).entries).toMatchObject([
    { table: 'waiting', namespace: 7, fromMs: 700 },
    { table: 'rows', namespace: 7 },
  ])
})

test('a stream without event time has no times to show', () => {
  const untimed = toSchema(stream({ item: 'string' }, [], false))
  expect(shown('rows', { timeMs: 0, row: ['tea'] }, { in: untimed })).toEqual({
    row: { item: 'tea' },
  })
})

test('of several inputs the one that the table is called after, or that is as wide', () => {
  const inputs = { left: ORDERS, right: NAMES }
  expect(shown('right waiting', { row: [7, 'ada'] }, inputs)).toEqual({
    row: { id: 7, name: 'ada' },
  })
  expect(shown('rows', { row: ['tea', 3, AT] }, { ...inputs, other: PRICES })).toMatchObject({
    row: { item: 'tea', price: 3 },
  })
  // Nobody knows whose it is.
  expect(shown('rows', { row: [7, 'ada'] }, inputs)).toEqual({ row: [7, 'ada'] })
})

test('a row that no input has is that of an output', () => {
  const value = { row: [7, 'ada'] }
  expect(shown('rows', value, { in: PRICES }, { out: NAMES })).toEqual({
    row: { id: 7, name: 'ada' },
  })
  expect(shown('rows', { row: [1] }, { in: PRICES }, { out: NAMES })).toEqual({ row: [1] })
})

test('what a row holds is left as it is', () => {
  const wide = schema({ timeMs: 'integer', row: 'list<integer>' })
  expect(shown('rows', { row: [5, [1, 2]] }, { in: wide })).toEqual({
    row: { timeMs: 5, row: [1, 2] },
  })
})
