/** What people see of the rows that a join of tables keeps under one key. */

import { record, runOperator, stream } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { tableJoin } from './table-join.ts'

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
  return JSON.parse(JSON.stringify(kept, (_, inner) => state.shown(inner)))
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
