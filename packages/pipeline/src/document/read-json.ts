/**
 * Reads JSON strictly, with places in every finding.
 *
 * `JSON.parse` says too little about a fault, and keeps only the last of two equal keys and the
 * nearest number without a word. So the text is looked over first, and the keys that it has are
 * counted: where as many are in what `JSON.parse` makes of it, no two were equal. Where anything is
 * wrong, the text is walked, which costs ten times as much, and finds the first fault, equal keys,
 * numbers that cannot be kept and nesting that is too deep.
 */

import { printParseErrorCode, visit } from 'jsonc-parser'
import type { Problem } from '../problem.ts'
import type { Value } from '../value.ts'

export interface ReadJson {
  readonly value?: Value
  readonly problems: readonly Problem[]
}

export const DEPTH_MAX = 100
/** Whatever is read costs with each of them, however short they are. */
export const VALUES_MAX = 200_000
/** Of each kind of finding that does not end the reading. */
const PROBLEMS_MAX = 100

export function readJson(text: string): ReadJson {
  const value = readSound(text)
  if (value !== undefined) return { value, problems: [] }
  const walk = new Walk(text)
  walk.run()
  if (walk.problems.length > 0) return { problems: walk.problems }
  return { value: JSON.parse(text) as Value, problems: [] }
}

/** Undefined where something is wrong. */
function readSound(text: string): Value | undefined {
  const keyCount = countKeys(text)
  if (keyCount === undefined) return undefined
  try {
    const value = JSON.parse(text) as Value
    return countEntries(value) === keyCount ? value : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Undefined where it nests too deep, has too many values, or a number that cannot be kept. */
function countKeys(text: string): number | undefined {
  let keyCount = 0
  let depth = 0
  // Each value but the first of a list or an object stands behind a comma.
  let valueCount = 1
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === 0x22) index = jsonTextEnd(text, index)
    else if (code === 0x3a) keyCount++
    else if (code === 0x2c) valueCount++
    else if (code === 0x7b || code === 0x5b) {
      valueCount++
      if (++depth > DEPTH_MAX) return undefined
    } else if (code === 0x7d || code === 0x5d) depth--
    else if ((code >= 0x30 && code <= 0x39) || code === 0x2d) {
      const end = numberEnd(text, index)
      if (!isKept(text, index, end)) return undefined
      index = end - 1
    }
    if (valueCount > VALUES_MAX) return undefined
  }
  return keyCount
}

/** The index of the quote that closes the text which opens at `from`, or of the end. */
export function jsonTextEnd(text: string, from: number): number {
  for (let index = from + 1; ; ) {
    const quote = text.indexOf('"', index)
    if (quote < 0) return text.length
    let backslashes = 0
    while (text.charCodeAt(quote - 1 - backslashes) === 0x5c) backslashes++
    if (backslashes % 2 === 0) return quote
    index = quote + 1
  }
}

function numberEnd(text: string, from: number): number {
  for (let index = from + 1; ; index++) {
    const code = text.charCodeAt(index)
    const isPart =
      (code >= 0x2b && code <= 0x39 && code !== 0x2c && code !== 0x2f) || (code | 0x20) === 0x65
    if (!isPart) return index
  }
}

/** So many characters hold no whole number that is not exact. */
const SHORT_NUMBER = 15

function isKept(text: string, from: number, to: number): boolean {
  const exponent = to - from > 3 && /[eE]/.test(text.slice(from, to))
  if (!exponent && to - from <= SHORT_NUMBER) return true
  const written = text.slice(from, to)
  const value = Number(written)
  return Number.isFinite(value) && (Number.isSafeInteger(value) || !/^-?[0-9]+$/.test(written))
}

function countEntries(value: Value): number {
  let entryCount = 0
  const left: unknown[] = [value]
  const visit = (inner: unknown) => {
    if (typeof inner === 'object' && inner !== null) left.push(inner)
  }
  while (left.length > 0) {
    const next = left.pop()
    if (Array.isArray(next)) {
      for (const item of next) visit(item)
      continue
    }
    if (typeof next !== 'object' || next === null) continue
    for (const name in next) {
      entryCount++
      visit((next as { readonly [name: string]: unknown })[name])
    }
  }
  return entryCount
}

interface Place {
  readonly offset: number
  readonly length: number
  readonly line: number
  readonly column: number
}

/** An object or a list that has begun and not yet ended. */
interface Open {
  readonly kind: 'object' | 'list'
  readonly place: Place
  readonly keys: Map<string, Place>
}

/** Thrown to leave the walk at the first fault. */
class Ended extends Error {}

class Walk {
  readonly problems: Problem[] = []
  readonly #text: string
  readonly #open: Open[] = []
  /**
   * The object or list that ended last: the walker ends what is open before it says what is
   * missing.
   */
  #ended: Open | undefined
  /** `,` or `:` if nothing stands between it and the place of the walk. */
  #sign = ''
  #valueCount = 0

  constructor(text: string) {
    this.#text = text
  }

  run(): void {
    try {
      visit(
        this.#text,
        {
          onObjectBegin: (...place) => this.#begin('object', toPlace(place)),
          onArrayBegin: (...place) => this.#begin('list', toPlace(place)),
          onObjectEnd: () => this.#end(),
          onArrayEnd: () => this.#end(),
          onObjectProperty: (key, offset, length, line, column, path) => {
            this.#key(key, toPlace([offset, length, line, column]), path)
          },
          onLiteralValue: (value, ...place) => this.#literal(value, toPlace(place)),
          onSeparator: (sign) => {
            this.#sign = sign
          },
          onError: (code, ...place) => this.#fault(printParseErrorCode(code), toPlace(place)),
        },
        { disallowComments: true, allowTrailingComma: false },
      )
    } catch (error) {
      if (!(error instanceof Ended)) throw error
    }
  }

  #begin(kind: Open['kind'], place: Place): void {
    this.#sign = ''
    this.#count(place)
    this.#open.push({ kind, place, keys: new Map() })
    if (this.#open.length <= DEPTH_MAX) return
    const message =
      `In ${placeText(place)} lists and objects stand more than ${DEPTH_MAX} levels deep, the ` +
      'limit. Nest less.'
    this.#refuse('json-too-deep', place, message)
    throw new Ended()
  }

  #count(place: Place): void {
    if (++this.#valueCount <= VALUES_MAX) return
    const message = `Up to ${placeText(place)} there are more than ${VALUES_MAX} values, the limit. Divide the text.`
    this.#refuse('json-too-large', place, message)
    throw new Ended()
  }

  #end(): void {
    this.#sign = ''
    this.#ended = this.#open.pop()
  }

  #key(key: string, place: Place, path: () => readonly (string | number)[]): void {
    this.#sign = ''
    const keys = this.#open.at(-1)?.keys ?? new Map<string, Place>()
    const first = keys.get(key)
    if (first === undefined) {
      keys.set(key, place)
      return
    }
    const message =
      `Key ${shown(JSON.stringify(key))} stands twice in one object, in ${placeText(first)} ` +
      `and in ${placeText(place)}. Keep one of them.`
    this.#refuse('duplicate-key', place, message, [...path(), key])
  }

  #literal(value: unknown, place: Place): void {
    this.#sign = ''
    this.#count(place)
    if (typeof value !== 'number') return
    const text = this.#text.slice(place.offset, place.offset + place.length)
    if (!Number.isFinite(value)) {
      const message =
        `Number ${shown(text)} in ${placeText(place)} is larger than ${Number.MAX_VALUE}, the ` +
        'largest. Write a smaller one, or text in double quotes.'
      this.#refuse('number-too-large', place, message)
    } else if (/^-?[0-9]+$/.test(text) && !Number.isSafeInteger(value)) {
      const message =
        `Number ${shown(text)} in ${placeText(place)} is beyond ${Number.MAX_SAFE_INTEGER}, up ` +
        'to which whole numbers are exact. Write it as text in double quotes.'
      this.#refuse('number-too-large', place, message)
    }
  }

  #fault(code: string, place: Place): void {
    this.problems.length = 0
    this.#refuse('broken-json', place, this.#faultMessage(code, place))
    throw new Ended()
  }

  #faultMessage(code: string, place: Place): string {
    const token = this.#text.slice(place.offset, place.offset + place.length)
    const needed = this.#needed(code)
    if (needed === undefined) {
      const fault =
        WRITING_FAULTS.get(code) ?? 'is not JSON. Texts and keys stand in double quotes.'
      return `${shown(token)} in ${placeText(place)} ${fault}`
    }
    if (token !== '') {
      const fact = `${placeText(place, 'Line')} has ${shown(token)} where ${needed} is needed.`
      return `${fact} ${this.#sign === ',' ? 'Remove the comma before it.' : nextStep(code)}`.trim()
    }
    const left = code.startsWith('Close') ? this.#ended : this.#open.at(-1)
    const unclosed =
      left === undefined
        ? ''
        : ` The ${left.kind} that begins in ${placeText(left.place)} is not closed.`
    return `The text ends in ${placeText(place)} where ${needed} is needed.${unclosed}`
  }

  /** What should stand there; undefined where what stands there is itself written wrongly. */
  #needed(code: string): string | undefined {
    const inObject = this.#open.at(-1)?.kind === 'object'
    if (code === 'PropertyNameExpected') return 'a key in double quotes'
    if (code === 'ValueExpected') {
      return inObject && this.#sign !== ':' ? 'a key in double quotes' : 'a value'
    }
    if (code === 'ColonExpected') return '":"'
    if (code === 'CommaExpected') return inObject ? '"," or "}"' : '"," or "]"'
    if (code === 'CloseBraceExpected') return '"," or "}"'
    if (code === 'CloseBracketExpected') return '"," or "]"'
    return code === 'EndOfFileExpected' ? 'the end of the text' : undefined
  }

  #refuse(code: string, place: Place, message: string, path?: readonly (string | number)[]): void {
    if (this.problems.length >= PROBLEMS_MAX) throw new Ended()
    this.problems.push({
      code,
      severity: 'error',
      ...(path === undefined ? {} : { path }),
      span: { start: place.offset, end: place.offset + place.length },
      message,
    })
  }
}

const WRITING_FAULTS: ReadonlyMap<string, string> = new Map([
  ['InvalidCommentToken', 'is a comment, which JSON does not have. Move it into a note.'],
  ['UnexpectedEndOfString', 'has no closing double quote in its line. Add it.'],
  ['UnexpectedEndOfNumber', 'is a number without its last digits. Complete it.'],
  [
    'InvalidUnicode',
    'has a \\u without four hexadecimal digits. Complete it, or double the backslash.',
  ],
  [
    'InvalidEscapeCharacter',
    'has a backslash before a character that needs none. Double it, or remove it.',
  ],
  ['InvalidCharacter', 'has a control character in it. Write it as an escape, for instance \\t.'],
])

function toPlace([offset, length, line, column]: readonly [
  number,
  number,
  number,
  number,
  ...unknown[],
]): Place {
  return { offset, length, line: line + 1, column: column + 1 }
}

function nextStep(code: string): string {
  if (code === 'CommaExpected') return 'Put a comma before it.'
  if (code === 'ColonExpected') return 'Put a colon before it.'
  return code === 'EndOfFileExpected' ? 'Remove what stands after the end.' : 'Write one.'
}

function placeText({ line, column }: Place, word = 'line'): string {
  return `${word} ${line}, column ${column}`
}

/** What cannot be seen stands as its code point. */
function shown(text: string): string {
  const cut = text.length > 60 ? `${text.slice(0, 60)}…` : text
  return cut.replace(/[^\P{C}]|[^\P{Z} ]/gu, (sign) => {
    return `U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
  })
}
