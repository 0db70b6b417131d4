/** The checksum of stored bytes, against published values and a bit at a time. */

import { seededRandom } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { crc32c, maskCrc32c, useNativeCrc32c } from './crc32c.ts'

/** RFC 3720, B.4, and the check value of the catalogue of checksums. */
test.each([
  ['"123456789"', new TextEncoder().encode('123456789'), 0xe3069283],
  ['32 zeros', new Uint8Array(32), 0x8a9136aa],
  ['32 bytes of ones', new Uint8Array(32).fill(255), 0x62a8ab43],
  ['32 bytes that go up', Uint8Array.from({ length: 32 }, (_, index) => index), 0x46dd794e],
  ['nothing', new Uint8Array(0), 0],
])('%s', (_, bytes, expected) => {
  expect(crc32c(bytes)).toBe(expected)
})

test('any part of any bytes has the checksum that is made a bit at a time, also in two steps', () => {
  const random = seededRandom(1)
  for (let round = 0; round < 200; round++) {
    const all = Uint8Array.from({ length: random.integer(0, 90) }, () => random.integer(0, 255))
    // Words may begin at any place of what they are read from.
    const bytes = all.subarray(random.integer(0, Math.min(8, all.length)))
    const from = random.integer(0, bytes.length)
    const to = random.integer(from, bytes.length)
    const between = random.integer(from, to)
    const expected = bitByBit(bytes.subarray(from, to))
    expect(crc32c(bytes, from, to)).toBe(expected)
    expect(crc32c(bytes, between, to, crc32c(bytes, from, between))).toBe(expected)
  }
})

test('a masked checksum is not the checksum of anything that is likely to stand there', () => {
  expect(maskCrc32c(0)).not.toBe(0)
  expect(maskCrc32c(maskCrc32c(7))).not.toBe(maskCrc32c(7))
})

test('a faster way that gives other numbers is not taken', () => {
  const bytes = new Uint8Array(5000).fill(7)
  const expected = bitByBit(bytes)
  // Such as the checksum of gzip, or one that does not go on from what stands before.
  expect(useNativeCrc32c(() => 0)).toBe(false)
  expect(useNativeCrc32c((part) => bitByBit(part))).toBe(false)
  expect(crc32c(bytes)).toBe(expected)
})

function bitByBit(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  return ~crc >>> 0
}
