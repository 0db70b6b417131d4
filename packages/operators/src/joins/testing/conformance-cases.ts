/**
 * Other engines' own cases of joins of streams, each run in a mode of ours or left out for a
 * reason. What comes of it is a list, one entry a case, for tests and for tables.
 */

import {
  type CaseResult,
  type OperatorRunResult,
  record,
  runOperator,
  stream,
  type TestElement,
  watermark,
} from '@millrace/engine/testing'
import { intervalJoin } from '../interval-join.ts'
import type { Stretched } from '../interval-records.ts'
import { temporalJoin } from '../temporal-join.ts'

/** A step that puts something in, or says what must have come out. */
export interface KafkaStep {
  readonly input?: 'left' | 'right' | 'both'
  readonly key?: string | number | null
  readonly value?: string | number | null
  readonly ts?: number
  readonly expect?: readonly KafkaResult[]
  readonly expectDropped?: number
  readonly expectMap?: { readonly [key: string]: string | null }
  readonly expectState?: { readonly [key: string]: string }
  readonly mayBeEmpty?: boolean
}

interface KafkaResult {
  readonly key: string | number | null
  readonly value: string | null
  readonly ts?: number
}

export interface KafkaCase {
  readonly id: string
  readonly join: 'inner' | 'left' | 'outer'
  readonly valueJoiner: string
  readonly window?: {
    readonly beforeMs: number
    readonly afterMs: number
    readonly graceMs: number
    readonly legacyEagerNullResults?: boolean
  }
  readonly leftVersioned?: boolean
  readonly rightVersioned?: boolean
  readonly tableVersioned?: boolean
  readonly steps: readonly KafkaStep[]
}

export const LEFT = { lk: 'string', l: 'string' }
export const RIGHT = { rk: 'string', r: 'string' }
export const NOTHING = watermark(Number.NEGATIVE_INFINITY)

export function typeOf({ join }: KafkaCase): string {
  return join === 'outer' ? 'full' : join
}

/** Compares as text, in this order or in any. */
export function sameTexts(
  actual: readonly unknown[],
  expected: readonly unknown[],
  inOrder = false,
) {
  const texts = (items: readonly unknown[]) => {
    const all = items.map((item) => JSON.stringify(item))
    return JSON.stringify(inOrder ? all : all.sort())
  }
  return texts(actual) === texts(expected)
}

export function rowsOf({ outputs }: OperatorRunResult, port = 'out') {
  return (outputs[port] ?? []).flatMap((element) => ('row' in element ? [element] : []))
}

/** What the case's joiner makes of two values. */
function joined({ valueJoiner }: KafkaCase, left: unknown, right: unknown): string {
  if (valueJoiner.startsWith('"("')) return `(${left},${right})`
  return `${left}${valueJoiner.includes('"+"') ? '+' : '-'}${right}`
}

export function toResult(
  one: KafkaCase,
  { at, row }: Extract<TestElement, { row: object }>,
): KafkaResult {
  const key = (row.lk ?? row.rk ?? null) as string | null
  return { key, value: joined(one, row.l, row.r), ts: Number(at) }
}

/** Keys are texts here, whatever they were. */
function plain({ key, value, ts }: KafkaResult): KafkaResult {
  return { key: key === null ? null : `${key}`, value, ...(ts === undefined ? {} : { ts }) }
}

/** Both sides in turn, and behind each record the watermark of both. */
function toIntervalInputs(
  steps: readonly KafkaStep[],
  watermarkOf: (streamTimeMs: number) => number,
  lastMs?: number,
) {
  const left: TestElement[] = []
  const right: TestElement[] = []
  let streamTimeMs = Number.NEGATIVE_INFINITY
  for (const { input, key = null, value = null, ts = 0 } of steps) {
    if (input === undefined) continue
    streamTimeMs = Math.max(streamTimeMs, ts)
    const text = key === null ? null : `${key}`
    // A record without a value is none to a stream of Kafka's.
    const takes = (side: string) => value !== null && (input === side || input === 'both')
    left.push(takes('left') ? record({ lk: text, l: `${value}` }, ts) : NOTHING)
    right.push(takes('right') ? record({ rk: text, r: `${value}` }, ts) : NOTHING)
    const mark = watermark(watermarkOf(streamTimeMs))
    left.push(mark)
    right.push(mark)
  }
  if (lastMs !== undefined) {
    left.push(watermark(lastMs))
    right.push(watermark(lastMs))
  }
  return { inputs: { left: stream(LEFT, left), right: stream(RIGHT, right) }, streamTimeMs }
}

const LATE_BY_RECORD =
  'a record at or before the watermark is late; Kafka takes one until the window of its own partners has closed'

/** An interval join: step by step where no record is late by our rule only, else in total. */
export function streamStreamCase(one: KafkaCase): CaseResult {
  const { id, window, steps } = one
  if (window === undefined) return { id, verdict: 'failed', note: 'It has no window.' }
  if (window.legacyEagerNullResults === true) {
    return {
      id,
      verdict: 'skipped',
      note: 'an outer row leaves once, when it is proven; never at once',
    }
  }
  const { beforeMs, afterMs, graceMs } = window
  const config = {
    on: [['lk', 'rk']],
    lower: `${-beforeMs}ms`,
    upper: `${afterMs}ms`,
    type: typeOf(one),
  }
  const proven = (streamTimeMs: number) => streamTimeMs - 1 - graceMs
  const runUpTo = (count: number, watermarkOf: (ms: number) => number, lastMs?: number) => {
    const { inputs } = toIntervalInputs(steps.slice(0, count), watermarkOf, lastMs)
    return runOperator(intervalJoin, config, inputs, { open: true })
  }
  let before = 0
  const differs = steps.some(({ expect, expectDropped }, index) => {
    if (expectDropped !== undefined) return runUpTo(index, proven).ledger.late !== expectDropped
    if (expect === undefined) return false
    const rows = rowsOf(runUpTo(index, proven)).map((row) => toResult(one, row))
    const made = rows.slice(before)
    before = rows.length
    return !sameTexts(made.map(plain), expect.map(plain))
  })
  if (!differs) return { id, verdict: 'passed', note: 'step by step, W = stream time - grace - 1' }
  // Records are late later there: so the watermark stays behind, and catches up at the end.
  const behindMs = Math.max(beforeMs, afterMs)
  const { streamTimeMs } = toIntervalInputs(steps, proven)
  const behind = (ms: number) => proven(ms) - behindMs
  const total = runUpTo(steps.length, behind, proven(streamTimeMs))
  const rows = rowsOf(total).map((row) => plain(toResult(one, row)))
  const expected = steps.flatMap(({ expect }) => expect ?? []).map(plain)
  const drops = steps.every(
    ({ expectDropped }, index) =>
      expectDropped === undefined || runUpTo(index, behind).ledger.late === expectDropped,
  )
  const agrees = drops && (expected.length === 0 || sameTexts(rows, expected))
  if (agrees)
    return { id, verdict: 'passed', note: `in total; step by step not, since ${LATE_BY_RECORD}` }
  return beforeMs === afterMs
    ? {
        id,
        verdict: 'failed',
        note: `${JSON.stringify(rows)} instead of ${JSON.stringify(expected)}`,
      }
    : { id, verdict: 'skipped', note: LATE_BY_RECORD }
}

/** A temporal join: as of latest at once, versioned with what has come before each record. */
export function streamTableCase(one: KafkaCase): CaseResult {
  const { id, steps, tableVersioned } = one
  const versioned = tableVersioned === true
  const config = {
    on: [['lk', 'rk']],
    type: typeOf(one),
    asOf: versioned ? 'event-time' : 'latest',
  }
  let before = 0
  for (const [index, { expect }] of steps.entries()) {
    if (expect === undefined) continue
    const given = steps.slice(0, index)
    const last = given.at(-1)
    // Kafka looks a version up when the record comes, so no other record may wait for a later one.
    const asked = versioned ? given.filter((step) => step.input !== 'left' || step === last) : given
    const inputs = {
      stream: stream(
        LEFT,
        asked.map((step) => elementOf(step, 'left')),
      ),
      table: stream(
        RIGHT,
        asked.map((step) => elementOf(step, 'right')),
      ),
    }
    const rows = rowsOf(runOperator(temporalJoin, config, inputs)).map((row) => toResult(one, row))
    const made = versioned ? rows : rows.slice(before)
    before = rows.length
    if (!sameTexts(made.map(plain), expect.map(plain), true)) {
      const note = `Step ${index}: ${JSON.stringify(made)} instead of ${JSON.stringify(expect)}`
      return { id, verdict: 'failed', note }
    }
  }
  const note = versioned ? 'as of event time, each record with what came before it' : 'as of latest'
  return { id, verdict: 'passed', note: `${note}, step by step` }
}

function elementOf({ input, key, value = null, ts = 0 }: KafkaStep, side: 'left' | 'right') {
  if (input !== side) return NOTHING
  if (side === 'right') return record({ rk: `${key}`, r: value === null ? null : `${value}` }, ts)
  return value === null ? NOTHING : record({ lk: `${key}`, l: `${value}` }, ts)
}

export interface FlinkIntervalCase {
  readonly id: string
  readonly lowerBound: number
  readonly lowerInclusive: boolean
  readonly upperBound: number
  readonly upperInclusive: boolean
  readonly steps: readonly FlinkIntervalStep[]
}

interface FlinkIntervalStep {
  readonly left?: number
  readonly right?: number
  readonly leftWatermark?: number
  readonly rightWatermark?: number
  readonly bothSides?: readonly [number, number]
  readonly snapshotRestore?: boolean
  readonly assertPairs?: readonly (readonly [number, number])[]
  readonly sinceRestore?: boolean
  readonly assertLeftBuffer?: readonly number[]
  readonly assertRightBuffer?: readonly number[]
}

/** An interval join; bounds that are not included are a millisecond narrower. */
export function flinkIntervalCase(one: FlinkIntervalCase): CaseResult {
  const { id, steps } = one
  const orders = steps.some(({ bothSides }) => bothSides !== undefined) ? [0, 1] : [0]
  for (const first of orders) {
    let restoredAt = 0
    for (const [index, step] of steps.entries()) {
      const ran = () => runInterval(one, steps.slice(0, index), first)
      if (step.snapshotRestore === true) restoredAt = rowsOf(ran()).length
      const pairs = () =>
        rowsOf(ran())
          .slice(step.sinceRestore === true ? restoredAt : 0)
          .map(({ row }) => [row.a, row.b])
      // With bounds as narrow as here, a stretch is a millisecond.
      const kept = (side: 'left' | 'right') => {
        const table = ran().state.table<Stretched>(side)
        return table
          .namespaces()
          .flatMap((startMs) => [...table.entries(startMs)].flatMap(([, there]) => there))
          .map(({ timeMs }) => timeMs)
      }
      const { assertPairs, assertLeftBuffer, assertRightBuffer } = step
      const agrees =
        (assertPairs === undefined || sameTexts(pairs(), assertPairs)) &&
        (assertLeftBuffer === undefined || sameTexts(kept('left'), assertLeftBuffer)) &&
        (assertRightBuffer === undefined || sameTexts(kept('right'), assertRightBuffer))
      if (!agrees) return { id, verdict: 'failed', note: `Step ${index} differs.` }
    }
  }
  const restored = steps.some(({ snapshotRestore }) => snapshotRestore === true)
  return {
    id,
    verdict: 'passed',
    note: restored ? 'step by step, restarted where the case restores' : 'step by step',
  }
}

function runInterval(
  { lowerBound, lowerInclusive, upperBound, upperInclusive }: FlinkIntervalCase,
  steps: readonly FlinkIntervalStep[],
  first: number,
) {
  const sides: [TestElement[], TestElement[]] = [[], []]
  const add = (side: number, element: TestElement) => {
    sides[side === 0 ? 0 : 1].push(element)
    sides[side === 0 ? 1 : 0].push(NOTHING)
  }
  const rowOf = (side: number, at: number) =>
    record(side === 0 ? { k: 'x', a: at } : { r_k: 'x', b: at }, at)
  const restartAfter: number[] = []
  for (const step of steps) {
    const { left, right, leftWatermark, rightWatermark, bothSides } = step
    if (step.snapshotRestore === true) restartAfter.push(sides[0].length)
    if (left !== undefined) add(0, rowOf(0, left))
    if (right !== undefined) add(1, rowOf(1, right))
    if (leftWatermark !== undefined) add(0, watermark(leftWatermark))
    if (rightWatermark !== undefined) add(1, watermark(rightWatermark))
    if (bothSides === undefined) continue
    for (const side of [first, 1 - first]) {
      for (let at = bothSides[0]; at <= bothSides[1]; at++) {
        add(side, rowOf(side, at))
        add(side, watermark(at))
      }
    }
  }
  const config = {
    on: [['k', 'r_k']],
    lower: `${lowerInclusive ? lowerBound : lowerBound + 1}ms`,
    upper: `${upperInclusive ? upperBound : upperBound - 1}ms`,
    columns: { a: 'left.a', b: 'right.b' },
  }
  const inputs = {
    left: stream({ k: 'string', a: 'integer' }, sides[0]),
    right: stream({ r_k: 'string', b: 'integer' }, sides[1]),
  }
  return runOperator(intervalJoin, config, inputs, { open: true, restartAfter })
}
