/**
 * What a sink holds, as series to draw: which columns can stand on which axis, and their numbers.
 */

import { parseTimestamp } from '@millrace/pipeline'
import type { ApiReply } from '../../api/api.ts'
import { isNumeric } from '../records/cell-text.ts'

export type SinkView = ApiReply<'getView'>
export type SinkColumn = SinkView['columns'][number]

/** Across stands a column of times, or the number of the row. */
export const BY_ROW = ''

export interface ChartChoice {
  readonly across: string
  readonly shown: readonly string[]
}

export function timeColumns(columns: readonly SinkColumn[]): readonly string[] {
  return columns.filter(({ type }) => /^(?:timestamp|date)/.test(type)).map(({ name }) => name)
}

export function numberColumns(columns: readonly SinkColumn[]): readonly string[] {
  return columns.filter(({ type }) => isNumeric(type)).map(({ name }) => name)
}

/**
 * A first chart without asking: over the last time column, which is a window's end; up to four
 * numbers.
 */
export function firstChoice(columns: readonly SinkColumn[]): ChartChoice {
  return {
    across: timeColumns(columns).at(-1) ?? BY_ROW,
    shown: numberColumns(columns).slice(0, 4),
  }
}

/** Across first, then one list a shown column: what the chart takes. Sorted along the axis. */
export type ChartData = readonly [
  across: readonly number[],
  ...series: readonly (readonly (number | null)[])[],
]

/** Seconds where across is a time, as the chart counts them. Rows without a time are left out. */
export function toChartData(view: SinkView, { across, shown }: ChartChoice): ChartData {
  const points = view.rows
    .map((row, index) => ({ row, at: across === BY_ROW ? index + 1 : secondsOf(row, across) }))
    .filter((point): point is { row: SinkView['rows'][number]; at: number } => point.at !== null)
    .sort((a, b) => a.at - b.at)
  const series = shown.map((column) => points.map(({ row }) => numberOf(row, column)))
  return [points.map(({ at }) => at), ...series]
}

function secondsOf(row: SinkView['rows'][number], column: string): number | null {
  const value = Object.hasOwn(row, column) ? row[column] : null
  const ms = typeof value === 'string' ? parseTimestamp(value) : value
  return typeof ms === 'number' ? ms / 1_000 : null
}

/** Decimals and numbers beyond a double's range come as text. */
function numberOf(row: SinkView['rows'][number], column: string): number | null {
  const value = Object.hasOwn(row, column) ? row[column] : null
  const number = typeof value === 'string' && value !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : null
}
