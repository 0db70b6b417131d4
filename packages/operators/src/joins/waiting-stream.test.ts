/**
 * Goal: records of a temporal join leave by event time, key and arrival, however they lie until
 * then. Method: streams in order and out of it, whose records are many in one millisecond or few in
 * a slice of time, in batches of several sizes and with restarts in between, against all records
 * sorted.
 */

import {
  MemoryState,
  runOperator,
  type SeededRandom,
  seededRandom,
  type TestElement,
  type TestStream,
  watermark,
} from '@millrace/engine/testing'
import { describe, expect, test } from 'vitest'
import { temporalJoin } from './temporal-join.ts'
import { WaitingStream } from './waiting-stream.ts'

interface Case {
  readonly records: number
  readonly keys: number
  readonly spanMs: number
  /** How much earlier than the record before it one may be. */
  readonly disorderMs: number
}

const CASES: readonly (readonly [what: string, given: Case])[] = [
  ['in order, some of one time', { records: 900, keys: 20, spanMs: 300, disorderMs: 0 }],
  ['in order, many of one time', { records: 900, keys: 5, spanMs: 12, disorderMs: 0 }],
  ['out of order within a slice', { records: 900, keys: 20, spanMs: 400, disorderMs: 8 }],
  ['out of order over slices', { records: 600, keys: 20, spanMs: 900, disorderMs: 450 }],
  ['few in a slice', { records: 60, keys: 3, spanMs: 6000, disorderMs: 500 }],
]

interface Drawn {
  readonly timeMs: number
  readonly key: number
  readonly n: number
}

function draw(random: SeededRandom, { records, keys, spanMs, disorderMs }: Case): Drawn[] {
  return Array.from({ length: records }, (_, n) => {
    const timeMs = Math.floor((n * spanMs) / records) - random.integer(0, disorderMs)
    return { timeMs, key: random.integer(1, keys), n }
  })
}

/** Watermarks on the way: none of the records that are still to come is late by them. */
function toStream(records: readonly Drawn[], random: SeededRandom): TestStream {
  const elements = records.flatMap(({ timeMs, key, n }, index): TestElement[] => {
    const safeMs = Math.min(...records.slice(index + 1).map((one) => one.timeMs)) - 1
    const marks =
      random.chance(20 / records.length) && Number.isFinite(safeMs) ? [watermark(safeMs)] : []
    return [{ at: timeMs, row: { key, n } }, ...marks]
  })
  return { schema: { key: 'double', n: 'integer' }, elements }
}

const TABLE: TestStream = { schema: { id: 'double', name: 'string' }, elements: [] }

describe.each(CASES)('%s', (_what, given) => {
  test.each([1, 2, 3])('with seed %i all records leave in their order', (seed) => {
    const random = seededRandom(seed)
    const records = draw(random, given)
    const stream = toStream(records, random)
    const marks = stream.elements.filter((element) => 'watermark' in element)
    const restartAfter = [0.2, 0.5, 0.9].map((part) => Math.floor(part * given.records))
    const config = { type: 'left', on: [['key', 'id']], columns: { key: 'key', n: 'n' } }
    // The table is there first, and holds no watermark back.
    const table = { ...TABLE, elements: [watermark(given.spanMs + 1)] }
    for (const batchRows of [1, 7, 1000]) {
      const { outputs, ledger } = runOperator(
        temporalJoin,
        config,
        { stream, table },
        {
          batchRows,
          restartAfter,
        },
      )
      const left = outputs.out?.flatMap((element) => ('row' in element ? [element.row.n] : []))
      const expected = records.toSorted((a, b) => a.timeMs - b.timeMs || a.key - b.key || a.n - b.n)
      expect(left).toEqual(expected.map(({ n }) => n))
      expect(marks.length).toBeGreaterThan(0)
      expect(ledger.toJson()).toMatchObject({ in: given.records, absorbed: given.records, held: 0 })
    }
  })
})

test('of a slice that was stored when some of it had left, the others leave, with what comes', () => {
  const state = new MemoryState()
  const stored = [101, 105, 103].map((timeMs) => ({ timeMs, key: 'a', row: ['a', timeMs] }))
  state.table('waiting').put(1, null, { records: stored, next: 1, sorted: false })
  state.timers('waiting').set(1, 0, null)
  const waiting = new WaitingStream(state, (row) => String(row[0]))
  waiting.put([['b', 104]], [104], 0, 1)
  const left: unknown[] = []
  for (const untilMs of [102, 104, 200]) {
    const due = waiting.takeSomeDue(untilMs)
    left.push(due?.rows.slice(due.from, due.to))
  }
  expect(left).toEqual([
    undefined,
    [
      ['a', 103],
      ['b', 104],
    ],
    [['a', 105]],
  ])
  expect(waiting.hasDue(Number.POSITIVE_INFINITY)).toBe(false)
})
