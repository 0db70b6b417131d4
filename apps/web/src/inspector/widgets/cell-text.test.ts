/** Checks that a cell means what it shows, whatever its column's type. */

import type { Value } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { cellText, valueOfCell } from './cell-text.ts'

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
