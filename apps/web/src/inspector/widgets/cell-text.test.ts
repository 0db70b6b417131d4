/** Checks that a cell means what it shows, whatever its column's type. */

import type { Value } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import {
  cellText,
  isMisread,
  type Kind,
  plainText,
  valueOfCell,
  valueOfPlain,
} from './cell-text.ts'

test.each<[string, string, Value | undefined]>([
  ['string', 'ada', 'ada'],
  ['string', '12', '12'],
  ['string', '""', ''],
  ['string', '', undefined],
  ['integer', '12', 12],
  ['double', '1e3', 1000],
  ['decimal(10,2)', '-0.5', -0.5],
  ['integer', 'twelve', 'twelve'],
  ['integer', ' ', ' '],
  ['double', 'Infinity', 'Infinity'],
  ['boolean', 'true', true],
  ['boolean', 'yes', 'yes'],
  ['timestamp', '2026-01-01T00:00:01Z', '2026-01-01T00:00:01Z'],
  ['timestamp', '1767225600000', 1_767_225_600_000],
  ['list<string>', '["a","b"]', ['a', 'b']],
  ['record{item: string}', '{"item":"tea"}', { item: 'tea' }],
  ['list<string>', '["a",', '["a",'],
  ['any', '{"a":1}', { a: 1 }],
])('in a column of type %s, %j means %j', (type, text, value) => {
  expect(valueOfCell(text, type)).toEqual(value)
  expect(valueOfCell(cellText(value), type)).toEqual(value)
})

test.each<[string, Value | undefined, boolean]>([
  ['string', '1', false],
  ['string', 1, true],
  ['integer', 1, false],
  ['integer', 'one', true],
  ['double', '1', true],
  ['boolean', false, false],
  ['timestamp', '2026-01-01T00:00:00Z', false],
  ['list<string>', ['a'], false],
  ['list<string>', 'a', true],
  ['any', 'a', false],
  ['integer', undefined, false],
  ['integer', null, false],
])('in a column of type %s, whether %j is misread is %s', (type, value, misread) => {
  expect(isMisread(value, type)).toBe(misread)
})

const SCALARS: ReadonlySet<Kind> = new Set(['string', 'number', 'boolean'])
const ANY: ReadonlySet<Kind> = new Set([...SCALARS, 'null', 'array', 'object'])

test.each<[string, Value | undefined]>([
  ['ann', 'ann'],
  ['ann""', 'ann""'],
  ['12', 12],
  ['-0.5', -0.5],
  ['1e3', 1000],
  ['1.', '1.'],
  ['007', '007'],
  ['9007199254740993', '9007199254740993'],
  ['1e999', '1e999'],
  ['true', true],
  ['"12"', '12'],
  ['"true"', 'true'],
  ['""', ''],
  [' ', ' '],
  ['', undefined],
  ['"a\\nb"', 'a\nb'],
  ['null', 'null'],
  ['{"a":1}', '{"a":1}'],
])('typed plain where text, numbers and switches may stand, %j means %j', (text, value) => {
  expect(valueOfPlain(text, SCALARS)).toEqual(value)
  expect(valueOfPlain(plainText(value, SCALARS), SCALARS)).toEqual(value)
})

test.each<[string, Value | undefined]>([
  ['null', null],
  ['"null"', 'null'],
  ['{"a":[1,null]}', { a: [1, null] }],
  ['{"a":', '{"a":'],
  ['[]', []],
])('typed plain where anything may stand, %j means %j', (text, value) => {
  expect(valueOfPlain(text, ANY)).toEqual(value)
  expect(valueOfPlain(plainText(value, ANY), ANY)).toEqual(value)
})

test('a value that is missing where there may be no NULL shows as an empty field', () => {
  expect(plainText(null, SCALARS)).toBe('')
})
