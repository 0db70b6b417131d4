/** Values, their order and their keys. */

import { expect, test } from 'vitest'
import { Dice } from './expressions/testing/random.ts'
import { compareKeys, compareRows, compareValues, createKeyReader, type Value } from './value.ts'

const samples: readonly Value[] = [
  null,
  false,
  true,
  Number.NEGATIVE_INFINITY,
  -1e300,
  -2.5,
  -1,
  0,
  5e-324,
  0.5,
  1,
  2,
  10,
  2 ** 53,
  Number.POSITIVE_INFINITY,
  Number.NaN,
  '',
  '\0',
  '\0\u0001',
  'a',
  'a\0',
  'aa',
  'b',
  'é',
  '\uffff',
]

test('values have one total order, from NULL to strings', () => {
  for (const [i, a] of samples.entries()) {
    for (const [j, b] of samples.entries()) {
      expect(Math.sign(compareValues(a, b)), `${String(a)} and ${String(b)}`).toBe(Math.sign(i - j))
    }
  }
})

test('keys of several columns are ordered as the columns are', () => {
  const keyOf = createKeyReader([0, 1], false)
  const rows = samples.flatMap((a) => samples.map((b) => [a, b]))
  const different = rows.flatMap((a) =>
    rows
      .filter((b) => Math.sign(compareKeys(keyOf(a), keyOf(b))) !== Math.sign(compareRows(a, b)))
      .map((b) => [a, b]),
  )
  expect(different).toEqual([])
})

test('groups that SQL calls equal have equal keys', () => {
  const keyOf = createKeyReader([0, 1], false)
  expect(keyOf([-0, 'x'])).toBe(keyOf([0, 'x']))
  expect(keyOf([Number.NaN, null])).toBe(keyOf([Number.NaN, null]))
  expect(keyOf([{ a: 1, b: [2] }, null])).toBe(keyOf([{ b: [2], a: 1 }, null]))
})

test('groups that look alike have different keys', () => {
  const keyOf = createKeyReader([0, 1], false)
  const groups: Value[][] = [
    [1, '1'],
    ['1', 1],
    [null, 'null'],
    ['null', null],
    ['a', 'b'],
    ['ab', ''],
    ['', 'ab'],
    ['a\0', 'b'],
    ['a', '\0b'],
    [true, 'true'],
    [[1], '[1]'],
    ['[1]', [1]],
    [{}, '{}'],
  ]
  expect(new Set(groups.map(keyOf)).size).toBe(groups.length)
})

test('a key is the same whether its group has been met before or not', () => {
  const dice = new Dice(7)
  const texts: Value[] = ['', 'a', 'ab', 'ba', 'aab', 'aba', 'x'.repeat(200), null, true, 0.5]
  const pick = () => (dice.chance(0.5) ? dice.below(97) * 50_000_000 - 1 : dice.pick([...texts, 1]))
  const readKey = createKeyReader([0, 2, 1], false)
  // More groups than are remembered, so that many have the place of another one.
  for (let count = 0; count < 20_000; count++) {
    const row = [pick(), pick(), pick()]
    expect(readKey(row)).toBe(createKeyReader([0, 2, 1], false)(row))
  }
})

test('one scalar column is its own key', () => {
  const keyOf = createKeyReader([1], true)
  expect(keyOf(['x', 7])).toBe(7)
  expect(keyOf(['x', null])).toBe(null)
})

test('no columns make one group', () => {
  expect(createKeyReader([], true)(['x'])).toBe(null)
})
