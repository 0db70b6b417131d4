/** Frames: what was written is read, and nothing else ever is. */

import { seededRandom } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { frameBytesAt, readFrame, sealFrame, toFrame } from './frame.ts'

const random = seededRandom(5)

function someBytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.integer(0, 255))
}

test('frames behind one another are read one after another', () => {
  const payloads = [1, 2, 7, 8, 9, 300].map(someBytes)
  const bytes = Uint8Array.from(payloads.flatMap((payload) => [...toFrame(payload)]))
  const read: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const frame = readFrame(bytes, at)
    if (typeof frame === 'string') throw new Error(`No frame at ${at}: ${frame}.`)
    expect(frameBytesAt(bytes, at)).toBe(frame.nextBytes - at)
    read.push(frame.payload)
    at = frame.nextBytes
  }
  expect(read).toEqual(payloads)
})

test('a frame that is cut anywhere is short', () => {
  const frame = toFrame(someBytes(40))
  for (let length = 0; length < frame.length; length++) {
    expect(readFrame(frame.subarray(0, length), 0)).toBe('short')
  }
})

test('no frame survives a flipped bit', () => {
  for (const payload of [1, 3, 8, 60].map(someBytes)) {
    const frame = toFrame(payload)
    for (let bit = 0; bit < frame.length * 8; bit++) {
      const flipped = frame.slice()
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(readFrame(flipped, 0)).toBeTypeOf('string')
    }
  }
})

test('zeros are no frame', () => {
  expect(readFrame(new Uint8Array(64), 0)).toBe('broken')
})

test('a frame of nothing is refused', () => {
  expect(() => sealFrame(new Uint8Array(8), 0, 0)).toThrow(
    'A frame of 0 bytes; 1 to 134217728 can be.',
  )
})
