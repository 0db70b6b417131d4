/** UTF-8, which ES2023 has no functions for. */

/** A lone surrogate becomes the replacement character. */
export function toUtf8(text: string): Uint8Array {
  const { length } = text
  const bytes = new Uint8Array(length)
  for (let index = 0; index < length; index++) {
    const unit = text.charCodeAt(index)
    if (unit > 0x7f) return beyondAscii(text, index, bytes)
    bytes[index] = unit
  }
  return bytes
}

/** The same where `from` is the first that takes more than a byte; those before it are there. */
function beyondAscii(text: string, from: number, ascii: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(from + (text.length - from) * 3)
  bytes.set(ascii.subarray(0, from))
  let length = from
  for (let index = from; index < text.length; index++) {
    const point = text.codePointAt(index) as number
    if (point > 0xffff) index++
    const scalar = point >= 0xd800 && point <= 0xdfff ? 0xfffd : point
    if (scalar < 0x80) bytes[length++] = scalar
    else if (scalar < 0x800) {
      bytes[length++] = 0xc0 | (scalar >> 6)
      bytes[length++] = 0x80 | (scalar & 63)
    } else {
      if (scalar < 0x10000) bytes[length++] = 0xe0 | (scalar >> 12)
      else {
        bytes[length++] = 0xf0 | (scalar >> 18)
        bytes[length++] = 0x80 | ((scalar >> 12) & 63)
      }
      bytes[length++] = 0x80 | ((scalar >> 6) & 63)
      bytes[length++] = 0x80 | (scalar & 63)
    }
  }
  return bytes.subarray(0, length)
}

/** So many characters are made of their codes at once. */
const CODES_MAX = 4096

/** Undefined where the bytes are no UTF-8. */
export function fromUtf8(bytes: Uint8Array): string | undefined {
  let text = ''
  const codes: number[] = []
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] as number
    if (first < 0x80) {
      codes.push(first)
      at++
    } else {
      const more = first < 0xc2 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : first < 0xf5 ? 3 : 0
      if (more === 0) return undefined
      let point = first & (0x3f >> more)
      for (let index = 1; index <= more; index++) {
        const next = bytes[at + index] ?? 0
        if ((next & 0xc0) !== 0x80) return undefined
        point = (point << 6) | (next & 63)
      }
      const isShort = point < (more === 1 ? 0x80 : more === 2 ? 0x800 : 0x10000)
      if (isShort || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return undefined
      if (point < 0x10000) codes.push(point)
      else codes.push(0xd800 + ((point - 0x10000) >> 10), 0xdc00 + ((point - 0x10000) & 0x3ff))
      at += more + 1
    }
    if (codes.length >= CODES_MAX) text += String.fromCharCode(...codes.splice(0))
  }
  return text + String.fromCharCode(...codes)
}
