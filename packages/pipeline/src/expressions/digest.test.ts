/** Our digests, base64 and UTF-8 are those of Node, over texts of every length around a block. */

import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { md5, sha1, sha2Long, sha2Short } from './digest.ts'
import { EvaluationError } from './errors.ts'
import { Dice } from './testing/random.ts'
import { decodeUtf8, encodeUtf8, fromBase64, hexText, toBase64 } from './utf8.ts'

const dice = new Dice(5)
const ALPHABET = [
  'a',
  'Z',
  '0',
  ' ',
  'ä',
  'ß',
  '€',
  '漢',
  '😀',
  '\u0000',
  '\u07ff',
  '\uffff',
  '\u{10ffff}',
]
const TEXTS = Array.from({ length: 150 }, (_, length) =>
  Array.from({ length }, () => dice.pick(ALPHABET)).join(''),
)

describe('a digest', () => {
  test.each([
    ['md5', md5],
    ['sha1', sha1],
    ['sha224', (bytes: readonly number[]) => sha2Short(bytes, 224)],
    ['sha256', (bytes: readonly number[]) => sha2Short(bytes, 256)],
    ['sha384', (bytes: readonly number[]) => sha2Long(bytes, 384)],
    ['sha512', (bytes: readonly number[]) => sha2Long(bytes, 512)],
  ] as const)('%s is the one that Node computes', (name, digest) => {
    for (const text of [...TEXTS, 'x'.repeat(10_000)]) {
      expect(hexText(digest(encodeUtf8(text)))).toBe(
        createHash(name).update(text, 'utf8').digest('hex'),
      )
    }
  })
})

describe('UTF-8 and base64', () => {
  test('are those of Node', () => {
    for (const text of TEXTS) {
      const bytes = encodeUtf8(text)
      expect(bytes).toEqual([...Buffer.from(text, 'utf8')])
      expect(toBase64(bytes)).toBe(Buffer.from(text, 'utf8').toString('base64'))
      expect(decodeUtf8(fromBase64(toBase64(bytes)))).toBe(text)
    }
  })

  test('bytes that are no UTF-8 become replacement characters', () => {
    for (const bytes of [
      [0xff],
      [0xc3],
      [0xe2, 0x82],
      [0xc0, 0x80],
      [0xed, 0xa0, 0x80],
      [0x61, 0x80, 0x62],
      [0xf8, 0x88],
    ]) {
      const text = decodeUtf8(bytes)
      expect(text).toContain('\ufffd')
      expect(text.replaceAll('\ufffd', '')).toBe(
        Buffer.from(bytes).toString('utf8').replaceAll('\ufffd', ''),
      )
    }
  })

  test('a lone surrogate is written as a replacement character', () => {
    expect(encodeUtf8('a\ud800b')).toEqual([...Buffer.from('a\ud800b', 'utf8')])
  })

  test.each(['a', 'a=bc', 'a b=', '====', 'ä'])('%s is not base64', (text) => {
    expect(() => fromBase64(text)).toThrow(EvaluationError)
  })
})
