/** Checks how values stand in a cell, whatever their column is called. */

import { expect, test } from 'vitest'
import { cellText, columnWidth, isNumeric } from './cell-text.ts'

test('values stand as sinks write them', () => {
  const row = { n: 1.5, s: 'home', list: [1, 'a'], flag: true, none: null, empty: '' }
  expect(Object.keys(row).map((name) => cellText(row, name))).toEqual([
    { kind: 'number', text: '1.5' },
    { kind: 'text', text: 'home' },
    { kind: 'text', text: '[1,"a"]' },
    { kind: 'text', text: 'true' },
    { kind: 'null', text: 'NULL' },
    { kind: 'empty', text: "''" },
  ])
})

test('a column that objects inherit is not found by accident', () => {
  expect(cellText({}, 'constructor')).toEqual({ kind: 'null', text: 'NULL' })
})

test('a long text is cut where the cell ends', () => {
  const { text } = cellText({ s: 'x'.repeat(5_000) }, 's')
  expect([text.length, text.at(-1)]).toEqual([201, '…'])
})

test('breaks and tabs of a text are seen', () => {
  expect(cellText({ s: 'a\nb\r\nc\td' }, 's').text).toBe('a⏎b⏎c⇥d')
})

test('numbers stand on the right, and times get the room they need', () => {
  expect(['integer', 'double', 'decimal(9,2)', 'string'].map(isNumeric)).toEqual([
    ...[true, true, true, false],
  ])
  expect(columnWidth('at', 'timestamp')).toBe(208)
  expect([columnWidth('n', 'integer'), columnWidth('x', 'double')]).toEqual([96, 150])
  expect(columnWidth('a-name-that-goes-on-and-on-and-on-and-on-and-on', 'string')).toBe(320)
})

test('a timestamp is written as all times of the page are, a text that looks like one is not', () => {
  const row = { at: '2018-02-04T06:32:44.671Z' }
  expect(cellText(row, 'at', 'timestamp nullable').text).toBe('2018-02-04 06:32:44.671 UTC')
  expect(cellText(row, 'at', 'string').text).toBe(row.at)
})
