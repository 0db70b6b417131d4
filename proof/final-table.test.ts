/** That the comparison finds what it should find: each way in which two tables can differ. */

import { expect, test } from 'vitest'
import {
  appendStream,
  DOUBLE,
  INTEGER,
  STRING,
  type StreamSchema,
  TIMESTAMP,
} from '../packages/pipeline/src/index.ts'
import { batchRows, difference, finalRows } from './final-table.ts'

const STREAM = appendStream(
  [
    { name: 'name', type: STRING },
    { name: 'n', type: INTEGER },
    { name: 'share', type: DOUBLE },
    { name: 'at', type: TIMESTAMP },
  ],
  false,
)
const RETRACT: StreamSchema = { ...STREAM, changes: 'retract', key: ['name'] }
const UPSERT: StreamSchema = { ...STREAM, changes: 'upsert', key: ['name'] }

function line(op: string | undefined, name: string, n: number) {
  const row = { name, n, share: n / 10, at: '2026-01-01T00:00:00.000Z' }
  return op === undefined ? row : { op, ...row }
}

function batch(...rows: readonly (readonly [string, number])[]) {
  const given = rows.map(([name, n]) => ({
    name,
    n: String(n),
    share: n / 10,
    at: '2026-01-01 00:00:00',
  }))
  return batchRows({ columns: ['name', 'n', 'share', 'at'], rows: given }, STREAM)
}

test('the rows of a stream are compared as often as they are there, in any order', () => {
  const rows = finalRows([line(undefined, 'a', 1), line(undefined, 'b', 2)], STREAM)
  expect(difference(rows, batch(['b', 2], ['a', 1]), STREAM)).toBeUndefined()
  expect(difference(rows, batch(['b', 2], ['a', 1], ['a', 1]), STREAM)).toContain(
    '2 rows by streaming and 3 by batch',
  )
})

test('of the changes of a table, what is left at the end is compared', () => {
  const changes = [
    line('+I', 'a', 1),
    line('+I', 'b', 5),
    line('-U', 'a', 1),
    line('+U', 'a', 2),
    line('-D', 'b', 5),
  ]
  expect(difference(finalRows(changes, RETRACT), batch(['a', 2]), STREAM)).toBeUndefined()
  const upserts = changes.filter((_, index) => index !== 2)
  expect(difference(finalRows(upserts, UPSERT), batch(['a', 2]), STREAM)).toBeUndefined()
})

test('a row that leaves a table without having come is not taken for one that did', () => {
  expect(() => finalRows([line('+I', 'a', 1), line('-U', 'a', 2)], RETRACT)).toThrow(
    'A row leaves that never came',
  )
})

test.each([
  ['a name', { name: 'b' }],
  ['an integer', { n: 2 }],
  ['a double', { share: 0.1000001 }],
  ['a time', { at: '2026-01-01T00:00:00.001Z' }],
  ['a NULL', { n: null }],
])('%s that differs is found', (_, change) => {
  const rows = finalRows([{ ...line(undefined, 'a', 1), ...change }], STREAM)
  expect(difference(rows, batch(['a', 1]), STREAM)).toContain('the first that differs is')
})

test('doubles may differ in their last digits', () => {
  const rows = finalRows([{ ...line(undefined, 'a', 1), share: 0.1 + 1e-16 }], STREAM)
  expect(difference(rows, batch(['a', 1]), STREAM)).toBeUndefined()
})
