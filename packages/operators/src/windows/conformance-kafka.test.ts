/**
 * Kafka Streams' own cases of windows, which lie beside the repository and are used where they are
 * there. An update for each record is our early result after every record, and a result on close is
 * our only one, with a watermark that stays the grace behind.
 */

import type { OperatorDefinition } from '@millrace/engine'
import { record, runOperator, stream, type TestElement, watermark } from '@millrace/engine/testing'
import { conformanceTests } from '@millrace/engine/testing/conformance'
import { expect, test } from 'vitest'
import { hoppingWindow } from './hopping-window.ts'
import { sessionWindow } from './session-window.ts'
import { slidingWindow } from './sliding-window.ts'

interface KafkaRecord {
  readonly key: string
  readonly value: string
  readonly ts: number
}

type Mode = 'onWindowUpdate' | 'onWindowClose'

/** One result: of which window, and the values that it is made of, in no order. */
interface Result {
  readonly key: string
  readonly start: number
  readonly end: number
  readonly values: string
  readonly ts: number
}

/** After every record the watermark is 1 ms behind the latest time, and the grace if on close. */
function feed(input: readonly KafkaRecord[], delayMs: number): readonly TestElement[] {
  let latestMs = Number.NEGATIVE_INFINITY
  return input.flatMap(({ ts, ...row }) => {
    latestMs = Math.max(latestMs, ts)
    return [record({ ...row, ts }, ts), watermark(latestMs - 1 - delayMs)]
  })
}

function run(
  operator: OperatorDefinition,
  config: object,
  input: readonly KafkaRecord[],
  mode: Mode,
  graceMs: number,
) {
  const updates = mode === 'onWindowUpdate'
  const early = updates ? { early: { count: 1 }, allowedLateness: `${graceMs}ms` } : {}
  return runOperator(
    operator,
    {
      ...config,
      ...early,
      groupBy: ['key'],
      aggregates: { values: 'COLLECT(value)', count: 'COUNT(*)', ts: 'MAX(ts)' },
    },
    {
      in: stream(
        { key: 'string', value: 'string', ts: 'integer' },
        feed(input, updates ? 0 : graceMs),
      ),
    },
    { open: true },
  )
}

function results(elements: readonly TestElement[] | undefined): readonly Result[] {
  return (elements ?? []).flatMap((element) => {
    if (!('row' in element) || element.change === '-U' || element.change === '-D') return []
    const { key, window_start, window_end, values, ts } = element.row
    return {
      key: String(key),
      start: Date.parse(String(window_start)),
      end: Date.parse(String(window_end)),
      values: [...(values as readonly string[])].sort().join('+'),
      ts: Number(ts),
    }
  })
}

/** Kafka strings values together behind an empty text or "0", in the order in which they came. */
function valuesOf(text: string, aggregate: string): string {
  const parts = text.split('+')
  return (aggregate === 'reduce-concat' ? parts : parts.slice(1)).sort().join('+')
}

function lines(found: readonly Result[]): readonly string[] {
  return found
    .map(({ key, start, end, values, ts }) => `${key} [${start}, ${end}) ${values} at ${ts}`)
    .sort()
}

interface ListedCase {
  readonly id: string
  readonly aggregate: string
  readonly input: readonly KafkaRecord[]
  readonly expectDropped?: number
  readonly expectList?: {
    readonly [mode in Mode]?: readonly {
      readonly key: string
      readonly start: number
      readonly end: number
      readonly value: string
      readonly ts: number
    }[]
  }
}

interface TimeCase extends ListedCase {
  readonly window: { readonly sizeMs: number; readonly slideMs: number; readonly graceMs: number }
}

function timeWindowCase(given: TimeCase): void {
  const { window, input, aggregate, expectList = {}, expectDropped } = given
  const config = { size: `${window.sizeMs}ms`, slide: `${window.slideMs}ms` }
  for (const [mode, expected] of Object.entries(expectList)) {
    const { outputs, ledger } = run(hoppingWindow, config, input, mode as Mode, window.graceMs)
    // Kafka alone has no windows that begin before 1970.
    const seen = results(outputs['out']).filter(({ start }) => start >= 0)
    const wanted = expected.map(({ value, ...rest }) => ({
      ...rest,
      values: valuesOf(value, aggregate),
    }))
    expect(lines(seen)).toEqual(lines(wanted))
    if (expectDropped === undefined) continue
    const lost = lostWindows(input, window)
    // Kafka counts each window that a record has lost, and we each record that has lost all.
    expect(lost.flatMap(({ closed }) => closed).length).toBe(expectDropped)
    expect(ledger.late).toBe(lost.filter(({ open }) => open.length === 0).length)
  }
}

conformanceTests<TimeCase>({
  file: 'kafka-time-window',
  cases: 3,
  skipped: 0,
  trial: (given) => ({ run: () => timeWindowCase(given) }),
})

/** For each record, the starts of its windows that are closed and open when it comes. */
function lostWindows(input: readonly KafkaRecord[], window: TimeCase['window']) {
  const { sizeMs, slideMs, graceMs } = window
  let latestMs = 0
  return input.map(({ ts }) => {
    latestMs = Math.max(latestMs, ts)
    const starts: number[] = []
    for (let startMs = 0; startMs <= ts; startMs += slideMs) {
      if (ts < startMs + sizeMs) starts.push(startMs)
    }
    const isClosed = (startMs: number) => startMs + sizeMs + graceMs <= latestMs
    return {
      closed: starts.filter(isClosed),
      open: starts.filter((startMs) => !isClosed(startMs)),
    }
  })
}

interface SlidingCase extends ListedCase {
  readonly timeDifferenceMs: number
  readonly graceMs: { readonly [mode in Mode]: number }
  readonly kafkaArtefact?: unknown
  /** By mode, then by start: all results that have left, as [values, time]. */
  readonly expect?: {
    readonly [mode in Mode]: { readonly [start: string]: readonly (readonly [string, number])[] }
  }
}

function slidingWindowCase(given: SlidingCase): void {
  const { timeDifferenceMs: sizeMs, input, graceMs, aggregate, kafkaArtefact } = given
  // For records near 1970, Kafka makes one window [0, size] of all that would begin before.
  const isEarly = input.some(({ ts }) => ts < sizeMs)
  const isShared = ({ start }: Result) => (isEarly ? start > 0 : start >= 0)
  for (const mode of ['onWindowUpdate', 'onWindowClose'] as const) {
    // It forgets a record in one case of this mode, which its file says not to copy.
    if (mode === 'onWindowClose' && kafkaArtefact !== undefined) continue
    const wanted: Result[] = []
    for (const { key, start, end, value, ts } of given.expectList?.[mode] ?? []) {
      wanted.push({ key, start, end: end + 1, values: valuesOf(value, aggregate), ts })
    }
    for (const [startText, pairs] of Object.entries(given.expect?.[mode] ?? {})) {
      const start = Number(startText)
      for (const [value, ts] of pairs) {
        const values = valuesOf(value, aggregate)
        wanted.push({ key: 'A', start, end: start + sizeMs + 1, values, ts })
      }
    }
    const config = { size: `${sizeMs}ms` }
    const { outputs } = run(slidingWindow, config, input, mode, graceMs[mode])
    const seen = results(outputs['out']).filter(isShared)
    expect(new Set(lines(seen)), mode).toEqual(new Set(lines(wanted.filter(isShared))))
  }
}

conformanceTests<SlidingCase>({
  file: 'kafka-sliding-window',
  cases: 10,
  skipped: 0,
  trial: (given) => ({ run: () => slidingWindowCase(given) }),
})

interface SessionCase {
  readonly id: string
  readonly gapMs: number
  readonly graceMs: number
  readonly input: readonly KafkaRecord[]
  readonly expectDropped?: number
  readonly expectDroppedKeys?: readonly string[]
  /** As [key, first time, last time, count or null, time]; null takes the result back. */
  readonly expectList?: {
    readonly onUpdate?: readonly SessionRow[]
    readonly final?: readonly SessionRow[]
  }
  readonly expectState?: readonly (readonly [string, number, number, number])[]
}

type SessionRow = readonly [string, number, number, number | null, number]

function sessionWindowCase(given: SessionCase): void {
  // Kafka counts the gap as part of a session.
  const gapMs = given.gapMs + 1
  const rowsIn = (mode: Mode) => {
    const { outputs, ledger } = run(
      sessionWindow,
      { gap: `${gapMs}ms` },
      given.input,
      mode,
      given.graceMs,
    )
    const rows = (outputs['out'] ?? []).flatMap((element): SessionRow[] => {
      if (!('row' in element)) return []
      const { key, window_start, window_end, count } = element.row
      const lastMs = Date.parse(String(window_end)) - gapMs
      const isOld = element.change === '-U' || element.change === '-D'
      const startMs = Date.parse(String(window_start))
      return [[String(key), startMs, lastMs, isOld ? null : Number(count), lastMs]]
    })
    const late = (outputs['late'] ?? []).flatMap((element) =>
      'row' in element ? [element.row['key']] : [],
    )
    return { rows, late, ledger }
  }
  const updates = rowsIn('onWindowUpdate')
  const { onUpdate, final } = given.expectList ?? {}
  if (onUpdate !== undefined) expect(updates.rows).toEqual(onUpdate)
  if (final !== undefined) {
    const closed = rowsIn('onWindowClose').rows
    expect([...closed].sort()).toEqual([...final].sort())
  }
  if (given.expectState !== undefined) {
    const state = new Map<string, readonly unknown[]>()
    for (const [key, startMs, lastMs, count] of updates.rows) {
      const name = `${key} ${startMs} ${lastMs}`
      if (count === null) state.delete(name)
      else state.set(name, [key, startMs, lastMs, count])
    }
    expect([...state.values()].sort()).toEqual([...given.expectState].sort())
  }
  if (given.expectDropped !== undefined) expect(updates.ledger.late).toBe(given.expectDropped)
  if (given.expectDroppedKeys !== undefined) {
    expect(updates.late).toEqual(given.expectDroppedKeys)
  }
}

conformanceTests<SessionCase>({
  file: 'kafka-session-window',
  cases: 7,
  skipped: 0,
  trial: (given) => ({ run: () => sessionWindowCase(given) }),
})

test('Kafka strings values together, and we compare them in no order', () => {
  expect(valuesOf('0+2+1', 'concat-from-"0"')).toBe('1+2')
  expect(valuesOf('2+1', 'reduce-concat')).toBe('1+2')
})
