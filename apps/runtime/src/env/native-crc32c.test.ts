/** Checksums by the processor's instruction: the same numbers, and none the worse without it. */

import { seededRandom } from '@millrace/engine/testing'
import { crc32c } from '@millrace/storage'
import { expect, test } from 'vitest'
import { takeNativeCrc32c } from './native-crc32c.ts'

test('stretches long and short have the checksum that is made a bit at a time, also in parts', () => {
  expect(takeNativeCrc32c()).toBe(true)
  const random = seededRandom(1)
  for (let round = 0; round < 200; round++) {
    const all = Uint8Array.from({ length: random.integer(0, 5000) }, () => random.integer(0, 255))
    const bytes = all.subarray(random.integer(0, Math.min(8, all.length)))
    const from = random.integer(0, bytes.length)
    const to = random.integer(from, bytes.length)
    const between = random.integer(from, to)
    const expected = bitByBit(bytes.subarray(from, to))
    expect(crc32c(bytes, from, to)).toBe(expected)
    expect(crc32c(bytes, between, to, crc32c(bytes, from, between))).toBe(expected)
  }
})

test('where there is no addon for the system, it is said, and checksums are made all the same', () => {
  const load = (name: string) => {
    throw new Error(`Cannot find module '${name}'`)
  }
  expect(takeNativeCrc32c(load)).toBe(false)
  expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283)
})

function bitByBit(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  return ~crc >>> 0
}
