/** Checks what a sink's rows become in a chart. */

import { expect, test } from 'vitest'
import { BY_ROW, firstChoice, type SinkView, toChartData } from './result-rows.ts'

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

test("the first chart stands over the window's end, with the numbers there are", () => {
  expect(firstChoice(view.columns)).toEqual({ across: 'window_end', shown: ['views', 'p99'] })
  expect(firstChoice([{ name: 'page', type: 'string' }])).toEqual({ across: BY_ROW, shown: [] })
})

test('points go along the axis; what is no number is a hole, what has no time is left out', () => {
  const choice = { across: 'window_end', shown: ['views', 'p99'] }
  expect(toChartData(view, choice)).toEqual([
    [60, 120],
    [5, 7],
    [1.5, null],
  ])
})

test('without a time the rows are numbered', () => {
  expect(toChartData(view, { across: BY_ROW, shown: ['views'] })).toEqual([
    [1, 2, 3],
    [7, 5, 9],
  ])
})

test('a column that objects inherit is a hole, not a function', () => {
  expect(toChartData(view, { across: BY_ROW, shown: ['constructor'] })[1]).toEqual([
    ...[null, null, null],
  ])
})
