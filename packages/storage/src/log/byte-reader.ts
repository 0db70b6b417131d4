/** Reads what a `ByteWriter` wrote, and says where bytes cannot have come from one. */

import { fromUtf8 } from '@millrace/engine'

export class MalformedBytes extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'MalformedBytes'
  }
}

export class ByteReader {
  readonly bytes: Uint8Array
  at: number
  readonly end: number

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  get atEnd(): boolean {
    return this.at >= this.end
  }

  byte(): number {
    if (this.at >= this.end) throw new MalformedBytes('The bytes end early.')
    return this.bytes[this.at++] as number
  }

  count(): number {
    let value = this.byte()
    if (value < 128) return value
    value &= 127
    for (let scale = 128; ; scale *= 128) {
      const next = this.byte()
      value += (next & 127) * scale
      if (value > Number.MAX_SAFE_INTEGER) throw new MalformedBytes('A number is beyond 2^53.')
      if (next < 128) return value
    }
  }

  integer(): number {
    const value = this.count()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  /** A view. */
  raw(length: number): Uint8Array {
    if (length > this.end - this.at) throw new MalformedBytes('The bytes end early.')
    const from = this.at
    this.at += length
    return this.bytes.subarray(from, this.at)
  }

  block(): Uint8Array {
    return this.raw(this.count())
  }

  blockOrNull(): Uint8Array | null {
    const length = this.count()
    return length === 0 ? null : this.raw(length - 1)
  }

  text(): string {
    const text = fromUtf8(this.block())
    if (text === undefined) throw new MalformedBytes('A text is no UTF-8.')
    return text
  }
}
