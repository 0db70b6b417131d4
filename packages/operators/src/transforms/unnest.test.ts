/** What the unnest refuses, and how it takes long lists and lists of records. */

import { runOperator, seededRandom, stream } from '@millrace/engine/testing'
import { describe, expect, test } from 'vitest'
import { expectSame } from '../testing/expect-same.ts'
import { overSeeds } from '../testing/random-streams.ts'
import { columns, refusals } from '../testing/refusals.ts'
import { streamCount } from '../testing/stream-count.node.ts'
import { unnest } from './unnest.ts'

const orders = columns({ order: 'integer', items: 'list<string>', raw: 'any' })

describe('is refused with', () => {
  test.each([
    [
      'a column that is no list',
      { column: 'raw' },
      'unnest-not-list column Column "raw" is any, and an unnest takes a list. Choose a list, or make one in a select: CAST a column of type any to list<T>, or SPLIT a text.',
    ],
    [
      'a column that is not there',
      { column: 'itens' },
      'column-unknown column There is no column "itens". Did you mean "items"? The columns are order, items, raw.',
    ],
    [
      'a name that is taken',
      { column: 'items', as: 'order' },
      'column-made-twice as Column "order" comes in already. Choose another name, or leave "as" out.',
    ],
  ])('%s', (_, config, line) => {
    expect(refusals(unnest, config, { in: orders })).toEqual([line])
  })

  test('a table', () => {
    const table = { ...orders, table: { changes: 'retract', key: ['order'] } as const }
    const [line] = refusals(unnest, { column: 'items' }, { in: table })
    expect(line).toMatch(/^append-stream-needed in An unnest takes records that stay as they are/)
  })
})

test('a list of records gives columns of records, NULL elements among them', () => {
  const { outputs, outputSchemas, ledger } = runOperator(
    unnest,
    { column: 'items', as: 'item' },
    {
      in: stream({ items: 'list<record{sku: string, n: integer}>' }, [
        { at: 1, row: { items: [{ sku: 'a', n: 2 }, null] } },
        { at: 2, row: { items: null } },
      ]),
    },
  )
  expect(outputSchemas.out?.columns.map(({ name }) => name)).toEqual(['items', 'item'])
  expect(outputs.out?.map((one) => 'row' in one && one.row.item)).toEqual([
    { sku: 'a', n: 2 },
    null,
  ])
  expect(ledger).toMatchObject({ in: 2, passed: 1, filtered: 1 })
})

test.each([1, 7, 1000])('a long list is worked off in steps, in batches of %i', (batchRows) => {
  const many = Array.from({ length: 10_000 }, (_, index) => index)
  const { outputs, ledger } = runOperator(
    unnest,
    { column: 'n' },
    {
      in: stream({ n: 'list<integer>' }, [
        { at: 1, row: { n: many } },
        { at: 2, row: { n: [-1] } },
        { watermark: 2 },
      ]),
    },
    { batchRows },
  )
  expect(outputs.out?.map((one) => ('row' in one ? one.row.n : 'mark'))).toEqual([
    ...many,
    -1,
    'mark',
  ])
  expect(ledger).toMatchObject({ in: 2, out: 10_001, passed: 2 })
})

test('random lists give what a naive recomputation gives, in all batch sizes', () => {
  overSeeds(unnest, streamCount(2_000), (seed) => {
    const random = seededRandom(seed)
    const config = { column: 'items', keepEmpty: random.chance(0.5) }
    const as = random.chance(0.5) ? 'item' : undefined
    const records = Array.from({ length: random.integer(0, 12) }, (_, id) => {
      const items = Array.from({ length: random.integer(0, 4) }, () =>
        random.chance(0.2) ? null : random.integer(-3, 3),
      )
      return { at: random.integer(-20, 20), row: { id, items: random.chance(0.1) ? null : items } }
    })
    const expected = records.flatMap(({ at, row }) => {
      const items = row.items ?? []
      const elements = items.length === 0 && config.keepEmpty ? [null] : items
      return elements.map((item) => {
        return { at, row: as === undefined ? { ...row, items: item } : { ...row, item } }
      })
    })
    const input = stream({ id: 'integer', items: 'list<integer>' }, records)
    for (const batchRows of [1, 7, 1000]) {
      const named = as === undefined ? config : { ...config, as }
      const { outputs } = runOperator(unnest, named, { in: input }, { batchRows })
      expectSame(outputs.out, expected, `seed ${seed}, batches of ${batchRows}`)
    }
  })
})
