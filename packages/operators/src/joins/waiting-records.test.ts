/**
 * Goal: what an interval join makes does not depend on how its records lie until they are asked
 * for. Method: streams with more records than a chunk, a step and the thread's patience have, asked
 * for seldom and often, against pairs found by looking at all records of the other side, and once
 * more with restarts in between.
 */

import { runOperator, type SeededRandom, seededRandom } from '@millrace/engine/testing'
import { durationText, type Row } from '@millrace/pipeline'
import { describe, expect, test } from 'vitest'
import { intervalJoin } from './interval-join.ts'
import { LEFT, RIGHT, type Side, type SideRecord, toStreams } from './testing/two-sides.ts'

interface Case {
  readonly records: number
  readonly keys: number
  /** Of so many records, one is of the right side; the others are of the left one. */
  readonly oneRightIn: number
  readonly withinMs: number
}

const SPAN_MS = 1000

const CASES: readonly (readonly [what: string, given: Case])[] = [
  ['a few of many ask', { records: 6000, keys: 50, oneRightIn: 1500, withinMs: 5000 }],
  ['one key has all', { records: 1500, keys: 1, oneRightIn: 250, withinMs: 5000 }],
  ['many of many ask', { records: 6000, keys: 300, oneRightIn: 40, withinMs: 5000 }],
  ['both sides ask', { records: 1500, keys: 40, oneRightIn: 2, withinMs: 5000 }],
  ['a stretch is short', { records: 2500, keys: 20, oneRightIn: 100, withinMs: 40 }],
]

function draw(random: SeededRandom, { records, keys, oneRightIn }: Case): readonly SideRecord[] {
  return Array.from({ length: records }, (_, index): SideRecord => {
    const side: Side = index % oneRightIn === oneRightIn - 1 ? 1 : 0
    const row: Row = ['x', random.integer(1, keys), 0, index]
    // Times come out of order, and many are equal.
    const timeMs = Math.floor((index * SPAN_MS) / records) - random.integer(0, 10)
    return { side, timeMs, row, change: '+I' }
  })
}

/** By number: each record with those of the other side that came before it, by time. */
function naivePairs(steps: readonly SideRecord[], { withinMs }: Case): readonly string[] {
  const pairs: string[] = []
  for (const [index, { side, timeMs, row }] of steps.entries()) {
    const matching = steps.slice(0, index).filter((other) => {
      const isNear = Math.abs(other.timeMs - timeMs) <= withinMs
      return other.side !== side && other.row[1] === row[1] && isNear
    })
    for (const other of matching.toSorted((a, b) => a.timeMs - b.timeMs)) {
      pairs.push(side === 0 ? `${row[3]} ${other.row[3]}` : `${other.row[3]} ${row[3]}`)
    }
  }
  return pairs
}

describe.each(CASES)('%s', (_what, given) => {
  test.each([1, 2])('with seed %i all pairs leave in their order', (seed) => {
    const random = seededRandom(seed)
    const steps = draw(random, given)
    const [left, right] = toStreams(steps)
    const bound = durationText(given.withinMs)
    const config = { on: [['b', 'r_b']], lower: `-${bound}`, upper: bound }
    const restartAfter = [0.3, 0.6, 0.95].map((part) => Math.floor(part * given.records))
    const { outputs, ledger } = runOperator(
      intervalJoin,
      {
        ...config,
        columns: { n: `left.${Object.keys(LEFT)[3]}`, m: `right.${Object.keys(RIGHT)[3]}` },
      },
      { left, right },
      { restartAfter },
    )
    const rows = outputs.out?.flatMap((element) => ('row' in element ? [element.row] : []))
    const expected = naivePairs(steps, given)
    expect(rows?.map(({ n, m }) => `${n} ${m}`)).toEqual(expected)
    expect(ledger.toJson()).toMatchObject({ in: given.records, held: 0 })
    expect(ledger.toJson().absorbed).toBe(new Set(expected.flatMap((pair) => pair.split(' '))).size)
  })
})
