/**
 * Two streams joined as tables: the same, row by row, as where rows could be forgotten, which they
 * never are, since then they are kept in another way.
 */

import { decodeState } from '@millrace/engine'
import {
  makeGolden,
  runOperator,
  type SeededRandom,
  seededRandom,
  type TestElement,
  type TestStream,
  watermark,
} from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { checkSmallest, overSeeds } from '../testing/random-streams.ts'
import { streamCount } from '../testing/stream-count.node.ts'
import { CHAINED_MAX } from './chained-sides.ts'
import { tableJoin } from './table-join.ts'

const STREAMS = streamCount(120)
const LEFT = { id: 'integer', a: 'string', v: 'double' }
const RIGHT = { r_id: 'integer', r_a: 'string', r_v: 'double' }
const NEVER = { stateTimeToLive: '10000d' }
const nothing = watermark(Number.NEGATIVE_INFINITY)

interface Arrival {
  readonly side: 0 | 1
  readonly id: number
  readonly a: string | null
  readonly v: number
}

function draw(random: SeededRandom): Arrival {
  return {
    side: random.chance(0.5) ? 0 : 1,
    id: random.integer(0, 2),
    a: random.chance(0.1) ? null : random.pick(['x', 'y', 'z']),
    v: random.pick([0, -0, 1, 2, 2.5]),
  }
}

/** Both sides take turns; where it is not a side's turn, it has a watermark that says nothing. */
function inputsOf(arrivals: readonly Arrival[]) {
  const left = arrivals.map(
    ({ side, id, a, v }): TestElement => (side === 0 ? { row: { id, a, v } } : nothing),
  )
  const right = arrivals.map(
    ({ side, id, a, v }): TestElement =>
      side === 1 ? { row: { r_id: id, r_a: a, r_v: v } } : nothing,
  )
  const streams: { readonly left: TestStream; readonly right: TestStream } = {
    left: { schema: LEFT, elements: left, eventTime: false },
    right: { schema: RIGHT, elements: right, eventTime: false },
  }
  return streams
}

function outcome(config: object, inputs: ReturnType<typeof inputsOf>) {
  const { outputs, failure, ledger } = runOperator(tableJoin, config, inputs, { open: true })
  expect(failure).toBe(undefined)
  const fed = inputs.left.elements.length * 2
  const entries = makeGolden(tableJoin, { title: '', config, inputs }, fed)?.entries ?? []
  return { outputs, ledger, rows: entries.filter(isOfRows).toSorted() }
}

function isOfRows(entry: string): boolean {
  const bytes = Uint8Array.from({ length: entry.length / 2 }, (_, index) =>
    Number.parseInt(entry.slice(index * 2, index * 2 + 2), 16),
  )
  return (decodeState(bytes) as readonly string[])[0] === 'table rows'
}

test(`${STREAMS} pairs of random streams from seed 1`, () => {
  overSeeds(tableJoin, STREAMS, (seed) => {
    const random = seededRandom(seed)
    const config = {
      on: random.pick([
        [['a', 'r_a']],
        [
          ['a', 'r_a'],
          ['id', 'r_id'],
        ],
        [['v', 'r_v']],
      ]),
      // There are pairs for which nobody knows, and some that cannot be made.
      ...random.pick([{}, { where: 'v <= r_v' }, { where: '1 / (id + r_id) >= 0' }]),
      ...random.pick([{}, { columns: { v: 'left.v', w: 'right.r_v', n: '1 / right.r_id' } }]),
    }
    const arrivals = Array.from({ length: random.integer(0, 30) }, () => draw(random))
    checkSmallest(`Seed ${seed}, ${JSON.stringify(config)}`, arrivals, (some) => {
      const inputs = inputsOf(some)
      expect(outcome(config, inputs)).toEqual(outcome({ ...config, ...NEVER }, inputs))
    })
  })
})

test('very many rows under one key leave in the order that fewer have', () => {
  const random = seededRandom(1)
  const many = Array.from({ length: CHAINED_MAX + 10 }, (): Arrival => {
    return { side: 0, id: random.integer(0, 3), a: 'x', v: random.integer(0, 1000) }
  })
  const few = many.slice(0, 100)
  const last: Arrival = { side: 1, id: 1, a: 'x', v: 1 }
  for (const arrivals of [few, many]) {
    const inputs = inputsOf([...arrivals, last])
    const config = { on: [['a', 'r_a']] }
    const [one, other] = [config, { ...config, ...NEVER }].map((given) =>
      runOperator(tableJoin, given, inputs, { open: true }),
    )
    expect(one?.outputs.out?.length).toBeGreaterThanOrEqual(arrivals.length)
    expect(one?.outputs).toEqual(other?.outputs)
  }
})
