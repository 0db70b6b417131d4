/**
 * Flink's, Beam's and Bytewax's own cases of windows, which lie beside the repository and are used
 * where they are there.
 */

import type { OperatorDefinition } from '@millrace/engine'
import {
  clock,
  record,
  runOperator,
  stream,
  type TestElement,
  VirtualEnv,
  watermark,
} from '@millrace/engine/testing'
import { conformanceTests, trialUnless } from '@millrace/engine/testing/conformance'
import { compareRows, type ExampleInput } from '@millrace/pipeline'
import { expect } from 'vitest'
import { countWindow } from './count-window.ts'
import { cumulateWindow } from './cumulate-window.ts'
import { hoppingWindow } from './hopping-window.ts'
import { PaneCursor } from './pane-cursor.ts'
import { sessionWindow } from './session-window.ts'
import { tumblingWindow } from './tumbling-window.ts'

interface BytewaxCase {
  readonly id: string
  readonly sizeMs: number
  readonly slideMs: number
  readonly alignToMs: number
  readonly ts: number
  readonly expectWindows: readonly (readonly [number, number])[]
}

function bytewaxCase(given: BytewaxCase): void {
  const { sizeMs, slideMs, alignToMs, ts, expectWindows } = given
  const cursor = new PaneCursor({ sizeMs, slideMs, offsetMs: alignToMs })
  cursor.moveTo(ts)
  const windows: number[][] = []
  for (let ms = cursor.firstWindowMs; ms <= cursor.lastWindowMs; ms += slideMs) {
    windows.push([ms, ms + sizeMs])
  }
  expect(windows).toEqual(expectWindows)
}

conformanceTests<BytewaxCase>({
  file: 'bytewax-hopping-assign',
  cases: 26,
  skipped: 0,
  trial: (given) => ({ run: () => bytewaxCase(given) }),
})

interface Window {
  readonly type: 'tumbling' | 'hopping' | 'session' | 'cumulate'
  readonly sizeMs?: number
  readonly slideMs?: number
  readonly stepMs?: number
  readonly gapMs?: number
  readonly offsetMs?: number
}

const OPERATORS: { readonly [type in Window['type']]: OperatorDefinition } = {
  tumbling: tumblingWindow,
  hopping: hoppingWindow,
  session: sessionWindow,
  cumulate: cumulateWindow,
}

function configOf({ type, sizeMs, slideMs, stepMs, gapMs, offsetMs = 0 }: Window) {
  if (type === 'session') return { gap: `${gapMs}ms` }
  const slide = slideMs === undefined ? {} : { slide: `${slideMs}ms` }
  const step = stepMs === undefined ? {} : { step: `${stepMs}ms` }
  return { size: `${sizeMs}ms`, offset: `${offsetMs}ms`, ...slide, ...step }
}

/** Sorts what leaves between two watermarks, where Flink has no order. */
function bySegment(elements: readonly (readonly (string | number)[])[]) {
  const segments: (readonly (string | number)[])[][] = [[]]
  for (const element of elements) {
    segments.at(-1)?.push(element)
    if (element[0] === 'watermark') segments.push([])
  }
  return segments.map((segment) => {
    const end = segment.at(-1)?.[0] === 'watermark' ? segment.pop() : undefined
    return [...segment.sort(compareRows), ...(end === undefined ? [] : [end])]
  })
}

interface FlinkElement {
  readonly key: string
  readonly value: number
  readonly ts: number | 'MAX'
}

interface FlinkStep {
  readonly element?: FlinkElement
  readonly watermark?: number | 'MAX'
  readonly processingTime?: number
  readonly snapshotRestore?: boolean
  readonly assert?: {
    readonly main: readonly (FlinkElement | { readonly watermark: number | 'MAX' })[]
    readonly late: readonly FlinkElement[]
  }
}

interface FlinkCase {
  readonly id: string
  readonly time: 'event' | 'processing'
  readonly window: Window | { readonly type: 'global' }
  readonly trigger: { readonly type: string; readonly n?: number }
  readonly accumulation: 'accumulating' | 'discarding'
  readonly allowedLatenessMs: number
  readonly steps: readonly FlinkStep[]
}

const CONTINUOUS = 'early results go by processing time or by count, not by event time'
const GAPS = 'a gap that differs from record to record is not offered'

const FLINK_SKIPPED = new Map(
  Object.entries({
    testSessionWindowsWithContinuousEventTimeTrigger: CONTINUOUS,
    testContinuousWatermarkTrigger: `${CONTINUOUS}; nor is there a window over all time`,
    testPointSessions: `${GAPS}, here to 0`,
    testDynamicEventTimeSessionWindows: GAPS,
    testDynamicProcessingTimeSessionWindows: GAPS,
  }).map(([name, reason]) => [`flink-window/WindowOperatorTest.${name}`, reason]),
)

/** Where a step restores a snapshot, another instance goes on from a checkpoint. */
function flinkCase(given: FlinkCase): void {
  const { window, time, trigger, accumulation, allowedLatenessMs, steps } = given
  const fed: ExampleInput[] = []
  const main: (readonly (string | number)[])[] = []
  const late: (readonly (string | number)[])[] = []
  const restartAfter: number[] = []
  for (const { element, watermark: ms, processingTime, snapshotRestore, assert } of steps) {
    if (snapshotRestore === true) restartAfter.push(fed.length)
    if (element !== undefined) {
      const { key, value, ts } = element
      fed.push(record({ key, value }, ts === 'MAX' ? 0 : ts))
    }
    if (typeof ms === 'number') fed.push(watermark(ms))
    if (processingTime !== undefined) fed.push(clock(processingTime))
    for (const sent of assert?.main ?? []) {
      if (!('watermark' in sent)) main.push([sent.key, sent.value, sent.ts])
      else if (sent.watermark !== 'MAX') main.push(['watermark', sent.watermark])
    }
    for (const { key, value, ts } of assert?.late ?? []) late.push([key, value, ts])
  }
  const common = { groupBy: ['key'], aggregates: { value: 'SUM(value)' } }
  const lateness = `${allowedLatenessMs}ms`
  const early = trigger.type === 'count' ? { early: { count: trigger.n } } : {}
  // A window over all time that is emptied after so many records.
  const isCount = window.type === 'global'
  const { outputs } = runOperator(
    isCount ? countWindow : OPERATORS[window.type],
    isCount
      ? { ...common, size: trigger.n, slide: trigger.n }
      : { ...common, ...configOf(window), time, accumulation, allowedLateness: lateness, ...early },
    { in: stream({ key: 'string', value: 'integer' }, fed) },
    { open: true, env: new VirtualEnv(0), restartAfter },
  )
  const flat = (element: TestElement) =>
    'watermark' in element
      ? ['watermark', Number(element.watermark)]
      : [
          String(element.row['key']),
          Number(element.row['value']),
          isCount ? 'MAX' : Number(element.at),
        ]
  // Flink gives a result again without taking the one before back. In processing time its
  // watermarks are those of event time, and ours come from the clock.
  const isNew = (element: TestElement) =>
    'watermark' in element
      ? time === 'event'
      : element.change === undefined || element.change === '+I' || element.change === '+U'
  expect(bySegment((outputs['out'] ?? []).filter(isNew).map(flat))).toEqual(bySegment(main))
  const lateOnes = (outputs['late'] ?? []).filter((element) => 'row' in element)
  expect(lateOnes.map(flat)).toEqual(late)
}

function modeOf({ window, steps }: FlinkCase): { readonly mode?: string } {
  if (window.type === 'global') {
    return { mode: 'a count-window, whose results have the time of their latest record' }
  }
  const restores = steps.some(({ snapshotRestore }) => snapshotRestore === true)
  return restores ? { mode: 'restarted where the case restores a snapshot' } : {}
}

conformanceTests<FlinkCase>({
  file: 'flink-window-operator',
  cases: 23,
  skipped: 5,
  trial: (given) => ({ ...trialUnless(FLINK_SKIPPED, flinkCase)(given), ...modeOf(given) }),
})

interface TvfCase {
  readonly id: string
  readonly window: Window
  readonly groupBy: string
  readonly aggregates: string
  readonly expected: readonly string[]
}

/** The rows of table T1, and a watermark 1 s behind after each. */
const T1: readonly (readonly [
  string,
  number,
  number | null,
  number | null,
  number | null,
  string | null,
  string | null,
])[] = [
  ['00:00:01', 1, 1, 1, 1.11, 'Hi', 'a'],
  ['00:00:02', 2, 2, 2, 2.22, 'Comment#1', 'a'],
  ['00:00:03', 2, 2, 2, 2.22, 'Comment#1', 'a'],
  ['00:00:04', 5, 5, 5, 5.55, null, 'a'],
  ['00:00:07', 3, 3, 3, null, 'Hello', 'b'],
  ['00:00:06', 6, 6, 6, 6.66, 'Hi', 'b'],
  ['00:00:08', 3, null, 3, 3.33, 'Comment#2', 'a'],
  ['00:00:04', 5, 5, null, 5.55, 'Hi', 'a'],
  ['00:00:16', 4, 4, 4, 4.44, 'Hi', 'b'],
  ['00:00:32', 7, 7, 7, 7.77, null, null],
  ['00:00:34', 1, 3, 3, 3.33, 'Comment#3', 'b'],
]

function t1(): readonly TestElement[] {
  let latestMs = Number.NEGATIVE_INFINITY
  return T1.flatMap(([time, int, double, float, bigdec, string, name]) => {
    const atMs = Date.parse(`2020-10-10T${time}Z`)
    latestMs = Math.max(latestMs, atMs)
    return [record({ int, double, float, bigdec, string, name }, atMs), watermark(latestMs - 1001)]
  })
}

const T1_SCHEMA = {
  int: 'integer',
  double: 'double',
  float: 'double',
  bigdec: 'double',
  string: 'string',
  name: 'string',
}

/** "2020-10-10T00:00" and "2020-10-10T00:00:04.999", as Flink prints a time. */
function flinkTime(value: unknown): string {
  const text = new Date(String(value)).toISOString().slice(0, -1)
  return text.replace(/(:00)?\.000$/, '')
}

function double(value: unknown): string {
  return value === null ? 'null' : Number(value).toFixed(1)
}

/** Decimals are doubles here, and the texts that Flink's test strings together are left out. */
function tvfCase(given: TvfCase): void {
  const { window, groupBy, expected } = given
  const byName = groupBy.startsWith('name')
  const { outputs } = runOperator(
    OPERATORS[window.type],
    {
      ...configOf(window),
      groupBy: byName ? ['name'] : [],
      aggregates: {
        n: 'COUNT(*)',
        sum: 'SUM(bigdec)',
        max: 'MAX(double)',
        min: 'MIN(float)',
        kinds: 'COUNT(DISTINCT string)',
      },
    },
    { in: stream(T1_SCHEMA, t1()) },
  )
  const rows = (outputs['out'] ?? []).flatMap((element) => ('row' in element ? [element] : []))
  if (groupBy.includes('then group by cnt')) {
    expect(cascade(rows, window)).toEqual([...expected].sort())
    return
  }
  const lines = rows.map(({ row, at }) => {
    const group = byName ? [row['name'] ?? 'null'] : []
    const bounds = [flinkTime(row['window_start']), flinkTime(row['window_end'])]
    if (groupBy.includes('window_time')) {
      return [...group, ...bounds, flinkTime(new Date(Number(at)).toISOString()), row['n']].join()
    }
    const sum = row['sum'] === null ? 'null' : Number(row['sum']).toFixed(2)
    const found = [row['n'], sum, double(row['max']), double(row['min']), row['kinds']]
    return [...group, ...bounds, ...found].join()
  })
  const wanted = expected.map((line) =>
    groupBy.includes('window_time') ? line : line.slice(0, line.lastIndexOf(',')),
  )
  expect(lines.sort()).toEqual([...wanted].sort())
}

conformanceTests<TvfCase>({
  file: 'flink-tvf-and-restore',
  cases: 11,
  skipped: 0,
  // The joins of the file are run with the joins.
  isOurs: (id) => !id.includes('Join'),
  trial: (given) => ({ run: () => tvfCase(given) }),
})

/** Windows over the results of the windows, by how many kinds each had. */
function cascade(rows: readonly Extract<TestElement, { readonly row: object }>[], window: Window) {
  const { outputs } = runOperator(
    OPERATORS[window.type],
    { ...configOf(window), groupBy: ['kinds'], aggregates: { n: 'COUNT(*)' } },
    {
      in: stream(
        { kinds: 'integer' },
        rows.map(({ row, at }) => record({ kinds: row['kinds'] }, at)),
      ),
    },
  )
  return (outputs['out'] ?? [])
    .flatMap((element) => {
      if (!('row' in element)) return []
      const { kinds, window_start, window_end, n } = element.row
      return [[kinds, flinkTime(window_start), flinkTime(window_end), n].join()]
    })
    .sort()
}

interface BeamPane {
  readonly window: readonly [number, number]
  readonly values?: readonly number[]
  readonly timestamp?: number
}

interface BeamCase {
  readonly id: string
  readonly negativeTest?: string
  readonly window: {
    readonly type: 'fixed' | 'session'
    readonly size?: number
    readonly gap?: number
  }
  readonly trigger: { readonly early?: { readonly afterCount: number } }
  readonly accumulation: 'accumulating' | 'discarding'
  readonly transcript: readonly BeamStep[]
}

interface BeamStep {
  readonly input?: readonly number[]
  readonly watermark?: number
  /** The panes since the last time. */
  readonly expect?: readonly BeamPane[]
}

const COMBINER = 'a result has the last millisecond of its window as time, and no other is offered'
const BUNDLES = 'Beam asks its triggers once a bundle, and ours count records'

const BEAM_SKIPPED = new Map(
  Object.entries({
    timestamp_combiner_earliest: COMBINER,
    timestamp_combiner_latest: COMBINER,
    timestamp_combiner_custom_timestamping_earliest: COMBINER,
    'timestamp_combiner_custom_timestamping_earliest#2': COMBINER,
    known_late_data_watermark: COMBINER,
    early_late_sessions: `${BUNDLES}; late results come for each record, not for three`,
    discarding_early_fixed: BUNDLES,
    garbage_collection: 'a window that fires once by count and then takes no more is not offered',
  }).map(([name, reason]) => [`beam-triggers/${name}`, reason]),
)

/** All panes up to here. Beam's driver takes late data although it allows none, and so do we. */
function panesOf({ window, accumulation }: BeamCase, fed: readonly TestElement[]) {
  const { outputs } = runOperator(
    tumblingWindow,
    {
      size: `${window.size}ms`,
      accumulation,
      allowedLateness: '1d',
      aggregates: { values: 'COLLECT(n)' },
    },
    { in: stream({ n: 'integer' }, fed) },
    { open: true },
  )
  return (outputs['out'] ?? []).flatMap((element) => {
    if (!('row' in element) || element.change === '-U') return []
    const { window_start, window_end, values } = element.row
    const lastMs = Date.parse(String(window_end)) - 1
    expect(element.at).toBe(lastMs)
    return [`[${Date.parse(String(window_start))},${lastMs}] ${values}`]
  })
}

function beamCase(given: BeamCase): void {
  const fed: TestElement[] = []
  const expected: (readonly string[])[] = []
  const seen: (readonly string[])[] = []
  let before = 0
  const end: BeamStep = { expect: [] }
  for (const step of [...given.transcript, end]) {
    for (const n of step.input ?? []) fed.push(record({ n }, n))
    if (step.watermark !== undefined) fed.push(watermark(step.watermark))
    if (step.expect === undefined) continue
    const panes = panesOf(given, fed)
    seen.push(panes.slice(before).sort())
    before = panes.length
    expected.push(step.expect.map((pane) => `[${pane.window}] ${pane.values ?? []}`).sort())
  }
  // Some cases are wrong on purpose, so that a harness is seen to notice.
  if (given.negativeTest === undefined) expect(seen).toEqual(expected)
  else expect(seen).not.toEqual(expected)
}

conformanceTests<BeamCase>({
  file: 'beam-triggers',
  cases: 17,
  skipped: 8,
  trial: trialUnless(BEAM_SKIPPED, beamCase),
})
