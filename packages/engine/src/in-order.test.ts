/** Sorting in runs gives what one sort gives, and pauses on the way. */

import { compareKeys, type Key } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { inKeyOrder, inOrder, keysInOrder } from './in-order.ts'
import { seededRandom } from './testing/random.ts'

test.each([0, 1, 1023, 1024, 1025, 20_000])(
  '%i items come out as one stable sort gives them',
  (count) => {
    const random = seededRandom(count)
    const items = Array.from({ length: count }, (_, index) => ({
      key: random.integer(0, 500),
      index,
    }))
    const sorted = [...inOrder(items, (a, b) => a.key - b.key)].filter((item) => item !== undefined)
    expect(sorted).toEqual(items.toSorted((a, b) => a.key - b.key))
  },
)

test('between runs it offers to give the thread back', () => {
  const entries = Array.from({ length: 10_000 }, (_, index) => [`${index * 7919}`, index] as const)
  const pauses = [...inKeyOrder(entries)].filter((entry) => entry === undefined)
  expect(pauses).toHaveLength(9)
})

test('keys come by their own order: NULL, booleans, numbers, strings', () => {
  const entries = (['b', 10, null, 9, true, 'a'] as const).map((key) => [key, 0] as const)
  const keys = [...inKeyOrder(entries)].map((entry) => entry?.[0])
  expect(keys).toEqual([null, true, 9, 10, 'a', 'b'])
})

test.each([0, 1, 1024, 8192, 8193, 20_000])(
  '%i keys come by their own order, numbers and others',
  (count) => {
    const random = seededRandom(count)
    const numbers = Array.from({ length: count }, () => random.integer(-500, 1e9) / 2)
    const mixed = numbers.map((number): Key => (random.chance(0.01) ? `${number}` : number))
    for (const keys of [numbers, mixed, [Number.NaN, null, 3, ...numbers]]) {
      const made = [...keysInOrder(keys)].filter((key) => key !== undefined)
      expect(made).toEqual(keys.toSorted(compareKeys))
    }
  },
)
