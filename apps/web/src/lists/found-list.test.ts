/** What a search leaves of a long list. */

import { expect, test } from 'vitest'
import { findRows } from './found-list.tsx'

const NAMES = ['Orders per day', 'Orders by country', 'Late orders', 'Quakes per day']
const found = (search: string) => findRows(NAMES, (name) => name, search)

test('a row is found by any of its words, in any order and however they are written', () => {
  expect(found('DAY')).toEqual(['Orders per day', 'Quakes per day'])
  expect(found('day orders')).toEqual(['Orders per day'])
  expect(found('  order ')).toEqual(NAMES.slice(0, 3))
  expect(found('nothing')).toEqual([])
})

test('without a word all are there, and the same list', () => {
  expect(found('')).toBe(NAMES)
  expect(found('  ')).toBe(NAMES)
})
