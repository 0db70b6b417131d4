/** Keys that have been met, against a set of their texts. */

import { seededRandom } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { SeenKeys } from './seen-keys.ts'

test.each([
  { what: 'whatever keys there are', hash: undefined, rounds: 20_000 },
  { what: 'keys that all have one hash', hash: () => 7, rounds: 4_000 },
  { what: 'keys with hashes that are neighbours', hash: lastByte, rounds: 5_000 },
])('$what: those that were added are known, and no others', ({ hash, rounds }) => {
  const random = seededRandom(1)
  const seen = new SeenKeys(hash)
  const known = new Set<string>()
  for (let round = 0; round < rounds; round++) {
    // Short ones come again, and all begin alike.
    const key = Uint8Array.from({ length: random.integer(0, 5) }, (_, index) =>
      index === 0 ? 200 : random.integer(0, 15),
    )
    const text = key.join()
    expect(seen.has(key)).toBe(known.has(text))
    if (known.has(text)) continue
    seen.add(key)
    known.add(text)
    expect(seen.has(key)).toBe(true)
  }
  expect(known.size).toBeGreaterThan(1_000)
})

test('a key that is a view of many bytes is copied', () => {
  const bytes = Uint8Array.from([1, 2, 3, 4])
  const seen = new SeenKeys()
  seen.add(bytes.subarray(1, 3))
  bytes.fill(0)
  expect(seen.has(Uint8Array.from([2, 3]))).toBe(true)
  expect(seen.has(Uint8Array.from([0, 0]))).toBe(false)
})

test('keys may be longer than all that there was room for', () => {
  const seen = new SeenKeys()
  const long = Uint8Array.from({ length: 300_000 }, (_, index) => index & 255)
  seen.add(long)
  seen.add(long.subarray(1))
  expect(seen.has(long)).toBe(true)
  expect(seen.has(long.subarray(1))).toBe(true)
  expect(seen.has(long.subarray(2))).toBe(false)
})

function lastByte(key: Uint8Array): number {
  return key.at(-1) ?? 0
}
