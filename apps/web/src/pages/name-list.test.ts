/** Names in a sentence. */

import { expect, test } from 'vitest'
import { nameList } from './name-list.ts'

test('names are listed, and from the seventh on those that do not fit are counted', () => {
  expect(nameList(['a'])).toBe('"a"')
  expect(nameList(['a', 'b c', 'd\ne'])).toBe('"a", "b c" and "d\\u000ae"')
  expect(nameList([...'abcdef'])).toBe('"a", "b", "c", "d", "e" and "f"')
  expect(nameList([...'abcdefg'])).toBe('"a", "b", "c", "d", "e" and 2 more')
})
