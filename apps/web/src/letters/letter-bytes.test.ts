/** A refused record as text and byte by byte, with its fault marked in both. */

import { expect, test } from 'vitest'
import {
  changedSpan,
  faultInBytes,
  firstWindow,
  hexLines,
  markText,
  roughText,
  toLetterRecord,
} from './letter-bytes.ts'

test('a fault in the text is found in its bytes, behind characters of several', () => {
  const record = toLetterRecord({ text: '{"né€":"😀x"}' }, { start: 7, end: 11 })
  const { start = 0, end = 0 } = faultInBytes(record) ?? {}
  expect(new TextDecoder().decode(record.bytes.subarray(start, end))).toBe('"😀x')
})

test('what is no UTF-8 is told in bytes, and roughly in text', () => {
  const record = toLetterRecord({ base64: btoa('J\u00f6rg') }, { start: 1, end: 2 })
  expect(record.text).toBeUndefined()
  expect(roughText(record)).toBe('J�rg')
  expect(faultInBytes(record)).toEqual({ start: 1, end: 2 })
})

test.each([
  ['{"n":"12 EUR"}', '{"n":12}', '12'],
  ['{"n":1}', '{"n":1,"m":2}', ',"m":2'],
  ['abc', 'ac', ''],
  ['aa', 'aaa', 'a'],
  ['', 'x', 'x'],
])('of %j corrected to %j, %j was changed', (before, after, changed) => {
  const { start = -1, end = -1 } = changedSpan(before, after) ?? {}
  expect(after.slice(start, end)).toBe(changed)
  const restored = after.slice(0, start) + before.slice(start, before.length - after.length + end)
  expect(restored + after.slice(end)).toBe(before)
  expect(changedSpan(after, after)).toBeUndefined()
})

test('of a long record a part around the fault is shown, never beyond its ends', () => {
  expect(firstWindow(50, 100, { start: 10, end: 12 })).toEqual({ start: 0, end: 50 })
  expect(firstWindow(1000, 90, undefined)).toEqual({ start: 0, end: 90 })
  expect(firstWindow(1000, 90, { start: 500, end: 510 })).toEqual({ start: 470, end: 560 })
  expect(firstWindow(1000, 90, { start: 5, end: 6 })).toEqual({ start: 0, end: 90 })
  expect(firstWindow(1000, 90, { start: 999, end: 1000 })).toEqual({ start: 910, end: 1000 })
})

test('the parts around a fault are the text that is shown, wherever the fault lies', () => {
  const text = 'abcdefghij'
  for (let start = 0; start <= 10; start++) {
    for (let end = start; end <= 10; end++) {
      for (const shown of [
        { start: 0, end: 10 },
        { start: 3, end: 7 },
      ]) {
        const { before, marked, after } = markText(text, shown, { start, end })
        const all = before + marked + after
        expect(all, `${start} to ${end}`).toBe(text.slice(shown.start, shown.end))
        const inside = text.slice(Math.max(start, shown.start), Math.min(end, shown.end))
        expect(marked).toBe(start < shown.end && end > shown.start ? inside : '')
      }
    }
  }
})

test('bytes stand in lines of sixteen, and a fault over two lines is marked in both', () => {
  const bytes = Uint8Array.from({ length: 20 }, (_, index) => index + 0x3c)
  const [first, second] = hexLines(bytes, { start: 0, end: 20 }, { start: 14, end: 17 })
  expect(first?.hex).toEqual({
    before: '3c 3d 3e 3f 40 41 42 43 44 45 46 47 48 49 ',
    marked: '4a 4b',
    after: '',
  })
  expect(first?.characters).toEqual({ before: '<=>?@ABCDEFGHI', marked: 'JK', after: '' })
  expect(second).toEqual({
    offset: 16,
    hex: { before: '', marked: '4c', after: ' 4d 4e 4f' },
    characters: { before: '', marked: 'L', after: 'MNO' },
  })
})

test('without a fault nothing is marked, and a part begins with its whole line', () => {
  const bytes = new Uint8Array(64)
  const lines = hexLines(bytes, { start: 20, end: 40 }, undefined)
  expect(lines.map(({ offset, hex }) => [offset, hex.marked, hex.before.length])).toEqual([
    [16, '', 47],
    [32, '', 47],
  ])
})
