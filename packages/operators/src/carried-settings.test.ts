/** Settings that change between two runs, against what the records alone should come to. */

import type { OperatorDefinition } from '@millrace/engine'
import {
  clock,
  goOnFrom,
  makeGolden,
  record,
  runFrom,
  seededRandom,
  stream,
  toSchema,
  toSteps,
  watermark,
} from '@millrace/engine/testing'
import type { ExampleInput } from '@millrace/pipeline'
import { describe, expect, test } from 'vitest'
import { operators } from './index.ts'
import { inspectSink, readInspected } from './sinks/inspect-sink.ts'
import { readView, viewSink } from './sinks/view-sink.ts'
import { deduplicate } from './tables/deduplicate.ts'
import { groupAggregate } from './tables/group-aggregate.ts'
import { tumblingWindow } from './windows/tumbling-window.ts'

/** What the clock of tests shows first. */
const START_MS = Date.parse('2026-01-01T00:00:00Z')
const HOUR_MS = 3_600_000

/** Up to `fed` under the settings of before, then under those of now. */
function goOn(
  operator: OperatorDefinition,
  before: unknown,
  now: unknown,
  elements: readonly ExampleInput[],
  fed: number,
) {
  return runFrom(operator, stored(operator, before, elements, fed), { config: now })
}

function stored(
  operator: OperatorDefinition,
  config: unknown,
  elements: readonly ExampleInput[],
  fed: number,
) {
  const schema = { k: 'string', n: 'integer' }
  const first = elements.slice(0, fed)
  const lastClock = first.findLast((element) => 'clock' in element) ?? clock(START_MS)
  // A step of the clock ends a batch, so that the cut is where it should be.
  const before = [...first, lastClock]
  const inputs = { in: stream(schema, [...before, ...elements.slice(fed)]) }
  const steps = toSteps(before, toSchema(inputs.in), 1).length
  const golden = makeGolden(operator, { title: '', config, inputs }, steps)
  if (golden === undefined) throw new Error('Nothing was kept.')
  return golden
}

const row = (k: string, n: number, at: number) => record({ k, n }, at)

test('every setting that is carried over is one of the config, and not said to be beside state', () => {
  const carrying = operators.filter(({ carriedSettings }) => carriedSettings !== undefined)
  expect(carrying.length).toBeGreaterThan(10)
  for (const { id, config, carriedSettings, configBesideState = ['onError'] } of carrying) {
    const { properties = {} } = config.toJSONSchema({ io: 'input', unrepresentable: 'any' })
    for (const name of carriedSettings?.keys() ?? []) {
      expect(Object.keys(properties), id).toContain(name)
      expect(configBesideState, id).not.toContain(name)
    }
  }
})

describe('state time to live', () => {
  const keys = ['k']
  const arrivals = [
    row('a', 1, 1),
    row('b', 1, 2),
    clock(START_MS + HOUR_MS),
    row('a', 2, 3),
    clock(START_MS + 2 * HOUR_MS),
    row('a', 3, 4),
    row('b', 2, 5),
  ]

  test.each([
    // What is there counts as written at the start, which is at hour 1.
    ['begins', undefined, '1h', ['a', 'b']],
    ['ends', '90m', undefined, []],
    ['becomes longer', '90m', '3h', []],
    ['becomes shorter', '3h', '2h', ['a', 'b']],
  ])('%s: keys are let through again when it has passed', (_, before, now, again) => {
    const of = (stateTimeToLive: string | undefined) => ({
      keys,
      ...(stateTimeToLive === undefined ? {} : { stateTimeToLive }),
    })
    const { outputs } = goOn(deduplicate, of(before), of(now), arrivals, 3)
    expect(rowsOf(outputs.out).map(({ k }) => k)).toEqual(again)
  })

  test('groups begin anew when it has passed', () => {
    const aggregates = { sum: 'SUM(n)' }
    const before = { groupBy: ['k'], aggregates }
    const { outputs } = goOn(
      groupAggregate,
      before,
      { ...before, stateTimeToLive: '1h' },
      arrivals,
      3,
    )
    expect(rowsOf(outputs.out).at(-1)).toMatchObject({ k: 'b', sum: 2 })
  })
})

test('a longer "within" makes repeats of what was let through before', () => {
  const elements = [row('a', 1, 1000), watermark(1001), row('a', 2, 4000), watermark(9000)]
  const keys = ['k']
  const late = goOn(deduplicate, { keys, within: '2s' }, { keys, within: '5s' }, elements, 2)
  expect(rowsOf(late.outputs.out)).toEqual([])
  const early = goOn(deduplicate, { keys, within: '5s' }, { keys, within: '2s' }, elements, 2)
  expect(rowsOf(early.outputs.out)).toEqual([{ k: 'a', n: 2 }])
})

describe('allowed lateness', () => {
  const SIZE_MS = 10

  /** Counts under the lateness of each record's time; what was purged under another stays so. */
  function naive(elements: readonly ExampleInput[], fed: number, lateness: [number, number]) {
    const counts = new Map<number, number>()
    const late: number[] = []
    let [watermarkMs, floorMs] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for (const [index, element] of elements.entries()) {
      if (index === fed) floorMs = watermarkMs - lateness[0]
      const allowedMs = lateness[index < fed ? 0 : 1]
      if ('watermark' in element) watermarkMs = Number(element.watermark)
      if (!('row' in element)) continue
      const startMs = Math.floor(Number(element.at) / SIZE_MS) * SIZE_MS
      const lastMs = startMs + SIZE_MS - 1
      if (lastMs <= Math.max(watermarkMs - allowedMs, floorMs)) {
        if (index >= fed) late.push(Number(element.row.n))
      } else counts.set(startMs, (counts.get(startMs) ?? 0) + 1)
    }
    return { counts, late }
  }

  test.each(Array.from({ length: 40 }, (_, seed) => seed))(
    'longer or shorter, each record is late or counted as it should be (seed %d)',
    (seed) => {
      const random = seededRandom(seed)
      const lateness: [number, number] = [random.integer(1, 30), random.integer(1, 30)]
      const elements: ExampleInput[] = []
      let watermarkMs = 0
      for (let index = 0; index < 60; index++) {
        if (random.chance(0.3)) {
          watermarkMs += random.integer(1, 15)
          elements.push(watermark(watermarkMs))
        } else elements.push(row('a', index, Math.max(0, watermarkMs + random.integer(-60, 20))))
      }
      const fed = random.integer(20, 40)
      const of = (ms: number) => ({
        size: `${SIZE_MS}ms`,
        allowedLateness: `${ms}ms`,
        aggregates: { count: 'COUNT(*)' },
      })
      const { outputs } = goOn(tumblingWindow, of(lateness[0]), of(lateness[1]), elements, fed)
      const { counts, late } = naive(elements, fed, lateness)
      expect(rowsOf(outputs.late).map(({ n }) => n)).toEqual(late)
      const last = new Map(
        rowsOf(outputs.out).map(({ window_start, count }) => [
          Date.parse(String(window_start)),
          count,
        ]),
      )
      expect(last.size).toBeGreaterThan(0)
      for (const [startMs, count] of last) expect(count).toBe(counts.get(startMs))
    },
  )

  test('from none to some is refused, since windows that fire once keep other state', () => {
    const of = (allowedLateness: string) => ({
      size: '10ms',
      allowedLateness,
      aggregates: { count: 'COUNT(*)' },
    })
    const before = stored(tumblingWindow, of('0s'), [row('a', 1, 1), row('a', 2, 2)], 1)
    expect(() => goOnFrom(tumblingWindow, before, { config: of('1m') })).toThrow(
      'Allowed lateness was 0s and is 1m now, and windows that fire once keep other state than windows that fire again.',
    )
  })
})

test('aggregates that cannot be made from what is kept are named', () => {
  const of = (aggregates: Record<string, string>) => ({ size: '10ms', aggregates })
  const elements = [row('a', 1, 1), row('a', 2, 2)]
  const before = stored(tumblingWindow, of({ rows: 'COUNT(*)', sum: 'SUM(n)' }), elements, 1)
  const now = of({ rows: 'COUNT(n)', most: 'MAX(n)' })
  expect(() => goOnFrom(tumblingWindow, before, { config: now })).toThrow(
    'Aggregate "rows" was COUNT(*) and is COUNT(n) now. Aggregate "most" is new, and the records before ' +
      'can no longer be added to it. Aggregate "sum" is gone, and what is kept still has it.',
  )
})

describe('how many rows are kept', () => {
  const numbers = Array.from({ length: 20 }, (_, n) => row('a', n, n))

  test.each([
    [5, 8],
    [8, 5],
    [3, 50],
    [50, 3],
    [7, 1],
  ])('an inspect-sink of %d rows that keeps %d has the latest, in their order', (before, now) => {
    const { state } = goOn(inspectSink, { rows: before }, { rows: now }, numbers, 11)
    const newest = readInspected(state).map(({ number }) => number)
    // Those of before are there as far as they were kept then.
    const first = Math.max(20 - now, 11 - Math.min(before, now))
    expect(newest).toEqual(Array.from({ length: 20 - first }, (_, index) => first + index))
  })

  test.each([
    [5, 8],
    [8, 5],
    [12, 2],
  ])('a view of %d rows that keeps %d drops the oldest, and its books balance', (before, now) => {
    const { state, ledger } = goOn(viewSink, { limit: before }, { limit: now }, numbers, 11)
    const first = Math.max(20 - now, 11 - before)
    const rows = readView(state).map(({ row: [, n] }) => n)
    expect(rows).toEqual(Array.from({ length: 20 - first }, (_, index) => first + index))
    expect(ledger.held).toBe(20 - first)
  })
})

function rowsOf(elements: readonly unknown[] = []) {
  return elements.flatMap((element) => {
    const { row: columns } = element as { readonly row?: Readonly<Record<string, unknown>> }
    return columns === undefined ? [] : [columns]
  })
}
