/**
 * Goal: filter, select and split make tables of tables: whatever they leave out or compute, the
 * changes that leave are well formed and add up to what the operator says of the rows that are
 * there. Method: random tables; every one in several batch sizes.
 */

import { runOperator, type TestStream } from '@millrace/engine/testing'
import { describe, test } from 'vitest'
import { checkTable } from '../tables/testing/changelog.ts'
import {
  asTable,
  checkRandomly,
  type Happening,
  ITEM_COLUMNS,
  type Item,
  outputOf,
  remaining,
} from '../tables/testing/random-tables.ts'
import { streamCount } from '../testing/stream-count.node.ts'
import { filter } from './filter.ts'
import { select } from './select.ts'
import { split } from './split.ts'

function tableOf(list: readonly Happening[]): TestStream {
  const table = { changes: 'retract', key: ['id'] } as const
  return { schema: ITEM_COLUMNS, table, elements: asTable(list) }
}

const copies = (items: readonly Item[]) => items.map((item) => ({ ...item }))
const isPositive = ({ n }: Item) => n !== null && n > 0

describe('on a random table', () => {
  test('a filter has the rows for which its condition is true', () => {
    checkRandomly(filter, streamCount(1_000), (list) => {
      const out = outputOf(filter, { where: 'n > 0' }, tableOf(list))
      checkTable(out, ['id'], copies(remaining(list).filter(isPositive)))
    })
  })

  test('a select has a row for each row, under the name that its key has then', () => {
    checkRandomly(select, streamCount(1_000), (list) => {
      const columns = { item: 'id', sign: 'SIGN(n)' }
      const out = outputOf(select, { columns }, tableOf(list))
      const rows = remaining(list).map(({ id, n }) => ({
        item: id,
        sign: n === null ? null : Math.sign(n) + 0,
      }))
      checkTable(out, ['item'], rows)
    })
  })

  test('a split has each row at one port, and takes it from one to another', () => {
    checkRandomly(split, streamCount(1_000), (list, random) => {
      const routes = [
        { port: 'positive', where: 'n > 0' },
        { port: 'ay', where: `k = 'a'` },
      ]
      const { outputs } = runOperator(
        split,
        { routes },
        { in: tableOf(list) },
        { batchRows: random.pick([1, 7, 1_000]) },
      )
      const items = remaining(list)
      const rest = items.filter((item) => !isPositive(item))
      checkTable(outputs.positive ?? [], ['id'], copies(items.filter(isPositive)))
      checkTable(outputs.ay ?? [], ['id'], copies(rest.filter(({ k }) => k === 'a')))
      checkTable(outputs.other ?? [], ['id'], copies(rest.filter(({ k }) => k !== 'a')))
    })
  })
})
