/**
 * Reads JSON lines that look like the one before: the same fields in the same order, with nothing
 * but texts, numbers, truths and NULL in them. They are read straight into a row, where the text of
 * a whole block lies, without an object in between. Any other line is left to `JSON.parse`, and so
 * is every line in which something is wrong: only it says what.
 */

import type { Column, Row, Value } from '@millrace/pipeline'
import type { ValueReader } from './column-readers.ts'

/** V8 copies what is shorter; a longer slice would keep the text of its whole block alive. */
const COPIED_LENGTH_MAX = 12
/** A double holds any whole number of so many digits, so that one division rounds correctly. */
const DIGITS_MAX = 15
const POWERS_OF_TEN = Array.from({ length: DIGITS_MAX + 1 }, (_, power) => 10 ** power)
/** After so many lines of another look, that look is learnt. */
const MISSES_MAX = 8
/** Where no look lasts for so many lines, */
const HITS_MIN = 64
/** so often in a row, looking is given up. */
const LOOKS_MAX = 16

const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const BACKSLASH = 0x5c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const RETURN = 0x0d

interface Field {
  /** The name with its quotes, in UTF-16 code units. */
  readonly name: readonly number[]
  /** -1 where no column reads it. */
  readonly column: number
  readonly kind: string
  readonly read: ValueReader
}

export class FlatRecords {
  readonly #columns: readonly Column[]
  readonly #readers: readonly ValueReader[]
  /** A row in which nothing has been read. */
  readonly #blank: Row
  #fields: readonly Field[] = []
  #misses = MISSES_MAX
  #hits = 0
  #looks = 0
  /** Where the value that was read last ends. */
  #end = 0

  constructor(columns: readonly Column[], readers: readonly ValueReader[]) {
    this.#columns = columns
    this.#readers = readers
    this.#blank = columns.map(() => null)
  }

  /** The record in `source` from `from` to before `to`, or undefined where it must be parsed. */
  read(source: string, from: number, to: number): Row | undefined {
    if (this.#fields.length === 0) return undefined
    const row = this.#read(source, from, to)
    if (row === undefined) this.#misses++
    else this.#hits++
    return row
  }

  /** Whether to call `learn` with the record that `read` has left. */
  get learns(): boolean {
    return this.#misses >= MISSES_MAX && this.#looks < LOOKS_MAX
  }

  /** What a line looks like that was parsed; `json` is an object. */
  learn(json: object): void {
    this.#looks = this.#hits >= HITS_MIN ? 1 : this.#looks + 1
    this.#hits = 0
    this.#misses = 0
    this.#fields = Object.entries(json).map(([name]): Field => {
      const column = this.#columns.findIndex((candidate) => candidate.name === name)
      const quoted = JSON.stringify(name)
      return {
        name: Array.from({ length: quoted.length }, (_, at) => quoted.charCodeAt(at)),
        column,
        kind: this.#columns[column]?.type.kind ?? '',
        read: this.#readers[column] ?? (() => null),
      }
    })
  }

  #read(source: string, from: number, to: number): Row | undefined {
    const fields = this.#fields
    if (source.charCodeAt(from) !== OPEN_BRACE) return undefined
    const row = this.#blank.slice()
    let at = from + 1
    for (let index = 0; index < fields.length; index++) {
      const field = fields[index] as Field
      if (index > 0) {
        if (source.charCodeAt(at) !== COMMA) return undefined
        at++
      }
      at = afterName(source, at, field.name)
      if (at < 0) return undefined
      const value = this.#value(source, at, field)
      if (value === undefined) return undefined
      if (field.column >= 0) row[field.column] = value
      at = this.#end
      while (source.charCodeAt(at) === SPACE) at++
    }
    if (source.charCodeAt(at) !== CLOSE_BRACE) return undefined
    at++
    while (at < to && (source.charCodeAt(at) === RETURN || source.charCodeAt(at) === SPACE)) at++
    return at === to ? row : undefined
  }

  /** Undefined where it must be parsed; else `#end` is where it ends. */
  #value(source: string, at: number, field: Field): Value | undefined {
    const code = source.charCodeAt(at)
    if (code === QUOTE) return this.#text(source, at + 1, field)
    if (code === 0x6e) return this.#word(source, at, 'null') ? null : undefined
    let json: number | boolean | undefined
    if (code === 0x74) json = this.#word(source, at, 'true') ? true : undefined
    else if (code === 0x66) json = this.#word(source, at, 'false') ? false : undefined
    else json = this.#number(source, at)
    if (json === undefined || field.kind === 'string') return undefined
    return field.read(json)
  }

  #word(source: string, at: number, word: string): boolean {
    this.#end = at + word.length
    return source.startsWith(word, at)
  }

  #text(source: string, from: number, field: Field): Value | undefined {
    let at = from
    let plain = true
    for (;;) {
      const code = source.charCodeAt(at)
      if (code === QUOTE) break
      if (code === BACKSLASH) {
        plain = false
        at++
      } else if (!(code >= SPACE)) return undefined
      at++
    }
    this.#end = at + 1
    if (!plain) return field.read(JSON.parse(source.slice(from - 1, at + 1)))
    if (field.column < 0) return null
    if (field.kind !== 'string' || at - from <= COPIED_LENGTH_MAX) {
      const text = source.slice(from, at)
      return field.kind === 'string' ? text : field.read(text)
    }
    return JSON.parse(source.slice(from - 1, at + 1)) as string
  }

  /** Without an exponent, and with no more digits than are exact. */
  #number(source: string, from: number): number | undefined {
    let at = from
    let code = source.charCodeAt(at)
    const negative = code === MINUS
    if (negative) code = source.charCodeAt(++at)
    const first = at
    let whole = 0
    for (; code >= ZERO && code <= NINE; code = source.charCodeAt(++at)) {
      whole = whole * 10 + code - ZERO
    }
    let digits = at - first
    if (digits === 0 || (digits > 1 && source.charCodeAt(first) === ZERO)) return undefined
    let scale = 0
    if (code === POINT) {
      const point = at
      for (code = source.charCodeAt(++at); code >= ZERO && code <= NINE; ) {
        whole = whole * 10 + code - ZERO
        code = source.charCodeAt(++at)
      }
      scale = at - point - 1
      if (scale === 0) return undefined
      digits += scale
    }
    if (digits > DIGITS_MAX) return undefined
    this.#end = at
    const value = scale === 0 ? whole : whole / (POWERS_OF_TEN[scale] ?? 1)
    return negative ? -value : value
  }
}

/** Where the value begins; -1 where another name stands at `from`. */
function afterName(source: string, from: number, name: readonly number[]): number {
  let at = from
  while (source.charCodeAt(at) === SPACE) at++
  for (let index = 0; index < name.length; index++) {
    if (source.charCodeAt(at + index) !== name[index]) return -1
  }
  at += name.length
  while (source.charCodeAt(at) === SPACE) at++
  if (source.charCodeAt(at) !== COLON) return -1
  at++
  while (source.charCodeAt(at) === SPACE) at++
  return at
}
