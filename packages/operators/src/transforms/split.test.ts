/** Where split sends records, and what it refuses. */

import { record, runOperator, seededRandom, stream, watermark } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { expectSame } from '../testing/expect-same.ts'
import { overSeeds } from '../testing/random-streams.ts'
import { columns, refusals } from '../testing/refusals.ts'
import { streamCount } from '../testing/stream-count.node.ts'
import { split } from './split.ts'

const routes = [
  { port: 'low', where: 'n < 10' },
  { port: 'constructor', where: 'n < 20 AND 100 / (n - 15) <> 1' },
]

test('a record leaves by the first route that is TRUE, else by other; watermarks leave by all', () => {
  const input = stream({ n: 'integer' }, [
    record({ n: 5 }, 1),
    record({ n: 12 }, 2),
    watermark(2),
    record({ n: 30 }, 3),
    record({}, 4),
    record({ n: 15 }, 5),
  ])
  const { outputs, ledger } = runOperator(split, { routes }, { in: input })
  expect(outputs['low']).toEqual([record({ n: 5 }, 1), watermark(2)])
  expect(outputs['constructor']).toEqual([record({ n: 12 }, 2), watermark(2)])
  expect(outputs['other']).toEqual([watermark(2), record({ n: 30 }, 3), record({ n: null }, 4)])
  expect(outputs['errors']?.[1]).toMatchObject({ row: { raw: '{"n":15}', node: 'tested' } })
  expect(ledger.toJson()).toMatchObject({ in: 5, passed: 4, deadLettered: 1 })
})

test('500 random streams leave by the routes that a plain loop finds, whatever the batch size', () => {
  overSeeds(split, streamCount(500), (seed) => {
    const random = seededRandom(seed)
    const limits = Array.from({ length: random.integer(1, 5) }, () => random.integer(0, 100))
    const config = {
      routes: limits.map((limit, index) => ({ port: `route-${index}`, where: `n < ${limit}` })),
    }
    const expected: { [port: string]: object[] } = { other: [] }
    for (const { port } of config.routes) expected[port] = []
    const elements = Array.from({ length: random.integer(0, 60) }, () => {
      if (random.chance(0.1)) {
        const mark = watermark(random.integer(0, 1e6))
        return mark
      }
      const n = random.chance(0.1) ? null : random.integer(0, 120)
      const route = n === null ? -1 : limits.findIndex((limit) => n < limit)
      const element = record({ n }, random.integer(-100, 100))
      expected[route < 0 ? 'other' : `route-${route}`]?.push(element)
      return element
    })
    for (const batchRows of [1, 7, 1000]) {
      const { outputs } = runOperator(
        split,
        config,
        { in: stream({ n: 'integer' }, elements) },
        { batchRows },
      )
      for (const [port, rows] of Object.entries(expected)) {
        const left = outputs[port]?.filter((element) => 'row' in element)
        expectSame(left, rows, `seed ${seed}, batches of ${batchRows}, port ${port}`)
      }
    }
  })
})

test.each<[unknown, readonly string[]]>([
  [[], ['wrong-count routes Routes has no route and needs at least 1. Add one.']],
  [
    [{ port: 'other', where: 'TRUE' }],
    ['port-taken routes.0.port Port "other" is there already. Choose another name for the route.'],
  ],
  [
    [{ port: 'errors', where: 'TRUE' }],
    ['port-taken routes.0.port Port "errors" is there already. Choose another name for the route.'],
  ],
  [
    [{ port: 'in', where: 'TRUE' }],
    ['port-taken routes.0.port Port "in" is there already. Choose another name for the route.'],
  ],
  [
    [{ port: 'Slow ones', where: 'TRUE' }],
    [
      'bad-port-name routes.0.port "Slow ones" cannot name a port. Write up to 64 lower-case letters, digits and "-", ' +
        'and begin with a letter, for instance "slow".',
    ],
  ],
  [
    [
      { port: 'a', where: 'TRUE' },
      { port: 'a', where: 'FALSE' },
    ],
    [
      'port-twice routes.1.port Port "a" is the port of route 1 too. Rename one of them, or join the conditions with ' +
        'OR.',
    ],
  ],
  [
    [{ port: 'a', where: 'm > 1' }],
    ['column-unknown routes.0.where There is no column "m". Did you mean "n"? The columns are n.'],
  ],
  [
    [{ port: 'a', where: 'n + 1' }],
    [
      'expression-type routes.0.where The expression is integer, but boolean is needed. Write a condition, such as a ' +
        'comparison.',
    ],
  ],
])('%j is refused', (given, expected) => {
  const found = refusals(split, { routes: given }, { in: columns({ n: 'integer' }) })
  expect(found).toEqual(expected)
})

test('a route that reads the clock is refused on a table', () => {
  const schema = { n: 'integer' }
  const table = { schema, table: { changes: 'retract', key: ['n'] }, elements: [] } as const
  const routes = [{ port: 'past', where: 'n < UNIX_TIMESTAMP()' }]
  expect(refusals(split, { routes }, { in: table })).toEqual([
    'volatile-on-table routes.0.where The input is a table, and UNIX_TIMESTAMP() may be another value when a row ' +
      'is withdrawn than when it was added, so that the two would not match. Compute it in a select before the ' +
      'records become a table, or use a column with a time instead.',
  ])
})
