/** Flink's programs of window and temporal joins, up to where Flink restarts and to the end. */

import {
  type CaseResult,
  type RunOperatorOptions,
  record,
  runOperator,
  stream,
  type TestElement,
  watermark,
} from '@millrace/engine/testing'
import { temporalJoin } from '../temporal-join.ts'
import { windowJoin } from '../window-join.ts'
import { NOTHING } from './conformance-cases.ts'

type Cells = readonly (string | number | null)[]

interface ProgramInput {
  readonly columns: readonly string[]
  readonly beforeRestore: readonly Cells[]
  readonly afterRestore: readonly Cells[]
}

export interface FlinkProgramCase {
  readonly id: string
  readonly operator?: string
  readonly left?: ProgramInput
  readonly right?: ProgramInput
  readonly window?: {
    readonly type: 'tumbling' | 'hopping' | 'cumulate'
    readonly sizeMs: number
    readonly slideMs?: number
    readonly stepMs?: number
  }
  readonly join?: string
  readonly expectedBeforeRestore?: readonly string[]
  readonly expectedAfterRestore?: readonly string[]
}

const DAY_MS = Date.UTC(2020, 9, 10)

function timeOf(clockTime: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = clockTime.split(':').map(Number)
  return DAY_MS + ((hours * 60 + minutes) * 60 + seconds) * 1000
}

/**
 * A watermark stands behind each record; behind the last of them where several have its own time,
 * since the others would be late to it here.
 */
function toElements(
  columns: readonly string[],
  rows: readonly Cells[],
  delayMs: number,
): readonly TestElement[] {
  const time = (cells: Cells | undefined) => cells?.[columns.indexOf('ts')]
  return rows.flatMap((cells, place) => {
    const atMs = timeOf(String(time(cells)))
    const values = columns.flatMap((name, index) =>
      name === 'ts' ? [] : [[name, cells[index] ?? null] as const],
    )
    const markMs = time(rows[place + 1]) === time(cells) ? Number.NEGATIVE_INFINITY : atMs - delayMs
    return [record(Object.fromEntries(values), atMs), watermark(markMs)]
  })
}

function types(columns: readonly string[], numbers: readonly string[]) {
  const named = columns.filter((name) => name !== 'ts')
  return Object.fromEntries(
    named.map((name) => [name, numbers.includes(name) ? 'integer' : 'string']),
  )
}

/** Lines as Flink's test has them, for what comes before and after its restart. */
function compare(
  id: string,
  { expectedBeforeRestore = [], expectedAfterRestore = [] }: FlinkProgramCase,
  run: (whole: boolean) => readonly string[],
): CaseResult {
  const before = run(false)
  const after = run(true).slice(before.length)
  const text = (lines: readonly string[]) => JSON.stringify([...lines].sort())
  const agrees =
    text(before) === text(expectedBeforeRestore) && text(after) === text(expectedAfterRestore)
  if (agrees) return { id, verdict: 'passed', note: 'both phases, restarted in between' }
  return { id, verdict: 'failed', note: `${text(before)} then ${text(after)}` }
}

export function flinkProgramCase(one: FlinkProgramCase): CaseResult {
  const { id, left, right, window } = one
  if (left === undefined || right === undefined) {
    return { id, verdict: 'failed', note: 'It is no join.' }
  }
  if (one.operator === 'temporal-table-join') {
    return compare(id, one, (whole) => runTemporal(left, right, whole))
  }
  if (window === undefined) return { id, verdict: 'failed', note: 'It has no window.' }
  return compare(id, one, (whole) => runWindowJoin(one, left, right, window, whole))
}

/** Each row is a record and a watermark. */
function restartAfter(left: ProgramInput, right: ProgramInput): number {
  return 2 * Math.max(left.beforeRestore.length, right.beforeRestore.length)
}

/** The shorter side waits for the other one's rows before the restart. */
function elementsOf(
  { columns, beforeRestore, afterRestore }: ProgramInput,
  delayMs: number,
  restartAfter: number | undefined,
): readonly TestElement[] {
  const before = toElements(columns, beforeRestore, delayMs)
  if (restartAfter === undefined) return before
  const waiting = Array.from({ length: restartAfter - before.length }, () => NOTHING)
  return [...before, ...waiting, ...toElements(columns, afterRestore, delayMs)]
}

/** Up to the restart only, or to the end of the input with the restart on the way. */
function until(restart: number | undefined): RunOperatorOptions {
  return restart === undefined ? { open: true } : { restartAfter: [restart] }
}

function runTemporal(left: ProgramInput, right: ProgramInput, whole: boolean): readonly string[] {
  const restart = whole ? restartAfter(left, right) : undefined
  const inputs = {
    stream: stream(types(left.columns, ['amount']), elementsOf(left, 0, restart)),
    table: stream(types(right.columns, ['rate']), elementsOf(right, 0, restart)),
  }
  const config = {
    on: [['currency', 'currency']],
    columns: { total: 'stream.amount * table.rate' },
  }
  const { outputs } = runOperator(temporalJoin, config, inputs, until(restart))
  return (outputs.out ?? []).flatMap((element) =>
    'row' in element ? [`${element.row.total}`] : [],
  )
}

function runWindowJoin(
  { join = 'inner' }: FlinkProgramCase,
  left: ProgramInput,
  right: ProgramInput,
  { type, sizeMs, slideMs, stepMs }: NonNullable<FlinkProgramCase['window']>,
  whole: boolean,
): readonly string[] {
  const leftOnly = join === 'semi' || join === 'anti'
  const config = {
    type: join === 'outer' ? 'full' : join,
    window: {
      type,
      size: `${sizeMs}ms`,
      ...(slideMs === undefined ? {} : { slide: `${slideMs}ms` }),
      ...(stepMs === undefined ? {} : { step: `${stepMs}ms` }),
    },
    on: [['name', 'name']],
    columns: {
      start: 'window_start',
      end: 'window_end',
      name: 'left.name',
      id: 'left.id',
      ...(leftOnly ? {} : { other: 'right.id' }),
    },
  }
  const restart = whole ? restartAfter(left, right) : undefined
  const inputs = {
    left: stream(types(left.columns, ['num']), elementsOf(left, 1000, restart)),
    right: stream(types(right.columns, ['num']), elementsOf(right, 1000, restart)),
  }
  const { outputs } = runOperator(windowJoin, config, inputs, until(restart))
  return (outputs.out ?? []).flatMap((element) => {
    if (!('row' in element)) return []
    const { start, end, name, id, other } = element.row
    // The window is a column of the left table there, so it is NULL with it.
    const bounds = id === null ? [null, null] : [clockText(start), clockText(end)]
    return [[...bounds, name, id, ...(leftOnly ? [] : [other])].map(String).join(',')]
  })
}

function clockText(time: unknown): string {
  const ms = Date.parse(String(time)) - DAY_MS
  const sign = ms < 0 ? '-' : ''
  const seconds = Math.abs(ms) / 1000
  const two = (part: number) => `${part}`.padStart(2, '0')
  return `${sign}${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`
}
