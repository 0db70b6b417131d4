/**
 * What windows should give, said as plainly as possible and as slowly: all records are kept in a
 * list, and each window goes through it. Random streams for both sides come from here too.
 */

import type { Ledger, OperatorDefinition } from '@millrace/engine'
import {
  type RunOperatorOptions,
  record,
  runOperator,
  type SeededRandom,
  stream,
  type TestElement,
  watermark,
} from '@millrace/engine/testing'
import { isoTimestamp } from '@millrace/pipeline'
import { expectSame } from '../../testing/expect-same.ts'
import { checkSmallest } from '../../testing/random-streams.ts'

/** A record of the random streams. `d` divides 60: where it is 0, an aggregate has no value. */
export interface Reading {
  readonly timeMs: number
  readonly k: string | null
  readonly g: boolean | null
  readonly n: number | null
  readonly d: number | null
  /** Position in the stream. */
  readonly id: number
}

export type Step = Reading | { readonly watermarkMs: number }

export const COLUMNS = { k: 'string', g: 'boolean', n: 'integer', d: 'integer', id: 'integer' }

export const AGGREGATES = {
  count: 'COUNT(*)',
  sum: 'SUM(n)',
  least: 'MIN(n)',
  kinds: 'COUNT(DISTINCT n)',
  share: '100 / COUNT(n)',
  parts: 'SUM(60 / d)',
  ids: 'COLLECT(id)',
}

/** Whether there are aggregates that keep more than numbers: without them groups are no objects. */
export type Keeps = 'anything' | 'numbers'

export function aggregatesOf(keeps: Keeps): Readonly<Record<string, string>> {
  const { kinds, ids, ...numbers } = AGGREGATES
  return keeps === 'numbers' ? numbers : AGGREGATES
}

/** Disorder, equal times, times before 1970, NULL in every column that may be grouped by. */
export function randomSteps(random: SeededRandom): readonly Step[] {
  const keys = ['a', 'b', 'ab', '', null, 'é', '\u0000'].slice(0, random.integer(1, 7))
  const disorderMs = random.pick([0, 5, 20, 60])
  const paceMs = random.integer(0, 8)
  const delayMs = random.integer(0, 40)
  let nowMs = random.integer(-150, 20)
  const steps: Step[] = []
  const count = random.integer(0, 60)
  for (let id = 0; id < count; id++) {
    nowMs += random.integer(0, paceMs)
    const reading = {
      timeMs: nowMs - random.integer(0, disorderMs),
      k: random.pick(keys),
      g: random.pick([true, false, null]),
      n: random.chance(0.3) ? null : random.integer(-9, 9),
      d: random.pick([1, 2, 3, 5, null, random.chance(0.3) ? 0 : 4]),
      id,
    }
    steps.push(reading)
    // The same time and the same values again, as retries of a sender.
    if (random.chance(0.1)) steps.push({ ...reading, id: id + 1000 })
    if (random.chance(0.25)) steps.push({ watermarkMs: nowMs - delayMs })
    if (random.chance(0.05)) nowMs += random.integer(0, 100)
  }
  return steps
}

export function randomGroupBy(random: SeededRandom): readonly ('k' | 'g' | 'n')[] {
  return random.pick([[], ['k'], ['n'], ['k', 'g'], ['g', 'n']])
}

/** What must leave, and in which bucket the records are at the end of `steps`. */
export interface Expected {
  readonly out: readonly TestElement[]
  readonly late: readonly TestElement[]
  /** The `raw` column of what leaves through `errors`. */
  readonly errors: readonly string[]
  readonly buckets: Pick<
    Ledger,
    'in' | 'passed' | 'filtered' | 'late' | 'deadLettered' | 'held' | 'absorbed' | 'expired'
  >
}

export interface NaiveWindow {
  readonly startMs: number
  readonly endMs: number
  readonly readings: readonly Reading[]
}

/** One way to say which windows there are. */
export interface NaiveRules {
  /** Where a record goes that arrives while the watermark stands here. */
  arrive(reading: Reading, watermarkMs: number): 'filtered' | 'late' | 'held'
  /** Takes out the windows that close now, in any order, each with the records of all groups. */
  close(watermarkMs: number): readonly NaiveWindow[]
  /** How many records no window can use any more. */
  absorbed(): number
}

export function expected(
  steps: readonly Step[],
  groupBy: readonly ('k' | 'g' | 'n')[],
  rules: NaiveRules,
  keeps: Keeps = 'anything',
): Expected {
  const out: TestElement[] = []
  const late: TestElement[] = []
  const errors: string[] = []
  const counts = { in: 0, filtered: 0, late: 0, deadLettered: 0, held: 0 }
  let nowMs = Number.NEGATIVE_INFINITY
  for (const step of steps) {
    if ('watermarkMs' in step) {
      if (step.watermarkMs <= nowMs) continue
      nowMs = step.watermarkMs
      for (const [window, readings] of inOrder(rules.close(nowMs), groupBy)) {
        const result = resultOf(window, readings, groupBy, keeps)
        if (typeof result === 'string') errors.push(result)
        else out.push(result)
      }
      if (nowMs === Number.POSITIVE_INFINITY) continue
      out.push(watermark(nowMs))
      late.push(watermark(nowMs))
      continue
    }
    counts.in++
    const bucket = rules.arrive(step, nowMs)
    if (bucket === 'held' && step.d === 0) {
      counts.deadLettered++
      errors.push(JSON.stringify(rowOf(step)))
      continue
    }
    counts[bucket]++
    if (bucket === 'late') late.push(record(rowOf(step), step.timeMs))
  }
  const absorbed = rules.absorbed()
  const buckets = { ...counts, held: counts.held - absorbed, absorbed, passed: 0, expired: 0 }
  return { out, late, errors, buckets }
}

/** The real operator on the same steps; `open` ends before the end of input. */
export function observed(
  operator: OperatorDefinition,
  config: object,
  steps: readonly Step[],
  options: RunOperatorOptions,
): Expected {
  const elements = steps.map((step) =>
    'watermarkMs' in step ? watermark(step.watermarkMs) : record(rowOf(step), step.timeMs),
  )
  const { outputs, ledger, failure } = runOperator(
    operator,
    { aggregates: AGGREGATES, ...config },
    { in: stream(COLUMNS, elements) },
    options,
  )
  if (failure !== undefined) throw new Error(failure.message)
  const { in: arrived, passed, filtered, late, deadLettered, held, absorbed, expired } = ledger
  return {
    out: outputs['out'] ?? [],
    late: outputs['late'] ?? [],
    errors: (outputs['errors'] ?? []).flatMap((element) =>
      'row' in element ? String(element.row['raw']) : [],
    ),
    buckets: { in: arrived, passed, filtered, late, deadLettered, held, absorbed, expired },
  }
}

/**
 * Compares both sides for one batch size or for all, at the end of input and now and then before
 * it. `rules` makes new rules for each run.
 */
export function compareWithNaive(
  operator: OperatorDefinition,
  config: object & { readonly groupBy: readonly ('k' | 'g' | 'n')[] },
  steps: readonly Step[],
  rules: () => NaiveRules,
  seed: number,
): void {
  const { groupBy } = config
  const keeps: Keeps = seed % 2 === 0 ? 'numbers' : 'anything'
  const chosen = { ...config, aggregates: aggregatesOf(keeps) }
  const about = (rest: string) => `Seed ${seed}, config ${JSON.stringify(chosen)}, ${rest}`
  for (const batchRows of seed % 10 === 0 ? [1, 7, 1000] : [[1, 7, 1000][seed % 3] ?? 1]) {
    checkSmallest(about(`batches of ${batchRows}`), steps, (some) => {
      const atEnd = [...some, { watermarkMs: Number.POSITIVE_INFINITY }]
      const finished = expected(atEnd, groupBy, rules(), keeps)
      expectSame(observed(operator, chosen, some, { batchRows }), finished)
    })
  }
  if (seed % 3 !== 0) return
  checkSmallest(about('before the end of input'), steps, (some) => {
    const seen = observed(operator, chosen, some, { batchRows: 7, open: true })
    expectSame(seen, expected(some, groupBy, rules(), keeps))
  })
}

export function rowOf({
  k,
  g,
  n,
  d,
  id,
}: Reading): Omit<Reading, 'timeMs'> & { readonly [name: string]: unknown } {
  return { k, g, n, d, id }
}

/** By (time, start, group), as what one watermark causes must leave. */
function inOrder(
  windows: readonly NaiveWindow[],
  groupBy: readonly ('k' | 'g' | 'n')[],
): readonly (readonly [NaiveWindow, readonly Reading[]])[] {
  const groups = windows.flatMap((window) => {
    const byGroup = new Map<string, Reading[]>()
    for (const reading of window.readings) {
      const group = JSON.stringify(groupBy.map((name) => reading[name]))
      byGroup.set(group, [...(byGroup.get(group) ?? []), reading])
    }
    return [...byGroup.values()].map((readings) => [window, readings] as const)
  })
  return groups.sort(([a, [firstOfA]], [b, [firstOfB]]) => {
    if (a.endMs !== b.endMs) return a.endMs - b.endMs
    if (a.startMs !== b.startMs) return a.startMs - b.startMs
    for (const name of groupBy) {
      const order = compareCells(firstOfA?.[name] ?? null, firstOfB?.[name] ?? null)
      if (order !== 0) return order
    }
    return 0
  })
}

export function compareCells(a: Reading['k' | 'g' | 'n'], b: Reading['k' | 'g' | 'n']): number {
  if (a === b) return 0
  if (a === null) return -1
  if (b === null) return 1
  return a < b ? -1 : 1
}

/** The row, or what leaves through `errors` where a column has no value. */
export function resultOf(
  { startMs, endMs }: NaiveWindow,
  readings: readonly Reading[],
  groupBy: readonly ('k' | 'g' | 'n')[],
  keeps: Keeps = 'anything',
): TestElement | string {
  const [first] = readings
  const numbers = readings.flatMap(({ n }) => n ?? [])
  const shares = readings.flatMap(({ d }) => (d === null ? [] : Math.trunc(60 / d)))
  const byTime = [...readings].sort((a, b) => a.timeMs - b.timeMs)
  const group = {
    ...Object.fromEntries(groupBy.map((name) => [name, first?.[name] ?? null])),
    window_start: isoTimestamp(startMs),
    window_end: isoTimestamp(endMs),
  }
  if (numbers.length === 0) return JSON.stringify(group)
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  const keepsMore = keeps === 'anything'
  // In the order of the aggregates, since some tests compare rows as text.
  const row = {
    ...group,
    count: readings.length,
    sum: sum(numbers),
    least: Math.min(...numbers),
    ...(keepsMore ? { kinds: new Set(numbers).size } : {}),
    share: Math.trunc(100 / numbers.length),
    parts: shares.length === 0 ? null : sum(shares),
    ...(keepsMore ? { ids: byTime.map(({ id }) => id) } : {}),
  }
  return record(row, endMs - 1)
}
