/** Which letter comes next, also after one that was accepted and has left the list. */

import { expect, test } from 'vitest'
import { type Listed, neighboursOf } from './letter-neighbours.ts'

function listOf(names: string, sent = ''): readonly Listed[] {
  return [...names].map((letter) => ({ letter, state: sent.includes(letter) ? 'sent' : 'open' }))
}

test('in the list it is between its neighbours, and the next open one may lie further on', () => {
  const list = listOf('abcde', 'd')
  expect(neighboursOf('c', list, list)).toEqual({ before: 'b', after: 'd', nextOpen: 'e' })
  expect(neighboursOf('e', list, list)).toEqual({ before: 'd', after: undefined, nextOpen: 'a' })
})

test('one that has left the list is followed by what came after it, whatever else has come', () => {
  const known = listOf('abcde')
  expect(neighboursOf('c', listOf('xyabde'), known)).toEqual({
    before: 'b',
    after: 'd',
    nextOpen: 'd',
  })
  expect(neighboursOf('c', listOf('ae'), known)).toEqual({ before: 'a', after: 'e', nextOpen: 'e' })
  expect(neighboursOf('e', listOf('xabcd'), known)).toEqual({
    before: 'd',
    after: undefined,
    nextOpen: 'a',
  })
})

test('one that was never in the list leads to its top', () => {
  const list = listOf('ab')
  expect(neighboursOf('z', list, [])).toEqual({
    before: undefined,
    after: undefined,
    nextOpen: 'a',
  })
  expect(neighboursOf('z', [], [])).toEqual({
    ...{ before: undefined, after: undefined, nextOpen: undefined },
  })
})
