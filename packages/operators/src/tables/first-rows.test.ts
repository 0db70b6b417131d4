/**
 * The first rows of streams, where they are ranked by columns: the same, row by row, as where they
 * are ranked by expressions of the same values, since then they are kept in another way.
 */

import {
  makeGolden,
  runOperator,
  seededRandom,
  type TestElement,
  type TestStream,
} from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { checkSmallest, overSeeds } from '../testing/random-streams.ts'
import { streamCount } from '../testing/stream-count.node.ts'
import { topN } from './top-n.ts'

const STREAMS = streamCount(120)
const SCHEMA = { a: 'string', v: 'double', w: 'integer', x: 'string' }

type Ranked = { readonly expression: string; readonly direction?: string }

/** The same values, not as columns. */
function asExpressions(orderBy: readonly Ranked[]): readonly Ranked[] {
  return orderBy.map((one) => ({ ...one, expression: `${one.expression} * 1` }))
}

function outcome(config: object, elements: readonly TestElement[]) {
  const inputs = { in: { schema: SCHEMA, elements, eventTime: false } satisfies TestStream }
  const { outputs, failure, ledger } = runOperator(topN, config, inputs, { open: true })
  expect(failure).toBe(undefined)
  const entries = makeGolden(topN, { title: '', config, inputs }, elements.length)?.entries
  return { outputs, ledger, entries: entries?.toSorted() }
}

test(`${STREAMS} random streams from seed 1`, () => {
  overSeeds(topN, STREAMS, (seed) => {
    const random = seededRandom(seed)
    const orderBy: readonly Ranked[] = random.pick([
      [{ expression: 'v' }],
      [{ expression: 'v', direction: 'desc' }],
      [{ expression: 'w', direction: 'desc' }, { expression: 'v' }],
    ])
    const config = {
      partitionBy: random.pick([[], ['a'], ['a', 'w']]),
      n: random.pick([1, 2, 3, 10]),
      ...random.pick([{}, { rank: 'r' }]),
      ...random.pick([{}, {}, { stateTimeToLive: '1d' }]),
    }
    const rows = Array.from({ length: random.integer(0, 40) }, () => ({
      a: random.pick(['x', 'y', null]),
      v: random.pick([0, -0, 1, 2.5, 3, 4, null]),
      w: random.integer(0, 2),
      x: random.pick(['same', 'same', 'other']),
    }))
    checkSmallest(`Seed ${seed}, ${JSON.stringify({ ...config, orderBy })}`, rows, (some) => {
      const elements = some.map((row): TestElement => ({ row }))
      const others = outcome({ ...config, orderBy: asExpressions(orderBy) }, elements)
      expect(outcome({ ...config, orderBy }, elements)).toEqual(others)
    })
  })
})
