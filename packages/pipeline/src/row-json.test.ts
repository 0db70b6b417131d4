/**
 * Rows as JSON: what is written is what `JSON.stringify` and `Date` write, and can be read again.
 */

import { expect, test } from 'vitest'
import { parseTimestamp, TIMESTAMP_MAX, TIMESTAMP_MIN } from './expressions/timestamp.ts'
import { createRowReader, createRowText, isoTimestamp, UnreadableValue } from './row-json.ts'
import { ANY, DOUBLE, INTEGER, STRING, TIMESTAMP } from './type.ts'

/** The last day that `Date` knows, in the year +275760. */
const DATE_MAX_MS = 8_640_000_000_000_000

/** Numbers in [0, 1) that repeat themselves (a linear congruential generator). */
function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

test('timestamps are written as Date writes them, and read again (seed 1)', () => {
  const next = dice(1)
  const times = [TIMESTAMP_MIN, -1, 0, 1, 999, 1000, 86_399_999, 86_400_000, TIMESTAMP_MAX]
  times.push(TIMESTAMP_MIN - 1, TIMESTAMP_MAX + 1, -DATE_MAX_MS, DATE_MAX_MS)
  for (let count = 0; count < 5000; count++) {
    const near = 1_767_225_600_000 + Math.floor(next() * 1e9)
    const far = TIMESTAMP_MIN + Math.floor(next() * (TIMESTAMP_MAX - TIMESTAMP_MIN))
    const beyond = Math.floor((next() * 2 - 1) * DATE_MAX_MS)
    times.push(near, far, beyond)
  }
  for (const time of times) {
    const text = new Date(time).toISOString()
    expect([isoTimestamp(time), parseTimestamp(text)]).toEqual([text, time])
    const whole = Math.floor(time / 1000) * 1000
    expect(parseTimestamp(text.replace(/\.[0-9]{3}/, ''))).toBe(whole)
  }
})

test.each([
  '2026-02-29T00:00:00Z',
  '2026-13-01T00:00:00.000Z',
  '2026-01-01T24:00:00Z',
  '2026-01-01T00:60:00.000Z',
  '2026-01-01T00:00:0xZ',
  '2026-01-01T00:00:00.0a0Z',
  '2026-01-01T00:00:00,00:Z',
  '20/6-01-01T00:00:00Z',
  '-026-01-01T00:00:00Z',
  '10000-01-01T00:00:00Z',
  '+10000-01-01T00:00:00Z',
  '-000000-01-01T00:00:00Z',
  '+999999-01-01T00:00:00Z',
])('%s is no timestamp', (text) => {
  expect(parseTimestamp(text)).toBeNull()
})

test('texts are written as JSON.stringify writes them, whatever is in them (seed 2)', () => {
  const next = dice(2)
  const write = createRowText([{ name: 's', type: STRING }])
  const signs = [
    'a',
    '"',
    '\\',
    '\n',
    '\u0000',
    '\u001f',
    '\u007f',
    'é',
    '\u2028',
    '\ud800',
    '😀',
    '\uffff',
  ]
  for (let count = 0; count < 5000; count++) {
    const length = Math.floor(next() * 60)
    const text = Array.from({ length }, () => {
      return next() < 0.7 ? 'x' : (signs[Math.floor(next() * signs.length)] ?? '')
    }).join('')
    expect(write([text])).toBe(JSON.stringify({ s: text }))
  }
})

test('what JSON lacks is written as text, and read again', () => {
  const columns = [
    { name: 'x', type: DOUBLE },
    { name: 'n', type: INTEGER },
    { name: 'at', type: TIMESTAMP },
  ]
  const write = createRowText(columns)
  const read = createRowReader(columns)
  for (const row of [
    [Number.NaN, 1, 0],
    [Number.NEGATIVE_INFINITY, null, null],
    [null, -5, 86_400_000],
    [null, null, TIMESTAMP_MAX + 1],
    [null, null, Number.MAX_SAFE_INTEGER],
    [null, null, Number.MIN_SAFE_INTEGER],
  ]) {
    expect(read(JSON.parse(write(row)))).toEqual(row)
  }
  expect(write([Number.POSITIVE_INFINITY, 0, 0])).toBe(
    '{"x":"Infinity","n":0,"at":"1970-01-01T00:00:00.000Z"}',
  )
})

const BEYOND_INTEGERS =
  'The number is beyond 9007199254740991, up to which integers are exact. ' +
  'Make the column a double, or write the number as text in a column of type string.'
const BEYOND_DOUBLES =
  'The number is beyond 1.7976931348623157e+308, the largest double. Write "Infinity" if it is meant.'
const BEYOND_ANY =
  'A number in the value is beyond 1.7976931348623157e+308, the largest that JSON of any shape keeps. ' +
  'Write it as text.'

test.each([
  ['{"n":9007199254740993}', 'integer-overflow', `Column "n": ${BEYOND_INTEGERS}`],
  ['{"n":-9007199254740993}', 'integer-overflow', `Column "n": ${BEYOND_INTEGERS}`],
  ['{"n":1e400}', 'integer-overflow', `Column "n": ${BEYOND_INTEGERS}`],
  ['{"n":1.5}', 'wrong-type', 'Column "n": 1.5 is not of type integer.'],
  ['{"x":1e400}', 'number-too-large', `Column "x": ${BEYOND_DOUBLES}`],
  ['{"x":-1e400}', 'number-too-large', `Column "x": ${BEYOND_DOUBLES}`],
  ['{"x":"1"}', 'wrong-type', 'Column "x": "1" is not of type double.'],
  [
    '{"s":1e400}',
    'wrong-type',
    'Column "s": A number beyond 9007199254740991 is not of type string.',
  ],
  [
    '{"at":9007199254740993}',
    'wrong-type',
    'Column "at": A number beyond 9007199254740991 is not of type timestamp.',
  ],
  ['{"any":1e400}', 'number-too-large', `Column "any": ${BEYOND_ANY}`],
  ['{"any":{"a":[{"b":-1e400}]}}', 'number-too-large', `Column "any": ${BEYOND_ANY}`],
])('%s is refused, and no number is shown that was not written', (text, code, reason) => {
  const read = createRowReader([
    { name: 'n', type: INTEGER },
    { name: 'x', type: DOUBLE },
    { name: 's', type: STRING },
    { name: 'at', type: TIMESTAMP },
    { name: 'any', type: ANY },
  ])
  const [, column = ''] = /^Column "(\w+)"/.exec(reason) ?? []
  const refusal = new UnreadableValue(reason, code, column)
  expect(() => read(JSON.parse(text))).toThrow(refusal)
})
