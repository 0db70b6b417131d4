/** How generated code makes rows. */

import { expect, test } from 'vitest'
import { rowStatements } from './row-text.ts'

test('values are computed in their order, into a list that is not one of numbers', () => {
  expect(rowStatements('r1', ['a()', 'b()', 'c()'])).toEqual([
    'r1 = [a(), b(), null]',
    'r1[2] = c()',
  ])
})

test('a row of one column, and one of none', () => {
  expect(rowStatements('r', ['1'])).toEqual(['r = [null]', 'r[0] = 1'])
  expect(rowStatements('r', [])).toEqual(['r = []'])
})
