/** Records as the page shows them. */

import { type Column, INTEGER, type Row, STRING } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { createRecordJson as createSized } from './record-json.ts'

const columns = (...names: readonly string[]): Column[] =>
  names.map((name) => ({ name, type: STRING }))

function createRecordJson(of: readonly Column[]) {
  const toJson = createSized(of)
  return (row: Row) => toJson(row).record
}

test('columns with the names of what objects have by themselves are shown as any other', () => {
  const toJson = createRecordJson(columns('__proto__', 'constructor', 'toString'))
  const short = '{"__proto__":"a","constructor":"b","toString":"c"}'
  expect(JSON.stringify(toJson(['a', 'b', 'c']))).toBe(short)
  const long = toJson(['x'.repeat(20_000), 'b', 'c'])
  expect(Object.entries(long)).toEqual([
    ['__proto__', `${'x'.repeat(1000)}… (20000 characters)`],
    ['constructor', 'b'],
    ['toString', 'c'],
  ])
})

test('a long record keeps all of its columns, however many', () => {
  const names = Array.from({ length: 500 }, (_, index) => `column-${index}`)
  const row = names.map(() => 'x'.repeat(100))
  expect(Object.keys(createRecordJson(columns(...names))(row))).toEqual(names)
})

test('a long list is cut, and says how long it is', () => {
  const list = { kind: 'list', of: INTEGER } as const
  const toJson = createRecordJson([{ name: 'list', type: list }])
  const items = Array.from({ length: 9000 }, (_, index) => index)
  expect(toJson([items]).list).toEqual([...items.slice(0, 100), '… (9000 items)'])
})
