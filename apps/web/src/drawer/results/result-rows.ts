/**
 * What a sink holds, as lines to draw: which columns can stand on which axis, which of them tell
 * one line from another, and the numbers of each line.
 */

import { parseTimestamp } from '@millrace/pipeline'
import type { ApiReply } from '../../api/api.ts'
import { cellText, isNumeric } from '../records/cell-text.ts'

export type SinkView = ApiReply<'getView'>
export type SinkColumn = SinkView['columns'][number]
type SinkRow = SinkView['rows'][number]

/** Across stands a column of times, or the number of the row. */
export const BY_ROW = ''

export interface ChartChoice {
  readonly across: string
  readonly shown: readonly string[]
  /** Rows that differ in these columns are lines of their own. */
  readonly by: readonly string[]
}

export function timeColumns(columns: readonly SinkColumn[]): readonly string[] {
  return columns.filter(({ type }) => /^(?:timestamp|date)/.test(type)).map(({ name }) => name)
}

export function numberColumns(columns: readonly SinkColumn[]): readonly string[] {
  return columns.filter(({ type }) => isNumeric(type)).map(({ name }) => name)
}

/** What can tell one line from another: the groups of a window, else whatever is a word. */
export function groupColumns(columns: readonly SinkColumn[]): readonly string[] {
  const window = columns.findIndex(({ name }) => name === 'window_start')
  const before = columns.slice(0, Math.max(0, window))
  const words = columns.filter(({ type }) => /^(?:string|boolean)/.test(type))
  return (window >= 0 ? before : words).map(({ name }) => name)
}

/**
 * A first chart without asking: over a window's end or else the last time there is, up to four
 * numbers; where a window has groups, one number with a line for each group.
 */
export function firstChoice(columns: readonly SinkColumn[]): ChartChoice {
  const times = timeColumns(columns)
  const across = times.find((name) => name === 'window_end') ?? times.at(-1) ?? BY_ROW
  const windowed = columns.some(({ name }) => name === 'window_start')
  const by = windowed ? groupColumns(columns) : []
  const groups = new Set(by)
  const numbers = numberColumns(columns).filter((name) => !groups.has(name))
  return { across, shown: numbers.slice(0, by.length > 0 ? 1 : 4), by }
}

/** The bounds of a window come last, so that a narrow table shows what it found. */
export function readingOrder(columns: readonly SinkColumn[]): readonly SinkColumn[] {
  const isBound = ({ name }: SinkColumn) => name === 'window_start' || name === 'window_end'
  return [...columns.filter((column) => !isBound(column)), ...columns.filter(isBound)]
}

export interface ChartLine {
  readonly label: string
  readonly numbers: readonly (number | null)[]
}

export interface ChartData {
  /** Sorted, each once. Seconds where across is a time, as the chart counts them. */
  readonly across: readonly number[]
  readonly lines: readonly ChartLine[]
  /** How many groups there are beside those that have a line. */
  readonly groupsLeftOut: number
  /** Rows that stand where a newer one of the same line does; the newer one is drawn. */
  readonly hidden: number
}

/** As many as can be told apart. */
export const LINES_MAX = 6

/** Rows without a time are left out. */
export function toChartData(view: SinkView, choice: ChartChoice): ChartData {
  const { across, shown, by } = choice
  const points: Point[] = []
  for (const [index, row] of view.rows.entries()) {
    const at = across === BY_ROW ? index + 1 : secondsOf(row, across)
    if (at !== undefined) points.push({ at, row, group: groupText(row, by) })
  }
  const places = [...new Set(points.map(({ at }) => at))].sort((a, b) => a - b)
  const placeOf = new Map(places.map((at, index) => [at, index]))
  const { groups, leftOut } = largestGroups(points, choice)
  const lines = new Map<string, (number | null)[]>()
  const label = (group: string, column: string) =>
    by.length === 0 ? column : shown.length === 1 ? group : `${group}, ${column}`
  for (const group of groups) {
    for (const column of shown)
      lines.set(
        label(group, column),
        places.map(() => null),
      )
  }
  const taken = new Set<string>()
  let hidden = 0
  for (const { at, row, group } of points) {
    if (!groups.includes(group)) continue
    const place = `${at} ${group}`
    if (taken.has(place)) hidden++
    taken.add(place)
    for (const column of shown) {
      const numbers = lines.get(label(group, column))
      if (numbers !== undefined) numbers[placeOf.get(at) ?? 0] = numberOf(row, column)
    }
  }
  return {
    across: places,
    lines: [...lines].map(([text, numbers]) => ({ label: text, numbers })),
    groupsLeftOut: leftOut,
    hidden,
  }
}

interface Point {
  readonly at: number
  readonly row: SinkRow
  readonly group: string
}

function groupText(row: SinkRow, by: readonly string[]): string {
  return by.map((column) => cellText(row, column).text).join(', ')
}

/** Those with the most of the first number; by name, so that lines do not change their places. */
function largestGroups(points: readonly Point[], { shown }: ChartChoice) {
  const [measure] = shown
  const sums = new Map<string, number>()
  for (const { row, group } of points) {
    const number = measure === undefined ? 0 : Math.abs(numberOf(row, measure) ?? 0)
    sums.set(group, (sums.get(group) ?? 0) + number)
  }
  const most = Math.max(1, Math.floor(LINES_MAX / Math.max(1, shown.length)))
  const groups = [...sums]
    .sort(([a, sumA], [b, sumB]) => sumB - sumA || byName(a, b))
    .slice(0, most)
    .map(([group]) => group)
  return { groups: groups.sort(byName), leftOut: sums.size - groups.length }
}

function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function secondsOf(row: SinkRow, column: string): number | undefined {
  const value = Object.hasOwn(row, column) ? row[column] : null
  const ms = typeof value === 'string' ? parseTimestamp(value) : value
  return typeof ms === 'number' ? ms / 1_000 : undefined
}

/** Decimals and numbers beyond a double's range come as text. */
function numberOf(row: SinkRow, column: string): number | null {
  const value = Object.hasOwn(row, column) ? row[column] : null
  const number = typeof value === 'string' && value !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : null
}
