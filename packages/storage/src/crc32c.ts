/**
 * The checksum of everything that is stored: CRC-32C (Castagnoli), eight bytes at a step over eight
 * tables.
 */

const POLYNOMIAL = 0x82f63b78
/** Eight tables behind one another: the n-th moves a byte past n others. */
const TABLES = createTables()

/** Of the bytes from `from` up to `to`; `before` is the checksum of what stands before them. */
export function crc32c(bytes: Uint8Array, from = 0, to = bytes.length, before = 0): number {
  let crc = ~before
  let at = from
  for (const last = to - 8; at <= last; at += 8) {
    crc ^= word(bytes, at)
    const high = word(bytes, at + 4)
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
  for (; at < to; at++) crc = (crc >>> 8) ^ entry((crc ^ (bytes[at] as number)) & 255)
  return ~crc >>> 0
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

function word(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  )
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
