/** Numbers, texts and bytes behind one another in a buffer that grows. */

import { toUtf8 } from '@millrace/engine'

const FIRST_BYTES = 1024
/** Shorter ones are copied by hand, which costs less than a call. */
const COPIED_BY_HAND_MAX = 24

export class ByteWriter {
  /** What was written is `[0, length)` of it. */
  bytes: Uint8Array
  length = 0

  constructor(roomBytes = FIRST_BYTES) {
    this.bytes = new Uint8Array(roomBytes)
  }

  written(): Uint8Array {
    return this.bytes.subarray(0, this.length)
  }

  byte(value: number): void {
    this.#require(1)
    this.bytes[this.length++] = value
  }

  /** A whole number from 0 to 2^53 - 1, seven bits a byte, the lowest first. */
  count(value: number): void {
    this.#require(8)
    let rest = value
    // Bits are cheap as long as the number has 31 of them.
    while (rest > 0x7fffffff) {
      this.bytes[this.length++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    while (rest > 127) {
      this.bytes[this.length++] = (rest & 127) | 128
      rest >>>= 7
    }
    this.bytes[this.length++] = rest
  }

  /** A whole number within 2^52 of 0: its sign is its lowest bit. */
  integer(value: number): void {
    this.count(value < 0 ? -value * 2 - 1 : value * 2)
  }

  raw(bytes: Uint8Array): void {
    const { length } = bytes
    this.#require(length)
    if (length > COPIED_BY_HAND_MAX) this.bytes.set(bytes, this.length)
    else for (let at = 0; at < length; at++) this.bytes[this.length + at] = bytes[at] as number
    this.length += length
  }

  /** Bytes with their length before them. */
  block(bytes: Uint8Array): void {
    this.count(bytes.length)
    this.raw(bytes)
  }

  /** Bytes or null: null is length 0, the others have 1 added. */
  blockOrNull(bytes: Uint8Array | null): void {
    if (bytes === null) {
      this.count(0)
      return
    }
    this.count(bytes.length + 1)
    this.raw(bytes)
  }

  text(text: string): void {
    this.block(toUtf8(text))
  }

  /** Leaves room that is filled in later. */
  skip(bytes: number): number {
    this.#require(bytes)
    const at = this.length
    this.length += bytes
    return at
  }

  #require(bytes: number): void {
    const needed = this.length + bytes
    if (needed <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2))
    grown.set(this.written())
    this.bytes = grown
  }
}
