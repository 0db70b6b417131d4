/** Which of several shapes a value has, and what is carried over to another one. */

import { expect, test } from 'vitest'
import { branchOf, convert } from './union-field.tsx'

const TUMBLING = {
  type: 'object',
  properties: { type: { const: 'tumbling' }, size: { type: 'string' } },
}
const HOPPING = {
  type: 'object',
  properties: { type: { const: 'hopping' }, size: { type: 'string' }, slide: { type: 'string' } },
}
const COLUMN = { type: 'string' }
const DETAILED = {
  type: 'object',
  properties: { column: { type: 'string' }, unit: { enum: ['s', 'ms'] } },
}

test('constants tell alternatives apart, and else the kind of value does', () => {
  expect(branchOf([TUMBLING, HOPPING], { type: 'hopping', size: '1h' })).toBe(1)
  expect(branchOf([COLUMN, DETAILED], 'at')).toBe(0)
  expect(branchOf([COLUMN, DETAILED], { column: 'at' })).toBe(1)
  expect(branchOf([COLUMN, DETAILED], undefined)).toBe(-1)
  expect(branchOf([COLUMN, DETAILED], 5)).toBe(-1)
})

test('what both alternatives know is carried over', () => {
  expect(convert({ type: 'tumbling', size: '1h' }, HOPPING)).toEqual({
    type: 'hopping',
    size: '1h',
  })
  expect(convert('at', DETAILED)).toEqual({ column: 'at' })
  // A row that has just been added holds an empty text, which says nothing.
  expect(convert('', DETAILED)).toEqual({})
  expect(convert({ column: 'at', unit: 's' }, COLUMN)).toBe('at')
})
