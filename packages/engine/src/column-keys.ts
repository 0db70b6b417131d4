/**
 * Keys of several columns as numbers, by which entries are found in slots (see `slots.ts`) without
 * a text for each record. A number stands for itself and any other value for its place in a list
 * of those that have been met, so that two keys are equal where all of their numbers are.
 *
 *     (7, 'a', NULL)      kinds 0b110 | 7 | 0 | 1 |      met: 'a', NULL
 *
 * What has been met stays: this is for entries that stay too.
 */

import { createKeyReader, type Key, type Row, type Value } from '@millrace/pipeline'
import { estimateBytes } from './estimate-bytes.ts'
import { hashNumber } from './sharded-map.ts'

/** Each column has a bit among the kinds. */
export const KEY_COLUMNS_MAX = 30
/** Of a value that was met: in the list and in the map. */
const MET_BYTES = 56
const SAMPLED = 16

export class ColumnKeys {
  /** How many numbers a key takes. */
  readonly width: number
  /** The key that was read last: which of its columns are no numbers, then column by column. */
  readonly numbers: Float64Array
  /** Of the same. */
  hash = 0
  readonly #indexes: readonly number[]
  readonly #ownIndexes: readonly number[]
  readonly #places = new Map<Value, number>()
  readonly #met: Value[] = []
  /** By column, what was looked up last: neighbours are often alike. */
  readonly #lastValues: (Value | undefined)[]
  readonly #lastPlaces: number[]
  readonly #toKey: (values: Row) => Key

  /** The columns at `indexes`, of scalar types. */
  constructor(indexes: readonly number[]) {
    if (indexes.length > KEY_COLUMNS_MAX) throw new RangeError('A key has too many columns.')
    this.width = indexes.length + 1
    this.numbers = new Float64Array(this.width)
    this.#indexes = indexes
    this.#ownIndexes = indexes.map((_, column) => column)
    this.#lastValues = indexes.map(() => undefined)
    this.#lastPlaces = indexes.map(() => 0)
    this.#toKey = createKeyReader(this.#ownIndexes, indexes.length === 1)
  }

  /** About how much memory the values take that have been met. */
  get bytes(): number {
    let bytes = 0
    const count = Math.min(SAMPLED, this.#met.length)
    for (let at = 0; at < count; at++) bytes += MET_BYTES + estimateBytes(this.#met[at])
    return count === 0 ? 0 : (bytes / count) * this.#met.length
  }

  /** Reads the key of a row into `numbers` and `hash`. */
  read(row: Row): void {
    this.#read(row, this.#indexes)
  }

  /** The same where only the values of the key are there. */
  readValues(values: Row): void {
    this.#read(values, this.#ownIndexes)
  }

  #read(row: Row, indexes: readonly number[]): void {
    const { numbers } = this
    let kinds = 0
    let hash = 0
    for (let column = 0; column < indexes.length; column++) {
      const value = row[indexes[column] as number] ?? null
      let number: number
      if (typeof value === 'number' && !Number.isNaN(value)) number = value
      else {
        number = this.#placeOf(value, column)
        kinds |= 1 << column
      }
      numbers[column + 1] = number
      hash = combined(hash, number)
    }
    numbers[0] = kinds
    this.hash = hash
  }

  /** Of the key whose first number is at `at`, as of the one that was read. */
  hashAt(numbers: Float64Array, at: number): number {
    let hash = 0
    for (let column = 1; column < this.width; column++) {
      hash = combined(hash, numbers[at + column] as number)
    }
    return hash
  }

  /** The values of the key whose first number is at `at`, as they were given. */
  valuesAt(numbers: Float64Array, at: number): Value[] {
    const kinds = numbers[at] as number
    return this.#ownIndexes.map((column) => {
      const number = numbers[at + 1 + column] as number
      return kinds & (1 << column) ? (this.#met[number] ?? null) : number
    })
  }

  /** The same into `values`, where the key was found for this row. */
  fillValues(row: Row, numbers: Float64Array, at: number, values: Value[]): void {
    const indexes = this.#indexes
    for (let column = 0; column < indexes.length; column++) {
      const value = row[indexes[column] as number] ?? null
      // The key may have been given as -0.
      values[column] = value === 0 ? (numbers[at + 1 + column] as number) : value
    }
  }

  /** The same as one value, as tables are stored by. */
  keyAt(numbers: Float64Array, at: number): Key {
    const key = this.#toKey(this.valuesAt(numbers, at))
    // As a map has it: -0 is the key 0.
    return typeof key === 'number' ? key + 0 : key
  }

  #placeOf(value: Value, column: number): number {
    if (value === this.#lastValues[column]) return this.#lastPlaces[column] as number
    let place = this.#places.get(value)
    if (place === undefined) {
      place = this.#met.push(value) - 1
      this.#places.set(value, place)
    }
    this.#lastValues[column] = value
    this.#lastPlaces[column] = place
    return place
  }
}

function combined(hash: number, number: number): number {
  return Math.imul(hash ^ hashNumber(number), 0x2c1b3c6d) ^ (hash >>> 15)
}
