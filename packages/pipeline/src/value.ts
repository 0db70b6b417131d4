/** The values that rows hold, with the one order and the one key text they have everywhere. */

/**
 * A value of a column. Timestamps are UTC milliseconds since 1970, intervals are milliseconds
 * (months for year-month intervals), a list is an array, and a record is an array in the order of
 * its type's fields. Objects occur only inside columns of type `any`, whose values are JSON.
 */
export type Value = null | boolean | number | string | readonly Value[] | JsonObject

export interface JsonObject {
  readonly [name: string]: Value
}

/**
 * One record: its values in the order of its schema's columns. Never changed once it is on an edge.
 */
export type Row = readonly Value[]

/**
 * What a group or a join partner is looked up by. Equal groups have the same key in the sense of
 * `Map`.
 */
export type Key = string | number | boolean | null

/**
 * The own property of a JSON object, or NULL: nothing is inherited, so `constructor` is simply
 * absent.
 */
export function ownValue(object: JsonObject, name: string): Value {
  return Object.hasOwn(object, name) ? (object[name] ?? null) : null
}

export function isJsonObject(value: Value): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether a number in parsed JSON was too large for a double, so that it has been read as none. */
export function isInfiniteWithin(json: unknown): boolean {
  if (typeof json === 'number') return !Number.isFinite(json)
  if (typeof json !== 'object' || json === null) return false
  return Array.isArray(json)
    ? json.some(isInfiniteWithin)
    : Object.values(json).some(isInfiniteWithin)
}

/**
 * A total order: NULL, then booleans, numbers (NaN last), strings by code unit, lists, objects.
 * -0 equals 0 and NaN equals NaN, as they do as keys.
 */
export function compareValues(a: Value, b: Value): number {
  if (a === b) return 0
  const rankA = rank(a)
  const rankB = rank(b)
  if (rankA !== rankB) return rankA - rankB
  if (typeof a === 'number' && typeof b === 'number') return compareNumbers(a, b)
  if (typeof a === 'object' && typeof b === 'object' && a !== null && b !== null) {
    if (Array.isArray(a) && Array.isArray(b)) return compareRows(a, b)
    const textA = canonicalText(a)
    const textB = canonicalText(b)
    return textA < textB ? -1 : textA > textB ? 1 : 0
  }
  return (a as string | boolean) < (b as string | boolean) ? -1 : 1
}

/** Compares column by column; a row that is a prefix of the other comes first. */
export function compareRows(a: Row, b: Row): number {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) {
    const order = compareValues(a[index] ?? null, b[index] ?? null)
    if (order !== 0) return order
  }
  return a.length - b.length
}

/** JSON with the keys of objects in order and -0 as 0: equal values have equal text. */
export function canonicalText(value: Value): string {
  if (typeof value === 'number') return Number.isFinite(value) ? `${value}` : `"${value}"`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`
  const object = value as JsonObject
  const names = Object.keys(object).sort()
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonicalText(ownValue(object, name))}`).join(',')}}`
}

/**
 * Reads the key of a row from the columns at `indexes`. One column of a scalar type is its own key,
 * which costs nothing. Anything else becomes a text in which no two different groups look the same,
 * and whose order by code unit is the order of the groups column by column.
 */
export function createKeyReader(indexes: readonly number[], scalar: boolean): (row: Row) => Key {
  const [first, ...others] = indexes
  if (first === undefined) return () => null
  if (others.length === 0 && scalar) return (row) => (row[first] ?? null) as Key
  const known = new KnownKeys(indexes)
  return (row) => known.read(row)
}

/** A power of 2. */
const KNOWN_KEYS = 1024
/** Longer ones are not remembered: what is remembered stays in memory. */
const KNOWN_LENGTH_MAX = 128

/**
 * Makes the texts of keys, and remembers some of those that it has made: rows mostly come back to
 * groups that others have been in lately, and a map finds a text that it knows already much sooner
 * than another one of the same characters.
 */
class KnownKeys {
  readonly #indexes: readonly number[]
  /** Of each place, the values that its key was made of. */
  readonly #values: (Value | undefined)[]
  readonly #keys: string[]

  constructor(indexes: readonly number[]) {
    this.#indexes = indexes
    this.#values = new Array(KNOWN_KEYS * indexes.length).fill(undefined)
    this.#keys = new Array(KNOWN_KEYS).fill('')
  }

  read(row: Row): string {
    const indexes = this.#indexes
    let hash = 0
    for (let place = 0; place < indexes.length; place++) {
      hash = Math.imul(hash, 0x01000193) + spread(row[indexes[place] as number] ?? null)
    }
    const slot = (hash ^ (hash >>> 10) ^ (hash >>> 20)) & (KNOWN_KEYS - 1)
    const first = slot * indexes.length
    for (let place = 0; place < indexes.length; place++) {
      const value = row[indexes[place] as number] ?? null
      if (this.#values[first + place] !== value) return this.#make(row, slot)
    }
    return this.#keys[slot] ?? ''
  }

  #make(row: Row, slot: number): string {
    const indexes = this.#indexes
    const first = slot * indexes.length
    let key = ''
    for (let place = 0; place < indexes.length; place++) {
      key += keyPart(row[indexes[place] as number] ?? null)
    }
    if (key.length > KNOWN_LENGTH_MAX) return key
    for (let place = 0; place < indexes.length; place++) {
      this.#values[first + place] = row[indexes[place] as number] ?? null
    }
    this.#keys[slot] = key
    return key
  }
}

/** Some bits that tell values apart, at little cost. */
function spread(value: Value): number {
  if (typeof value === 'number') return value | 0
  if (typeof value !== 'string') return 0
  const { length } = value
  if (length === 0) return 1
  const ends = value.charCodeAt(0) * 31 + value.charCodeAt(length - 1)
  return ends * 31 + value.charCodeAt(length >> 1) + length
}

/** The order in which groups leave: as `compareValues`. */
export function compareKeys(a: Key, b: Key): number {
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0
  return compareValues(a, b)
}

function keyPart(value: Value): string {
  if (typeof value === 'string') return `E${ended(value)}`
  if (typeof value === 'number') return `D${orderedBits(value)}`
  if (value === null) return 'A'
  if (value === true) return 'C'
  if (value === false) return 'B'
  return `F${ended(canonicalText(value))}`
}

/**
 * A text that is no prefix of another one, ordered as before: U+0000 inside becomes U+0000 U+0001.
 */
function ended(text: string): string {
  const escaped = text.includes('\0') ? text.replaceAll('\0', '\0\u0001') : text
  return `${escaped}\0\0`
}

const float = new Float64Array(1)
const words = new Uint16Array(float.buffer)

/**
 * Four code units that order like the number: the bits of an IEEE double, flipped where it is
 * negative.
 */
function orderedBits(value: number): string {
  float[0] = value === 0 ? 0 : value
  const high = words[3] ?? 0
  const flip = high & 0x8000 ? 0xffff : 0
  const top = flip === 0 ? high | 0x8000 : high ^ 0xffff
  // One by one: an iterator over them for each key would cost more than all the rest.
  return String.fromCharCode(
    top,
    (words[2] ?? 0) ^ flip,
    (words[1] ?? 0) ^ flip,
    (words[0] ?? 0) ^ flip,
  )
}

function compareNumbers(a: number, b: number): number {
  if (a < b) return -1
  if (a > b) return 1
  if (a === b) return 0
  return Number.isNaN(a) ? (Number.isNaN(b) ? 0 : 1) : -1
}

function rank(value: Value): number {
  if (value === null) return 0
  if (typeof value === 'boolean') return 1
  if (typeof value === 'number') return 2
  if (typeof value === 'string') return 3
  return Array.isArray(value) ? 4 : 5
}
