/** What union makes of several streams, and what it refuses. */

import { record, runOperator, seededRandom, stream, watermark } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { expectSame } from '../testing/expect-same.ts'
import { overSeeds } from '../testing/random-streams.ts'
import { columns, refusals } from '../testing/refusals.ts'
import { streamCount } from '../testing/stream-count.node.ts'
import { union } from './union.ts'

test('columns of the same name meet, whatever their order on the other edges', () => {
  const { outputs } = runOperator(
    union,
    {},
    {
      in: [
        stream({ a: 'integer', b: 'string' }, [record({ a: 1, b: 'x' }, 1)]),
        stream({ b: 'string', a: 'integer' }, [record({ b: 'y', a: 2 }, 2)]),
      ],
    },
  )
  expect(outputs['out']).toEqual([record({ a: 1, b: 'x' }, 1), record({ a: 2, b: 'y' }, 2)])
})

/** The rows that arrive in turn, and the lowest watermark of all edges wherever it rises. */
function unionByHand(edges: readonly (readonly (number | { n: number; at: number })[])[]) {
  const watermarks = edges.map(() => Number.NEGATIVE_INFINITY)
  const expected: object[] = []
  let left = Number.NEGATIVE_INFINITY
  const raise = (index: number, watermarkMs: number) => {
    watermarks[index] = Math.max(watermarks[index] ?? 0, watermarkMs)
    const lowest = Math.min(...watermarks)
    if (lowest <= left || lowest === Number.POSITIVE_INFINITY) return
    left = lowest
    expected.push(watermark(lowest))
  }
  for (let turn = 0; turn < Math.max(...edges.map((edge) => edge.length)); turn++) {
    for (const [index, edge] of edges.entries()) {
      const element = edge[turn]
      if (element === undefined) continue
      if (typeof element === 'number') raise(index, element)
      else expected.push(record({ n: element.n, edge: index }, element.at))
    }
  }
  // The edges end one after the other.
  for (const index of edges.keys()) raise(index, Number.POSITIVE_INFINITY)
  return expected
}

test('2,000 random meetings of up to four streams equal a union by hand', () => {
  overSeeds(union, streamCount(2_000), (seed) => {
    const random = seededRandom(seed)
    let n = 0
    const edges = Array.from({ length: random.integer(1, 4) }, () =>
      Array.from({ length: random.integer(0, 30) }, () =>
        random.chance(0.4) ? random.integer(-50, 100) : { n: n++, at: random.integer(-50, 100) },
      ),
    )
    const inputs = edges.map((edge, index) => {
      const schema = index % 2 === 0 ? ['n', 'edge'] : ['edge', 'n']
      const elements = edge.map((element) =>
        typeof element === 'number'
          ? watermark(element)
          : record({ n: element.n, edge: index }, element.at),
      )
      return stream(Object.fromEntries(schema.map((name) => [name, 'integer'])), elements)
    })
    const { outputs, ledger } = runOperator(union, {}, { in: inputs })
    expectSame(outputs['out'], unionByHand(edges), `seed ${seed}`)
    expect(ledger.passed).toBe(n)
  })
})

test('the output has event time only where all edges have it', () => {
  const schema = { a: 'integer' }
  const { outputSchemas } = runOperator(
    union,
    {},
    { in: [columns(schema, false), columns(schema, false)] },
  )
  expect(outputSchemas['out']?.eventTime).toBe(false)
})

const first = { user: 'string', ms: 'integer' }

test.each<[string, object, readonly string[]]>([
  [
    'a column that is missing',
    columns({ usr: 'string', ms: 'integer' }),
    [
      'union-column-missing in Edge 2 has no column "user", which edge 1 has. Is it "usr"? Give the edges the same ' +
        'columns with a select.',
      'union-column-extra in Edge 2 has a column "usr", which edge 1 has not. Give the edges the same columns with a ' +
        'select.',
    ],
  ],
  [
    'a column too many',
    columns({ ...first, more: 'string' }),
    [
      'union-column-extra in Edge 2 has a column "more", which edge 1 has not. Give the edges the same columns with a ' +
        'select.',
    ],
  ],
  [
    'another type',
    columns({ user: 'string', ms: 'double' }),
    [
      'union-column-type in Column "ms" is integer on edge 1 and double on edge 2. CAST one of them in a select.',
    ],
  ],
  [
    'a table',
    { ...columns(first), table: { changes: 'upsert', key: ['user'] } },
    [
      'union-of-table in Edge 2 is a table (upsert), whose rows replace each other, and a union takes append streams ' +
        'only. Bring the streams together before the operator that makes the table.',
    ],
  ],
])('%s is refused', (_, second, expected) => {
  const inputs = { in: [columns(first), second as ReturnType<typeof columns>] }
  expect(refusals(union, {}, inputs)).toEqual(expected)
})
