/** Which made-up records are refused, and why. */

import { INTEGER, type Row, TIMESTAMP } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { type MadeChunk, MadeRecords } from './made-records.ts'

const COLUMNS = [
  { name: 'n', type: INTEGER },
  { name: 'until', type: TIMESTAMP },
]
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

test.each<[Row, number, string | undefined]>([
  [[1, LAST_MS], LAST_MS, undefined],
  [[null, null], 0, undefined],
  [[-Number.MAX_SAFE_INTEGER, 0], 0, undefined],
  [[1, 0], LAST_MS + 1, 'event-time-out-of-range'],
  [[1, LAST_MS + 1], LAST_MS, 'timestamp-out-of-range'],
  [[Number.MAX_SAFE_INTEGER + 1, 0], 0, 'integer-overflow'],
  [[-Number.MAX_SAFE_INTEGER - 1, 0], 0, 'integer-overflow'],
])('%j at %i: %s', (row, timeMs, code) => {
  const chunk: MadeChunk = { rows: [], times: [], rowPorts: [], rejects: [] }
  new MadeRecords(COLUMNS, 'dead-letter').add(row, timeMs, chunk, 2)
  const [reject] = chunk.rejects
  expect(reject?.code).toBe(code)
  if (code === undefined)
    expect(chunk).toMatchObject({ rows: [row], times: [timeMs], rowPorts: [2] })
  else expect(chunk).toMatchObject({ rows: [], times: [], rowPorts: [] })
})
