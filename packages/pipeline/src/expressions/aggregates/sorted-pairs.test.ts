/**
 * Goal: pairs stay in order whatever is put in and taken out, in chunks that never grow beyond
 * their bound nor stay behind empty. Method: seeded steps beside a plain list.
 */

import { expect, test } from 'vitest'
import { Dice } from '../testing/random.ts'
import {
  behindLast,
  firstFrom,
  firstKey,
  insertPair,
  keyAt,
  lastOther,
  noPairs,
  otherAt,
  placeOfPair,
  removePair,
  type SortedPairs,
  settled,
} from './sorted-pairs.ts'

const SEED = 77

function checkBounds(pairs: SortedPairs): void {
  const lengths = pairs.map((chunk) => chunk.length)
  if (lengths.some((length) => length > 512)) expect.fail(`a chunk is too long: ${lengths}`)
  if (pairs.length > 1 && lengths.includes(0)) expect.fail(`a chunk is empty: ${lengths}`)
}

test(`are those of a plain list, seed ${SEED}`, () => {
  const dice = new Dice(SEED)
  for (const keys of [1, 5, 3_000]) {
    const pairs = noPairs()
    const plain: (readonly [key: number, other: number])[] = []
    for (let step = 0; step < 6_000; step++) {
      const key = dice.below(keys)
      const before = plain.findIndex(([other]) => other >= key)
      const first = before < 0 ? plain.length : before
      // It grows to some thousands, then shrinks to nothing.
      if (dice.chance(step < 3_500 ? 0.8 : 0.1)) {
        const behind = plain.findIndex(([other]) => other > key)
        plain.splice(behind < 0 ? plain.length : behind, 0, [key, step])
        insertPair(pairs, behindLast(pairs, key), key, step)
      } else if (plain.length > 0) {
        const place = settled(pairs, firstFrom(pairs, key))
        expect(place < 0).toBe(first === plain.length)
        if (place < 0) continue
        expect([keyAt(pairs, place), otherAt(pairs, place)]).toEqual(plain[first])
        plain.splice(first, 1)
        removePair(pairs, place)
      }
      checkBounds(pairs)
      expect(firstKey(pairs)).toBe(plain[0]?.[0] ?? null)
      expect(lastOther(pairs)).toBe(plain.at(-1)?.[1] ?? null)
      if (step % 500 === 0) expect(pairs.flat()).toEqual(plain.flat())
    }
    for (const [key, other] of plain) {
      const place = placeOfPair(pairs, key, other)
      expect([keyAt(pairs, place), otherAt(pairs, place)]).toEqual([key, other])
      expect(placeOfPair(pairs, key, -1)).toBe(-1)
    }
  }
})

test('are found by equal values, be they lists, NULL or no numbers', () => {
  const pairs = noPairs()
  const others = [[1, null], null, Number.NaN, 'a', 0, [1, 2], { a: 1 }] as const
  for (const other of others) insertPair(pairs, behindLast(pairs, 5), 5, other)
  const places = [[1, 2], Number.NaN, -0, null, { a: 1 }, [1, 3]].map((other) =>
    placeOfPair(pairs, 5, other),
  )
  expect(places).toEqual([10, 4, 8, 2, 12, -1])
  expect(placeOfPair(pairs, 4, 'a')).toBe(-1)
})
