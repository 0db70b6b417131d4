/** How much a node keeps, and what keys and parts are called. */

import { expect, test } from 'vitest'
import { divisionText, keyText, stateSizeText } from './state-words.ts'

const NOTHING = { entries: [], total: 0, complete: true, bytes: 0, spilledBytes: 0 }

test('the size says how many entries there are, and what is not in memory', () => {
  expect(stateSizeText(NOTHING)).toBe('0 entries, about 0 B')
  expect(stateSizeText({ ...NOTHING, total: 1, bytes: 90 })).toBe('1 entry, about 90 B')
  const large = { ...NOTHING, total: 12_400, bytes: 2 ** 20, spilledBytes: 2 ** 20 }
  expect(stateSizeText(large)).toBe('12,400 entries, about 2 MB, 1 MB of it on disk')
})

test('a part of a window is called by the time at which it begins', () => {
  expect(divisionText(Date.UTC(2026, 2, 1, 12), true)).toBe('2026-03-01 12:00:00.000 UTC')
  expect(divisionText(7, false)).toBe('7')
  expect(divisionText(0, true)).toBe('–')
})

test('NULL, an empty text and characters that are not seen can be told apart', () => {
  expect([null, '', 'null', 7, true].map(keyText)).toEqual(['NULL', '""', 'null', '7', 'true'])
  expect(keyText('a\u202eb')).toBe('a\\u202eb')
})
