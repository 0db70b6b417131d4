/** Checks how random streams are counted and printed. */

import { expect, test } from 'vitest'
import { accountForStreams, streamsText, tooFewStreams } from './streams-table.mjs'

function tested(fullName: string, operator: string, tried: number, failed = 0) {
  const streams = [{ operator, tried, fromSeed: 1, toSeed: tried, failed }]
  return { ancestorTitles: [], title: fullName, fullName, status: 'passed', meta: { streams } }
}

const RESULTS = [
  tested('fires once', 'hopping-window', 2000),
  tested('fires twice', 'hopping-window', 500),
  tested('counts', 'count-window', 12, 1),
  { ancestorTitles: [], title: 'plain', fullName: 'plain', status: 'passed', meta: {} },
]

test('what several tests tried of one operator is one row', () => {
  expect(streamsText(accountForStreams(RESULTS), { tests: true })).toBe(
    `operator        tests  streams  failures  seeds
count-window        1       12         1  1 to 12
hopping-window      2     2500         0  1 to 2000, 1 to 500

count-window
  12 × counts

hopping-window
  2000 × fires once
  500 × fires twice
`,
  )
})

test('an operator that was tried too little, or not at all, is named', () => {
  const stateful = ['count-window', 'hopping-window', 'pattern']
  expect(tooFewStreams(accountForStreams(RESULTS), stateful, 2000)).toEqual([
    'count-window on 12 instead of 2000',
    'pattern on 0 instead of 2000',
  ])
})
