/** What people see of the rows that joins keep under one key. */

import { record, runOperator, stream } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { tableJoin } from './table-join.ts'
import { temporalJoin } from './temporal-join.ts'
import { windowJoin } from './window-join.ts'

const LEFT = { customer: 'string', spent: 'integer' } as const
const RIGHT = { id: 'string', since: 'timestamp' } as const
const SINCE = '2026-01-01T00:00:00.000Z'

function shown(lefts: number, rights: number): unknown {
  const left = Array.from({ length: lefts }, (_, index) =>
    record({ customer: 'ada', spent: Math.floor(index / 2) }, index),
  )
  const right = Array.from({ length: rights }, () =>
    record({ id: 'ada', since: Date.parse(SINCE) }, 0),
  )
  const config = { on: [['customer', 'id']], type: 'full' }
  const inputs = { left: stream(LEFT, left), right: stream(RIGHT, right) }
  const { state } = runOperator(tableJoin, config, inputs, { open: true })
  const kept = state.reading<unknown>('rows').get(0, 'ada')
  return JSON.parse(JSON.stringify(kept, (_, inner) => state.shown(inner, 'rows')))
}

test('each side has its rows, by column, and equal ones once with how many there are', () => {
  expect(shown(3, 1)).toEqual({
    left: [
      { row: { customer: 'ada', spent: 0 }, copies: 2 },
      { customer: 'ada', spent: 1 },
    ],
    right: [{ id: 'ada', since: SINCE }],
  })
  expect(shown(1, 0)).toEqual({ left: [{ customer: 'ada', spent: 0 }], right: [] })
})

test('of very many rows some are shown, and the others are counted', () => {
  const { left } = shown(1000, 0) as { left: unknown[] }
  expect(left).toHaveLength(101)
  expect(left.at(-1)).toBe('and 400 more')
})

const SESSION = { type: 'session', gap: '1s' }

test.each([
  [{ type: 'tumbling', size: '1s' }, 'records'],
  [SESSION, 'sessions'],
])('a join in windows (%o) shows its rows by side', (window, table) => {
  const left = [record({ customer: 'ada', spent: 3 }, 5)]
  const right = [record({ id: 'ada', since: Date.parse(SINCE) }, 7)]
  const config = { on: [['customer', 'id']], window }
  const inputs = { left: stream(LEFT, left), right: stream(RIGHT, right) }
  const { state } = runOperator(windowJoin, config, inputs, { open: true })
  const kept = state.reading<unknown>(table).get(0, 'ada')
  const sides = { left: [{ customer: 'ada', spent: 3 }], right: [{ id: 'ada', since: SINCE }] }
  const session = {
    start: '1970-01-01T00:00:00.005Z',
    end: '1970-01-01T00:00:01.007Z',
    mixed: false,
  }
  expect(JSON.parse(JSON.stringify(kept, (_, inner) => state.shown(inner, table)))).toEqual(
    window === SESSION ? [{ ...session, ...sides }] : sides,
  )
})

test('a temporal join shows what waits, and the versions of the table', () => {
  const inputs = {
    stream: stream(LEFT, [record({ customer: 'ada', spent: 3 }, 50)]),
    table: stream(RIGHT, [record({ id: 'ada', since: Date.parse(SINCE) }, 7)]),
  }
  const config = { on: [['customer', 'id']] }
  const { state } = runOperator(temporalJoin, config, inputs, { open: true })
  const texts = ['waiting', 'versions'].map((table) => {
    const kept = state.reading<unknown>(table)
    const values = kept.namespaces().flatMap((namespace) => [...kept.entries(namespace)])
    return JSON.stringify(values, (_, inner) => state.shown(inner, table))
  })
  const order = '{"customer":"ada","spent":3}'
  expect(texts[0]).toBe(`[[null,[{"time":"1970-01-01T00:00:00.050Z","row":${order}}]]]`)
  const rate = `{"id":"ada","since":"${SINCE}"}`
  expect(texts[1]).toContain(`{"time":"1970-01-01T00:00:00.007Z","row":${rate}}`)
})
