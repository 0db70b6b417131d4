/** Choosing rows, one by one and a stretch of them. */

import { expect, test } from 'vitest'
import { toggleRows } from './chosen-rows.ts'

const SHOWN = ['a', 'b', 'c', 'd', 'e']

function after(marked: string, id: string, from: string | undefined = id): string {
  return [...toggleRows({ shown: SHOWN, marked: new Set(marked), id, from })].sort().join('')
}

test('one is chosen, and not any more', () => {
  expect(after('', 'b')).toBe('b')
  expect(after('bd', 'b')).toBe('d')
})

test('a stretch becomes what its end becomes, up or down', () => {
  expect(after('b', 'd', 'b')).toBe('bcd')
  expect(after('d', 'b', 'd')).toBe('bcd')
  expect(after('abcde', 'b', 'd')).toBe('ae')
})

test('from a row that is not shown any more nothing stretches', () => {
  expect(after('', 'c', 'z')).toBe('c')
  expect(after('', 'c', undefined)).toBe('c')
})
