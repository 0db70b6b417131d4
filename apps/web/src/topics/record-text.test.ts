/** How values of records read. */

import { expect, test } from 'vitest'
import { bestKind, lineOf, textOf, toReadValue } from './record-text.ts'

test('JSON is laid out, and can be read as text and as bytes too', () => {
  const value = toReadValue({ text: '{"item":"tea","price":3}' })
  expect(bestKind(value)).toBe('json')
  expect(textOf(value, 'json')).toBe('{\n  "item": "tea",\n  "price": 3\n}')
  expect(textOf(value, 'text')).toBe('{"item":"tea","price":3}')
  expect(textOf(value, 'bytes')?.split('\n')).toEqual([
    '000000  7b 22 69 74 65 6d 22 3a 22 74 65 61 22 2c 22 70  {"item":"tea","p',
    '000010  72 69 63 65 22 3a 33 7d                          rice":3}',
  ])
})

test.each([
  ['plain', 'text'],
  ['{"open":', 'text'],
  // Laid out, it would read …776.
  ['{"id":9007199254740993776}', 'text'],
  ['{"id":"9007199254740993776"}', 'json'],
  ['12', 'json'],
  ['', 'text'],
])('%s is shown as %s', (text, kind) => {
  expect(bestKind(toReadValue({ text }))).toBe(kind)
})

test('bytes that are no text are shown as bytes only', () => {
  const value = toReadValue({ base64: '/wBB', bytes: 3 })
  expect(bestKind(value)).toBe('bytes')
  expect(textOf(value, 'text')).toBeUndefined()
  expect(textOf(value, 'json')).toBeUndefined()
  expect(textOf(value, 'bytes')).toMatch(/^000000 {2}ff 00 41 +\.\.A$/)
})

test('the beginning of a long value is no JSON', () => {
  const value = toReadValue({ text: '[1]', bytes: 9_000 })
  expect(value).toMatchObject({ whole: false, size: 9_000 })
  expect(bestKind(value)).toBe('text')
})

test('a line of a table has no breaks, and says something of every value', () => {
  expect(lineOf({ text: '{\n  "a": 1\n}', bytes: 12 })).toBe('{ "a": 1 }')
  expect(lineOf({ text: '', bytes: 0 })).toBe('""')
  expect(lineOf({ base64: '/wBB', bytes: 3 })).toBe('ff 00 41')
})
