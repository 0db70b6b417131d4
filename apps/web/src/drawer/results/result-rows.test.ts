/** Checks what a sink's rows become in a chart. */

import { expect, test } from 'vitest'
import { lineStyle } from './line-style.ts'
import {
  BY_ROW,
  firstChoice,
  groupColumns,
  LINES_MAX,
  readingOrder,
  type SinkView,
  toChartData,
} from './result-rows.ts'

const view: SinkView = {
  columns: [
    { name: 'page', type: 'string' },
    { name: 'window_start', type: 'timestamp' },
    { name: 'window_end', type: 'timestamp' },
    { name: 'views', type: 'integer' },
    { name: 'p99', type: 'double nullable' },
  ],
  rows: [
    { page: 'b', window_end: '1970-01-01T00:02:00.000Z', views: 7, p99: 'NaN' },
    { page: 'a', window_end: '1970-01-01T00:01:00.000Z', views: 5, p99: 1.5 },
    { page: 'c', window_end: null, views: 9, p99: 2 },
  ],
  total: 3,
}

test("the first chart stands over the window's end, with a line for each of its groups", () => {
  expect(firstChoice(view.columns)).toEqual({
    across: 'window_end',
    shown: ['views'],
    by: ['page'],
  })
  expect(firstChoice(view.columns.slice(1))).toEqual({
    across: 'window_end',
    shown: ['views', 'p99'],
    by: [],
  })
  const word = { name: 'page', type: 'string' }
  expect(firstChoice([word])).toEqual({ across: BY_ROW, shown: [], by: [] })
  expect(groupColumns([word, { name: 'ms', type: 'integer' }])).toEqual(['page'])
})

test('what a window found stands before its bounds in a table', () => {
  const names = readingOrder(view.columns).map(({ name }) => name)
  expect(names).toEqual(['page', 'views', 'p99', 'window_start', 'window_end'])
})

test('points go along the axis; what is no number is a hole, what has no time is left out', () => {
  const choice = { across: 'window_end', shown: ['views', 'p99'], by: [] }
  expect(toChartData(view, choice)).toEqual({
    across: [60, 120],
    lines: [
      { label: 'views', numbers: [5, 7] },
      { label: 'p99', numbers: [1.5, null] },
    ],
    groupsLeftOut: 0,
    hidden: 0,
  })
})

test('rows at one time are a line for each group, with holes where a group has none', () => {
  const rows = [
    { page: 'b', window_end: '1970-01-01T00:01:00.000Z', views: 1 },
    { page: 'a', window_end: '1970-01-01T00:01:00.000Z', views: 2 },
    { page: null, window_end: '1970-01-01T00:02:00.000Z', views: 3 },
    { page: 'a', window_end: '1970-01-01T00:02:00.000Z', views: 4 },
    { page: 'a', window_end: '1970-01-01T00:02:00.000Z', views: 5 },
  ]
  const data = toChartData({ ...view, rows }, firstChoice(view.columns))
  expect(data).toEqual({
    across: [60, 120],
    lines: [
      { label: 'NULL', numbers: [null, 3] },
      { label: 'a', numbers: [2, 5] },
      { label: 'b', numbers: [1, null] },
    ],
    groupsLeftOut: 0,
    hidden: 1,
  })
})

test('of many groups those with the most are drawn, and the others are counted', () => {
  const rows = Array.from({ length: 10 }, (_, index) => {
    return { page: `p${index}`, window_end: '1970-01-01T00:01:00.000Z', views: index, p99: 1 }
  })
  const labels = (shown: readonly string[]) => {
    const choice = { across: 'window_end', shown, by: ['page'] }
    const { lines, groupsLeftOut } = toChartData({ ...view, rows }, choice)
    return [...lines.map(({ label }) => label), groupsLeftOut]
  }
  expect(labels(['views'])).toEqual(['p4', 'p5', 'p6', 'p7', 'p8', 'p9', 4])
  expect(labels(['views', 'p99']).slice(0, 2)).toEqual(['p7, views', 'p7, p99'])
})

test('without a time the rows are numbered', () => {
  const { across, lines } = toChartData(view, { across: BY_ROW, shown: ['views'], by: [] })
  expect([across, lines[0]?.numbers]).toEqual([
    [1, 2, 3],
    [7, 5, 9],
  ])
})

test('a column that objects inherit is a hole, not a function', () => {
  const { lines } = toChartData(view, { across: BY_ROW, shown: ['constructor'], by: ['valueOf'] })
  expect(lines).toEqual([{ label: 'NULL', numbers: [null, null, null] }])
})

test('no two lines look alike', () => {
  const looks = Array.from({ length: LINES_MAX }, (_, index) => JSON.stringify(lineStyle(index)))
  expect(new Set(looks).size).toBe(LINES_MAX)
})
