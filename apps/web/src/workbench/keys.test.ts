/** Keys: what is pressed, what is meant, what is shown. */

import { expect, test } from 'vitest'
import { keyText, matchesKey } from './keys.ts'
import { ACTIONS } from './page-actions.ts'

const press = (key: string, held: string = '') => ({
  key,
  ctrlKey: held.includes('ctrl'),
  metaKey: held.includes('meta'),
  shiftKey: held.includes('shift'),
  altKey: held.includes('alt'),
})

test.each([
  ['mod+z', press('z', 'ctrl'), false, true],
  ['mod+z', press('Z', 'ctrl shift'), false, false],
  ['mod+shift+z', press('Z', 'ctrl shift'), false, true],
  ['mod+z', press('z', 'meta'), true, true],
  ['mod+z', press('z', 'ctrl'), true, false],
  ['n', press('n', 'ctrl'), false, false],
  ['?', press('?', 'shift'), false, true],
  ['+', press('+'), false, true],
  ['mod+Enter', press('Enter', 'ctrl'), false, true],
  ['delete', press('Delete'), false, true],
])('%s and %j on a Mac (%s): %s', (name, pressed, mac, expected) => {
  expect(matchesKey(name, pressed, mac)).toBe(expected)
})

test('keys are shown as they are written on the keyboard', () => {
  expect(keyText('mod+shift+z', false)).toBe('Ctrl+Shift+Z')
  expect(keyText('mod+shift+z', true)).toBe('⌘ Shift Z')
  expect(keyText('+', false)).toBe('+')
})

test('no two actions share a key, and no two an id', () => {
  const keys = ACTIONS.flatMap(({ keys: own }) => own.map((key) => key.toLowerCase()))
  expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([])
  expect(new Set(ACTIONS.map(({ id }) => id)).size).toBe(ACTIONS.length)
})
