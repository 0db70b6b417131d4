/** Numbers are never cut, and no column becomes narrower again. */

import { expect, test } from 'vitest'
import { columnWidths } from './use-column-widths.ts'

const COLUMNS = [
  { name: 'n', type: 'integer' },
  { name: 'x', type: 'double nullable' },
  { name: 's', type: 'string' },
]

test('a column is as wide as its longest number needs, and stays so', () => {
  const seen = new Map<string, number>()
  const widths = (...rows: readonly { readonly [column: string]: unknown }[]) =>
    columnWidths(COLUMNS, rows, seen)
  expect(widths()).toEqual([96, 150, 150])
  expect(widths({ n: 12, x: 0.5, s: 'x'.repeat(100) })).toEqual([96, 150, 150])
  // 17 and 24 characters.
  const long = { n: -9007199254740991, x: -1.7976931348623157e308, s: 'x' }
  const wide = [150, 202, 150]
  expect(widths(long)).toEqual(wide)
  expect(widths({ n: 1, x: null, s: null })).toEqual(wide)
})

test('a text of a decimal, however long, leaves room for others', () => {
  const decimal = [{ name: 'd', type: 'decimal(38,2)' }]
  expect(columnWidths(decimal, [{ d: '9'.repeat(100) }], new Map())).toEqual([320])
})
