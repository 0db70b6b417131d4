/** What is made of names and values. */

import { expect, test } from 'vitest'
import { plainObject } from './plain-object.ts'

test('names stand in their order, the last value of each, as with Object.fromEntries', () => {
  const entries = [
    ['b', 1],
    ['a', 2],
    ['2', 3],
    ['b', 4],
  ] as const
  expect(JSON.stringify(plainObject(entries))).toBe('{"2":3,"b":4,"a":2}')
  expect(plainObject(new Map(entries))).toEqual(Object.fromEntries(entries))
})

test('a name that objects inherit is one of its own', () => {
  const object = plainObject([
    ['a', 1],
    ['__proto__', 2],
    ['toString', 3],
  ])
  expect(Object.entries(object)).toEqual([
    ['a', 1],
    ['__proto__', 2],
    ['toString', 3],
  ])
  expect(Object.getPrototypeOf(object)).toBe(Object.prototype)
})
