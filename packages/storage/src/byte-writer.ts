/** Numbers, texts and bytes behind one another, in a buffer that grows. */

const FIRST_BYTES = 1024

export class ByteWriter {
  #bytes = new Uint8Array(FIRST_BYTES)
  #view = new DataView(this.#bytes.buffer)
  length = 0

  /** What has been written; good until the next write. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.length)
  }

  byte(value: number): void {
    this.#room(1)
    this.#bytes[this.length++] = value
  }

  uint32(value: number): void {
    this.#room(4)
    this.#view.setUint32(this.length, value, true)
    this.length += 4
  }

  double(value: number): void {
    this.#room(8)
    this.#view.setFloat64(this.length, value, true)
    this.length += 8
  }

  /** A whole number from 0 to 2^53 - 1, seven bits a byte. */
  varint(value: number): void {
    this.#room(8)
    let rest = value
    for (; rest > 127; rest = Math.floor(rest / 128))
      this.#bytes[this.length++] = (rest & 127) | 128
    this.#bytes[this.length++] = rest
  }

  /** As they are; their number stands elsewhere. */
  bytes(bytes: Uint8Array): void {
    this.#room(bytes.length)
    this.#bytes.set(bytes, this.length)
    this.length += bytes.length
  }

  /** In code units, so that any text comes back as it was. */
  text(text: string): void {
    this.varint(text.length)
    this.#room(2 * text.length)
    for (let index = 0; index < text.length; index++) {
      this.#view.setUint16(this.length, text.charCodeAt(index), true)
      this.length += 2
    }
  }

  setUint32(at: number, value: number): void {
    this.#view.setUint32(at, value, true)
  }

  #room(count: number): void {
    if (this.length + count <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.length + count))
    grown.set(this.#bytes)
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }
}

/** Reads what a `ByteWriter` wrote. Behind the end there is nothing: it throws a `RangeError`. */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  get ended(): boolean {
    return this.at >= this.#bytes.length
  }

  byte(): number {
    return this.#view.getUint8(this.at++)
  }

  uint32(): number {
    this.at += 4
    return this.#view.getUint32(this.at - 4, true)
  }

  double(): number {
    this.at += 8
    return this.#view.getFloat64(this.at - 8, true)
  }

  varint(): number {
    let value = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#view.getUint8(this.at++)
      value += (byte & 127) * factor
      if (byte < 128) return value
    }
  }

  skip(count: number): void {
    if (count > this.#bytes.length - this.at) throw new RangeError('There are fewer bytes.')
    this.at += count
  }

  /** A view, not a copy. */
  bytes(count: number): Uint8Array {
    this.skip(count)
    return this.#bytes.subarray(this.at - count, this.at)
  }

  text(): string {
    const length = this.varint()
    let text = ''
    for (let index = 0; index < length; index++) {
      text += String.fromCharCode(this.#view.getUint16(this.at, true))
      this.at += 2
    }
    return text
  }
}
