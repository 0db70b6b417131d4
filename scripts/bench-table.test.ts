/** Checks how the numbers of a benchmark are printed. */

import { expect, test } from 'vitest'
import { tableText } from './bench-table.mjs'

test('values stand under each other with their units, ratios behind them', () => {
  const rows = [
    { name: 'hand-written loop', value: 12_345_678.4, unit: 'records/s' },
    { name: 'engine', value: 4_321_000, unit: 'records/s', ratio: 0.35 },
    { name: 'start', value: 0.012345, unit: 's' },
  ]
  expect(tableText('In memory', rows)).toBe(
    `In memory
  hand-written loop  12 345 678 records/s
  engine              4 321 000 records/s  0.350 x
  start                          0.0123 s
`,
  )
})

test('a ratio says whether it is what it shall be', () => {
  const rows = [
    { name: 'bare', value: 100, unit: 'MB/s' },
    { name: 'append', value: 80, unit: 'MB/s', ratio: 0.8, ratioLeast: 0.7 },
    { name: 'heap', value: 3, unit: 'MB', ratio: 1.2, ratioMost: 1.1, limit: 4 },
  ]
  expect(tableText('Log', rows)).toBe(
    `Log
  bare    100 MB/s
  append   80 MB/s  0.800 x  at least 0.7 x, met
  heap        3 MB  1.200 x  at most 1.1 x, NOT MET; limit 4 MB, met
`,
  )
})

test('a value says whether it keeps within its limit, and below how it was measured', () => {
  const rows = [
    { name: 'start', value: 1234, unit: 'ms', limit: 3000, how: 'from spawn to answer' },
    { name: 'memory', value: 250, unit: 'MB', limit: 200 },
  ]
  expect(tableText('Host', rows)).toBe(
    `Host
  start   1 234 ms    limit 3 000 ms, met
  memory    250 MB    limit 200 MB, NOT MET

  start: from spawn to answer
`,
  )
})
