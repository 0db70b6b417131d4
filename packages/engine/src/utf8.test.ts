/** UTF-8 against the platform's own. */

import { expect, test } from 'vitest'
import { seededRandom } from './testing/random.ts'
import { fromUtf8, toUtf8 } from './utf8.ts'

const random = seededRandom(8)

test('texts are written as the platform writes them, and read back', () => {
  for (const text of [
    '',
    'plain',
    'ä€😀',
    '\u0000',
    '\ud800x',
    'a'.repeat(5000),
    '😀'.repeat(3000),
  ]) {
    expect(toUtf8(text)).toEqual(new Uint8Array(new TextEncoder().encode(text)))
    expect(fromUtf8(toUtf8(text))).toBe(new TextDecoder().decode(new TextEncoder().encode(text)))
  }
})

test('bytes that are no UTF-8 are refused as the platform refuses them', () => {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const heads = [
    0x00, 0x41, 0x7f, 0x80, 0xbf, 0xc0, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff,
  ]
  for (let round = 0; round < 20_000; round++) {
    const bytes = Uint8Array.from({ length: random.integer(0, 6) }, () =>
      random.chance(0.5) ? random.pick(heads) : random.integer(0x80, 0xbf),
    )
    let expected: string | undefined
    try {
      expected = strict.decode(bytes)
    } catch {
      expected = undefined
    }
    expect([...bytes, fromUtf8(bytes)]).toEqual([...bytes, expected])
  }
})
