/**
 * The checksum of everything that is stored: CRC-32C (Castagnoli), eight bytes at a step over eight
 * tables, unless the machine has a faster way.
 */

/** The checksum of all of these bytes; `before` is the one of what stands before them. */
export type NativeCrc32c = (bytes: Uint8Array, before: number) => number

const POLYNOMIAL = 0x82f63b78
/** Eight tables behind one another: the n-th moves a byte past n others. */
const TABLES = createTables()

/** Where words of an array are read as they are stored here; elsewhere it goes byte by byte. */
const IS_LITTLE_ENDIAN = new Uint8Array(new Int32Array([1]).buffer)[0] === 1

/** Of fewer bytes, calling what is no JavaScript takes longer than they do. */
const NATIVE_FROM_BYTES = 1024

let native: NativeCrc32c | undefined

/**
 * From now on, long stretches are left to this one. It gives the same numbers, so that whoever
 * stores and whoever reads need not know; one that gives others is not taken. Returns whether it
 * was.
 */
export function useNativeCrc32c(faster: NativeCrc32c): boolean {
  const bytes = Uint8Array.from({ length: NATIVE_FROM_BYTES }, (_, index) => index * 7)
  const half = bytes.length / 2
  const whole = faster(bytes.subarray(half), faster(bytes.subarray(0, half), 0))
  if (whole !== crc32cByTables(bytes, 0, bytes.length, 0)) return false
  native = faster
  return true
}

/** Of the bytes from `from` up to `to`; `before` is the checksum of what stands before them. */
export function crc32c(bytes: Uint8Array, from = 0, to = bytes.length, before = 0): number {
  if (native !== undefined && to - from >= NATIVE_FROM_BYTES) {
    return native(bytes.subarray(from, to), before)
  }
  return crc32cByTables(bytes, from, to, before)
}

function crc32cByTables(bytes: Uint8Array, from: number, to: number, before: number): number {
  let crc = ~before
  let at = from
  const { buffer, byteOffset } = bytes
  // Whole words can only be read where they are aligned.
  for (; at < to && ((byteOffset + at) & 3) !== 0; at++) crc = withByte(crc, bytes[at] as number)
  const steps = IS_LITTLE_ENDIAN ? (to - at) >>> 3 : 0
  if (steps > 0) {
    crc = withWords(crc, new Int32Array(buffer, byteOffset + at, steps * 2))
    at += steps * 8
  }
  for (; at < to; at++) crc = withByte(crc, bytes[at] as number)
  return ~crc >>> 0
}

function withByte(crc: number, byte: number): number {
  return (crc >>> 8) ^ entry((crc ^ byte) & 255)
}

/** Two at a step. */
function withWords(before: number, words: Int32Array): number {
  let crc = before
  for (let index = 0; index < words.length; index += 2) {
    crc ^= words[index] as number
    const high = words[index + 1] as number
    crc =
      entry(1792 + (crc & 255)) ^
      entry(1536 + ((crc >>> 8) & 255)) ^
      entry(1280 + ((crc >>> 16) & 255)) ^
      entry(1024 + (crc >>> 24)) ^
      entry(768 + (high & 255)) ^
      entry(512 + ((high >>> 8) & 255)) ^
      entry(256 + ((high >>> 16) & 255)) ^
      entry(high >>> 24)
  }
  return crc
}

/**
 * A checksum as it is stored. The plain one of nothing is 0, so zeros would pass for empty records;
 * and the checksum of bytes that hold their own checksum is the same for all of them.
 */
export function maskCrc32c(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}

/** The tables are full, so there is always something. */
function entry(index: number): number {
  return TABLES[index] as number
}

function createTables(): Int32Array {
  const tables = new Int32Array(8 * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
    tables[byte] = crc
  }
  for (let index = 256; index < tables.length; index++) {
    const before = tables[index - 256] as number
    tables[index] = (before >>> 8) ^ (tables[before & 255] as number)
  }
  return tables
}
