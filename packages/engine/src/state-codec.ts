/**
 * Plain data as bytes and back, exactly: NaN, -0, big integers, lone surrogates, own keys of any
 * name. What is stored in a checkpoint is written by this.
 *
 * A value is a tag and what the tag says follows: lengths and whole numbers as varints (7 bits a
 * byte, lowest first), doubles in 8 bytes, texts in one byte a code unit where all are below 256
 * and in two otherwise, which keeps what is no well-formed Unicode.
 */

/** What state consists of. There are no instances of classes, and nothing refers to itself. */
export type Saved =
  | undefined
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Float64Array
  | readonly Saved[]
  | ReadonlyMap<Saved, Saved>
  | ReadonlySet<Saved>
  | { readonly [name: string]: Saved }

/** Bytes that were not written by `encodeState`, or that have been damaged. */
export class StateCodecError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'StateCodecError'
  }
}

/** What a value begins with. */
export const TAG = {
  undefined: 0,
  null: 1,
  false: 2,
  true: 3,
  /** Zigzag: 0, -1, 1, -2, ... */
  integer: 4,
  double: 5,
  text: 6,
  wideText: 7,
  /** As decimal text. */
  bigint: 8,
  bytes: 9,
  doubles: 10,
  array: 11,
  object: 12,
  map: 13,
  set: 14,
} as const

/** Deeper than any type that a schema can have; a bound so that bytes cannot exhaust the stack. */
export const DEPTH_MAX = 1000

/** A writer that has held a larger value lets go of what is beyond. */
const KEPT_BYTES_MAX = 1024 * 1024
/** Code units that become text at once: each is an argument. */
const UNITS_MAX = 4096

/** Fails with a `StateCodecError` on what is no plain data. */
export function encodeState(value: unknown): Uint8Array {
  try {
    writer.value(value)
    return writer.take()
  } catch (error) {
    writer = new StateWriter()
    throw error
  }
}

/** The values one after another, as they stand in a list, behind bytes that are there already. */
export function encodeStateBehind(prefix: Uint8Array, values: readonly unknown[]): Uint8Array {
  try {
    writer.append(prefix)
    for (const value of values) writer.value(value)
    return writer.take()
  } catch (error) {
    writer = new StateWriter()
    throw error
  }
}

/** Fails with a `StateCodecError` on anything but what `encodeState` returned. */
export function decodeState(bytes: Uint8Array): Saved {
  const reader = new StateReader(bytes)
  const value = reader.value()
  if (!reader.atEnd) throw new StateCodecError('There are bytes behind the end of the value.')
  return value
}

/**
 * Plain data that does not change any more, encoded once: for what is stored again and again. It
 * may stand wherever plain data stands, and is read as what it was made of.
 */
export class Unchanging {
  readonly bytes: Uint8Array

  constructor(value: unknown) {
    this.bytes = encodeState(value)
  }
}

/**
 * State that is held in another form than it is stored in, one that takes less memory or time. What
 * is read back is plain data again, and whoever keeps it makes the other form of it.
 */
export abstract class Packed {
  /** As it is stored. Changes nothing. */
  abstract unpack(): unknown
}

export class StateWriter {
  #bytes = new Uint8Array(64)
  #view = new DataView(this.#bytes.buffer)
  #length = 0
  #depth = 0

  /** What was written so far; the writer begins anew. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.#length)
    this.#length = 0
    if (this.#bytes.length > KEPT_BYTES_MAX) this.#resize(KEPT_BYTES_MAX)
    return taken
  }

  value(value: unknown): void {
    switch (typeof value) {
      case 'number':
        this.#number(value)
        return
      case 'string':
        this.#text(value)
        return
      case 'boolean':
        this.#byte(value ? TAG.true : TAG.false)
        return
      case 'undefined':
        this.#byte(TAG.undefined)
        return
      case 'bigint':
        this.#byte(TAG.bigint)
        this.#text(`${value}`)
        return
      case 'object':
        this.#composite(value)
        return
      default:
        throw new StateCodecError(`State holds a ${typeof value}, which cannot be stored.`)
    }
  }

  #composite(value: object | null): void {
    if (value === null) {
      this.#byte(TAG.null)
      return
    }
    this.#depth++
    if (this.#depth > DEPTH_MAX) {
      this.#depth = 0
      throw new StateCodecError(`State is nested more than ${DEPTH_MAX} levels deep.`)
    }
    if (Array.isArray(value)) this.#array(value)
    else if (value instanceof Map) this.#map(value)
    else if (value instanceof Set) this.#set(value)
    else if (value instanceof Uint8Array) this.#raw(TAG.bytes, value)
    else if (value instanceof Float64Array) this.#doubles(value)
    else this.#object(value)
    this.#depth--
  }

  #array(values: readonly unknown[]): void {
    this.#byte(TAG.array)
    this.#varint(values.length)
    for (const value of values) this.value(value)
  }

  #map(map: ReadonlyMap<unknown, unknown>): void {
    this.#byte(TAG.map)
    this.#varint(map.size)
    for (const [key, value] of map) {
      this.value(key)
      this.value(value)
    }
  }

  #set(set: ReadonlySet<unknown>): void {
    this.#byte(TAG.set)
    this.#varint(set.size)
    for (const value of set) this.value(value)
  }

  #object(object: object): void {
    const prototype: unknown = Object.getPrototypeOf(object)
    if (prototype !== Object.prototype && prototype !== null) {
      if (object instanceof Unchanging) {
        this.append(object.bytes)
        return
      }
      if (object instanceof Packed) {
        this.value(object.unpack())
        return
      }
      const { name } = object.constructor
      throw new StateCodecError(`State holds a ${name}, which is no plain data.`)
    }
    // Names alone: V8 has them ready for all objects of a shape, and makes no pair for each.
    const names = Object.keys(object)
    this.#byte(TAG.object)
    this.#varint(names.length)
    for (const name of names) {
      this.#text(name)
      this.value((object as Readonly<Record<string, unknown>>)[name])
    }
  }

  #number(value: number): void {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
      this.#byte(TAG.double)
      this.#reserve(8)
      this.#view.setFloat64(this.#length, value, true)
      this.#length += 8
      return
    }
    this.#byte(TAG.integer)
    // Twice the largest would not be exact, so the sign goes apart from it.
    const negative = value < 0
    const rest = negative ? -(value + 1) : value
    this.#byte((rest % 64) * 2 + (negative ? 1 : 0) + (rest >= 64 ? 0x80 : 0))
    if (rest >= 64) this.#varint(Math.floor(rest / 64))
  }

  #text(text: string): void {
    const { length } = text
    let wide = false
    for (let index = 0; index < length && !wide; index++) wide = text.charCodeAt(index) > 0xff
    this.#byte(wide ? TAG.wideText : TAG.text)
    this.#varint(length)
    this.#reserve(wide ? length * 2 : length)
    let at = this.#length
    const bytes = this.#bytes
    for (let index = 0; index < length; index++) {
      const unit = text.charCodeAt(index)
      bytes[at++] = unit & 0xff
      if (wide) bytes[at++] = unit >> 8
    }
    this.#length = at
  }

  #doubles(doubles: Float64Array): void {
    this.#byte(TAG.doubles)
    this.#varint(doubles.length)
    this.#reserve(doubles.length * 8)
    for (const double of doubles) {
      this.#view.setFloat64(this.#length, double, true)
      this.#length += 8
    }
  }

  #raw(tag: number, bytes: Uint8Array): void {
    this.#byte(tag)
    this.#varint(bytes.length)
    this.append(bytes)
  }

  /** What is encoded already. */
  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  #varint(value: number): void {
    let rest = value
    while (rest >= 0x80) {
      this.#byte((rest % 0x80) + 0x80)
      rest = Math.floor(rest / 0x80)
    }
    this.#byte(rest)
  }

  #byte(byte: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = byte
  }

  #reserve(count: number): void {
    const needed = this.#length + count
    if (needed <= this.#bytes.length) return
    this.#resize(Math.max(needed, this.#bytes.length * 2))
  }

  #resize(bytes: number): void {
    const resized = new Uint8Array(bytes)
    resized.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = resized
    this.#view = new DataView(resized.buffer)
  }
}

/** Of all values: room for bytes is made once, and not again for each. */
let writer = new StateWriter()

/** Of short texts: a list becomes text in half the time that a view of bytes takes. */
const SHORT_MAX = 256
/** One list for each length. */
const shortUnits: number[][] = []

/** For the bytes of a number, which costs less than a view of all bytes for each value. */
const eightBytes = new Uint8Array(8)
const eightView = new DataView(eightBytes.buffer)

export class StateReader {
  readonly #bytes: Uint8Array
  #at: number
  #depth = 0

  constructor(bytes: Uint8Array, from = 0) {
    this.#bytes = bytes
    this.#at = from
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  value(): Saved {
    const tag = this.#byte()
    switch (tag) {
      case TAG.undefined:
        return undefined
      case TAG.null:
        return null
      case TAG.false:
        return false
      case TAG.true:
        return true
      case TAG.integer:
        return this.#integer()
      case TAG.double:
        return this.#double()
      case TAG.text:
      case TAG.wideText:
        return this.#text(tag)
      case TAG.bigint:
        return this.#bigint()
      case TAG.bytes:
        return this.#slice(this.#count(1))
      default:
        return this.#composite(tag)
    }
  }

  #composite(tag: number): Saved {
    this.#depth++
    if (this.#depth > DEPTH_MAX) {
      throw new StateCodecError(`State is nested more than ${DEPTH_MAX} levels deep.`)
    }
    const value = this.#compositeOf(tag)
    this.#depth--
    return value
  }

  #compositeOf(tag: number): Saved {
    switch (tag) {
      case TAG.doubles:
        return Float64Array.from({ length: this.#count(8) }, () => this.#double())
      case TAG.array:
        return this.#array()
      case TAG.object:
        return this.#object()
      case TAG.map:
        return new Map(
          Array.from({ length: this.#count(2) }, () => [this.value(), this.value()] as const),
        )
      case TAG.set:
        return new Set(Array.from({ length: this.#count(1) }, () => this.value()))
      default:
        throw new StateCodecError(`Nothing that is stored begins with ${tag}.`)
    }
  }

  /** Without room to grow, as there may be millions; short ones at once, the others as a copy. */
  #array(): Saved[] {
    const count = this.#count(1)
    if (count === 1) return [this.value()]
    if (count === 2) return [this.value(), this.value()]
    if (count === 3) return [this.value(), this.value(), this.value()]
    if (count === 4) return [this.value(), this.value(), this.value(), this.value()]
    const values: Saved[] = []
    for (let left = count; left > 0; left--) values.push(this.value())
    return values.slice()
  }

  #object(): Saved {
    const object: { [name: string]: Saved } = {}
    for (let left = this.#count(2); left > 0; left--) {
      const name = this.#text(this.#byte())
      const value = this.value()
      if (name !== '__proto__') object[name] = value
      // Assigning it would set the prototype.
      else {
        const own = { value, enumerable: true, configurable: true, writable: true }
        Object.defineProperty(object, name, own)
      }
    }
    return object
  }

  #integer(): number {
    const first = this.#byte()
    const low = (first & 0x7f) >> 1
    const rest = first < 0x80 ? low : low + this.#varint() * 64
    if (!Number.isSafeInteger(rest)) throw new StateCodecError('A whole number is too large.')
    return (first & 1) === 0 ? rest : -rest - 1
  }

  #double(): number {
    this.#need(8)
    for (let index = 0; index < 8; index++) eightBytes[index] = this.#bytes[this.#at++] ?? 0
    return eightView.getFloat64(0, true)
  }

  #bigint(): bigint {
    const text = this.#text(this.#byte())
    if (!/^-?\d+$/.test(text)) throw new StateCodecError('A big integer is not in digits.')
    return BigInt(text)
  }

  #text(tag: number): string {
    if (tag !== TAG.text && tag !== TAG.wideText) {
      throw new StateCodecError(
        `A text was expected, and there is something that begins with ${tag}.`,
      )
    }
    const wide = tag === TAG.wideText
    const length = this.#count(wide ? 2 : 1)
    let text = ''
    for (let left = length; left > 0; left -= UNITS_MAX) {
      const count = Math.min(left, UNITS_MAX)
      text += String.fromCharCode.apply(null, wide ? this.#wideUnits(count) : this.#units(count))
    }
    return text
  }

  #units(count: number): number[] {
    const from = this.#at
    this.#at += count
    if (count > SHORT_MAX) {
      // It takes whatever is like a list, which its type does not say.
      return this.#bytes.subarray(from, this.#at) as unknown as number[]
    }
    const units = shortUnits[count] ?? Array.from({ length: count }, () => 0)
    shortUnits[count] = units
    for (let index = 0; index < count; index++) units[index] = this.#bytes[from + index] as number
    return units
  }

  #wideUnits(count: number): number[] {
    return Array.from({ length: count }, () => this.#byte() + this.#byte() * 256)
  }

  /** How many follow, each of at least so many bytes: no more than there are can be claimed. */
  #count(bytesEach: number): number {
    const count = this.#varint()
    this.#need(count * bytesEach)
    return count
  }

  #slice(count: number): Uint8Array {
    const from = this.#at
    this.#at += count
    return this.#bytes.slice(from, this.#at)
  }

  #varint(): number {
    let value = 0
    for (let place = 1; place <= 2 ** 49; place *= 0x80) {
      const byte = this.#byte()
      value += (byte & 0x7f) * place
      if (byte < 0x80) return value
    }
    throw new StateCodecError('A whole number does not end.')
  }

  #byte(): number {
    const byte = this.#bytes[this.#at]
    if (byte === undefined) throw new StateCodecError('The bytes end in the middle of a value.')
    this.#at++
    return byte
  }

  #need(count: number): void {
    if (this.#at + count <= this.#bytes.length) return
    throw new StateCodecError('The bytes end in the middle of a value.')
  }
}
