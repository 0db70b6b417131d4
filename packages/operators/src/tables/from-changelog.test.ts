/** What the from-changelog refuses, and what it makes of envelopes that are odd. */

import { runOperator, runPipeline, type TestStream } from '@millrace/engine/testing'
import { describe, expect, test } from 'vitest'
import { viewSink } from '../sinks/view-sink.ts'
import { generatorSource } from '../sources/generator-source.ts'
import { columns, refusals } from '../testing/refusals.ts'
import { streamCount } from '../testing/stream-count.node.ts'
import { select } from '../transforms/select.ts'
import { fromChangelog } from './from-changelog.ts'
import { checkTable } from './testing/changelog.ts'
import {
  checkRandomly,
  ITEM_COLUMNS,
  type Item,
  outputOf,
  remaining,
} from './testing/random-tables.ts'

const row = 'record{item: string, stock: integer}'
const envelope = { before: row, after: row, op: 'string' }
const key = ['item']

describe('is refused with', () => {
  test.each([
    [
      'a column that is missing',
      { before: row, after: row },
      'column-unknown There is no column "op". The columns are before, after.',
    ],
    [
      'an operation that is no text',
      { ...envelope, op: 'integer' },
      'changelog-op-type Column "op" is integer, and a from-changelog reads what a change was from a string. Declare it as string.',
    ],
    [
      'rows that are no records',
      { ...envelope, before: 'any', after: 'any' },
      'changelog-not-record Column "after" is any, and a from-changelog takes its columns from the fields of a record. Declare it as record{...} with the columns of the table.',
    ],
    [
      'rows of two kinds',
      { ...envelope, before: 'record{item: string}' },
      'changelog-rows-differ Column "before" is record{item: string} and "after" is record{item: string, stock: integer}, and both hold a row of the same table. Declare them alike.',
    ],
  ])('%s', (_, schema, line) => {
    expect(refusals(fromChangelog, { key }, { in: columns(schema) })).toEqual([line])
  })

  test('a key that is no column of the table', () => {
    expect(refusals(fromChangelog, { key: ['itm'] }, { in: columns(envelope) })).toEqual([
      'column-unknown key.0 There is no column "itm". Did you mean "item"? The columns are item, stock.',
    ])
  })
})

function changes(rows: readonly { readonly [column: string]: unknown }[]): TestStream {
  return { schema: envelope, eventTime: false, elements: rows.map((one) => ({ row: one })) }
}

const tea = { item: 'tea', stock: 1 }
const cup = { item: 'cup', stock: 1 }

test('an update that changes the key deletes the one row and inserts the other', () => {
  const { outputs, ledger } = runOperator(
    fromChangelog,
    { key },
    {
      in: changes([
        { after: tea, op: 'c' },
        { before: tea, after: cup, op: 'u' },
        { before: tea, op: 'd' },
      ]),
    },
  )
  expect(outputs.out).toEqual([
    { change: '+I', row: tea },
    { change: '-D', row: tea },
    { change: '+I', row: cup },
  ])
  expect(ledger).toMatchObject({ in: 3, passed: 2, dropped: 1 })
})

test('envelopes that say nothing leave through errors, with the reason', () => {
  const { outputs, ledger } = runOperator(
    fromChangelog,
    { key },
    { in: changes([{ op: 'd' }, { op: 'u' }, { op: 't', after: tea }, { after: tea }]) },
  )
  expect(outputs.errors?.map((one) => 'row' in one && one.row.reason)).toEqual([
    'Field "before" of a change "d" is NULL, so what goes is not known.',
    'Field "after" of a change "u" is NULL, and it should hold a row (item: string, stock: integer).',
    'Field "op" is "t", and a change is "c", "r", "u" or "d".',
    'Field "op" is null, and a change is "c", "r", "u" or "d".',
  ])
  expect(ledger).toMatchObject({ in: 4, deadLettered: 4 })
})

test('an envelope that says nothing is a dead letter with a code where nobody takes errors', async () => {
  const none = 'CAST(NULL AS record{item: string})'
  const numbers = { columns: { n: { type: 'sequence' } }, count: 1 }
  const { deadLetters } = await runPipeline(
    {
      format: 'millrace/1',
      name: 'Envelopes',
      nodes: {
        numbers: { operator: 'generator-source', config: numbers },
        envelopes: {
          operator: 'select',
          config: { columns: { op: "'d'", before: none, after: none } },
        },
        table: { operator: 'from-changelog', config: { key } },
        view: { operator: 'view-sink', config: {} },
      },
      edges: [
        { from: 'numbers', to: 'envelopes' },
        { from: 'envelopes', to: 'table' },
        { from: 'table', to: 'view' },
      ],
    },
    { operators: [generatorSource, select, fromChangelog, viewSink] },
  )
  expect(deadLetters).toMatchObject([{ code: 'not-a-change', nodeId: 'table' }])
})

test('random changes, some delivered twice, add up to the table that they are of', () => {
  const item = `record{${Object.entries(ITEM_COLUMNS)
    .map(([name, type]) => `${name}: ${type}`)
    .join(', ')}}`
  checkRandomly(fromChangelog, streamCount(2_000), (list, random) => {
    const there = new Map<number, Item>()
    const elements = list.flatMap((one) => {
      if (!('item' in one) && !('gone' in one)) return []
      const id = 'item' in one ? one.item.id : one.gone
      const before = random.chance(0.8) || 'gone' in one ? (there.get(id) ?? null) : null
      const after = 'item' in one ? one.item : null
      if (after === null && before === null) return []
      if (after === null) there.delete(id)
      else there.set(id, after)
      const op = after === null ? 'd' : before === null ? 'c' : 'u'
      const element = { at: one.atMs, row: { before, after, op } }
      return random.chance(0.1) ? [element, element] : [element]
    })
    const input = { schema: { before: item, after: item, op: 'string' }, elements }
    checkTable(outputOf(fromChangelog, { key: ['id'] }, input), ['id'], remaining(list))
  })
})
