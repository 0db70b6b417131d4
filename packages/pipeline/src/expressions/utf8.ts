/** UTF-8, hexadecimal and base64, which ES2023 has no functions for. */

import { EvaluationError } from './errors.ts'

export function encodeUtf8(text: string): number[] {
  const bytes: number[] = []
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    // A lone surrogate has no UTF-8 form; it becomes the replacement character, as everywhere.
    const point = code >= 0xd800 && code <= 0xdfff ? 0xfffd : code
    if (point < 0x80) bytes.push(point)
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), 0x80 | (point & 63))
    else if (point < 0x10000) {
      bytes.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63))
    } else {
      bytes.push(
        0xf0 | (point >> 18),
        0x80 | ((point >> 12) & 63),
        0x80 | ((point >> 6) & 63),
        0x80 | (point & 63),
      )
    }
  }
  return bytes
}

/** Bytes that are no UTF-8 become the replacement character. */
export function decodeUtf8(bytes: readonly number[]): string {
  let text = ''
  for (let index = 0; index < bytes.length; ) {
    const first = bytes[index] ?? 0
    const length =
      first < 0x80
        ? 1
        : first < 0xc2
          ? 0
          : first < 0xe0
            ? 2
            : first < 0xf0
              ? 3
              : first < 0xf5
                ? 4
                : 0
    let point = length === 1 ? first : first & (0xff >> (length + 1))
    let good = length > 0
    for (let next = 1; next < length; next++) {
      const byte = bytes[index + next] ?? 0
      good &&= (byte & 0xc0) === 0x80
      point = (point << 6) | (byte & 63)
    }
    good &&= !(point >= 0xd800 && point <= 0xdfff) && point <= 0x10ffff
    good &&= length < 3 || point >= (length === 3 ? 0x800 : 0x10000)
    text += good ? String.fromCodePoint(point) : '\ufffd'
    index += good ? length : 1
  }
  return text
}

export function hexText(bytes: readonly number[]): string {
  let text = ''
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0')
  return text
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

export function toBase64(bytes: readonly number[]): string {
  let text = ''
  for (let index = 0; index < bytes.length; index += 3) {
    const rest = bytes.length - index
    const bits =
      ((bytes[index] ?? 0) << 16) | ((bytes[index + 1] ?? 0) << 8) | (bytes[index + 2] ?? 0)
    const digits = [bits >> 18, (bits >> 12) & 63, (bits >> 6) & 63, bits & 63]
    for (const [place, digit] of digits.entries()) text += place <= rest ? BASE64[digit] : '='
  }
  return text
}

export function fromBase64(text: string): number[] {
  const body = text.replace(/={1,2}$/, '')
  if (!/^[A-Za-z0-9+/]*$/.test(body) || body.length % 4 === 1) {
    throw new EvaluationError(
      `"${text.slice(0, 60)}" is not base64. Guard FROM_BASE64 with REGEXP.`,
      'not-base64',
    )
  }
  const bytes: number[] = []
  let bits = 0
  let count = 0
  for (const digit of body) {
    bits = ((bits << 6) | BASE64.indexOf(digit)) & 0xffff
    count += 6
    if (count < 8) continue
    count -= 8
    bytes.push((bits >> count) & 0xff)
  }
  return bytes
}
