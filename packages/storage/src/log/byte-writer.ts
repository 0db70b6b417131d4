/** Numbers, texts and bytes behind one another in a buffer that grows. */

import { toUtf8 } from '@millrace/engine'

const FIRST_BYTES = 1024
/** Shorter ones are copied by hand, which costs less than a call. */
const COPIED_BY_HAND_MAX = 24

/** A count has 53 bits. */
export const COUNT_BYTES_MAX = 8

export class ByteWriter {
  /** What was written is `[0, length)` of it. */
  bytes: Uint8Array
  length = 0

  /** In a buffer of this length at first, or in this one. */
  constructor(room: number | Uint8Array = FIRST_BYTES) {
    this.bytes = typeof room === 'number' ? new Uint8Array(room) : room
  }

  written(): Uint8Array {
    return this.bytes.subarray(0, this.length)
  }

  byte(value: number): void {
    this.require(1)
    this.bytes[this.length++] = value
  }

  /** A whole number from 0 to 2^53 - 1, seven bits a byte, the lowest first. */
  count(value: number): void {
    this.require(COUNT_BYTES_MAX)
    this.length = putCount(this.bytes, this.length, value)
  }

  /** A whole number within 2^52 of 0: its sign is its lowest bit. */
  integer(value: number): void {
    this.count(value < 0 ? -value * 2 - 1 : value * 2)
  }

  raw(bytes: Uint8Array): void {
    this.require(bytes.length)
    this.length = putBytes(this.bytes, this.length, bytes)
  }

  /** Bytes with their length before them. */
  block(bytes: Uint8Array): void {
    this.count(bytes.length)
    this.raw(bytes)
  }

  text(text: string): void {
    this.block(toUtf8(text))
  }

  /** Leaves room that is filled in later. */
  skip(bytes: number): number {
    this.require(bytes)
    const at = this.length
    this.length += bytes
    return at
  }

  /** Of so much more there is room, for whoever puts it there by hand. */
  require(bytes: number): void {
    const needed = this.length + bytes
    if (needed <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2))
    grown.set(this.written())
    this.bytes = grown
  }
}

/** These need room, and return where to go on. A count takes `COUNT_BYTES_MAX` at most. */
export function putCount(into: Uint8Array, from: number, value: number): number {
  let at = from
  let rest = value
  // Bits are cheap as long as the number has 31 of them.
  while (rest > 0x7fffffff) {
    into[at++] = (rest % 128) | 128
    rest = Math.floor(rest / 128)
  }
  while (rest > 127) {
    into[at++] = (rest & 127) | 128
    rest >>>= 7
  }
  into[at++] = rest
  return at
}

/** Bytes with their length before them. */
export function putBlock(into: Uint8Array, from: number, block: Uint8Array): number {
  return putBytes(into, putCount(into, from, block.length), block)
}

/** Bytes or null: null is length 0, the others have 1 added. */
export function putBlockOrNull(into: Uint8Array, from: number, block: Uint8Array | null): number {
  if (block === null) return putCount(into, from, 0)
  return putBytes(into, putCount(into, from, block.length + 1), block)
}

function putBytes(into: Uint8Array, at: number, bytes: Uint8Array): number {
  const { length } = bytes
  if (length > COPIED_BY_HAND_MAX) into.set(bytes, at)
  else for (let index = 0; index < length; index++) into[at + index] = bytes[index] as number
  return at + length
}
