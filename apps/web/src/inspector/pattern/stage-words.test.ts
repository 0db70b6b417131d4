/** What links and repetitions say; choosing another one leaves nothing that means nothing. */

import type { JsonObject } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import {
  isRepeated,
  LINKS,
  linkOf,
  oftenOf,
  oftenText,
  withLink,
  withOften,
} from './stage-words.ts'

test.each(LINKS.map(({ kind }) => kind))('a stage that is linked by %s reads so', (kind) => {
  expect(linkOf(withLink({ name: 'a', where: 'x > 1' }, kind))).toBe(kind)
})

test('what is followed is not written, since it is what holds where nothing is said', () => {
  expect(withLink({ name: 'a', contiguity: 'next' }, 'followed-by')).toEqual({ name: 'a' })
})

test('what must not come keeps its name and its condition alone', () => {
  const stage = { name: 'a', where: 'x > 1', oneOrMore: true, greedy: true, until: 'x > 9' }
  expect(withLink(stage, 'not-next')).toEqual({
    name: 'a',
    where: 'x > 1',
    not: true,
    contiguity: 'next',
  })
})

test.each<[JsonObject, string, boolean]>([
  [{}, '', false],
  [{ oneOrMore: true }, 'one or more', true],
  [{ times: 3 }, '3 times', true],
  [{ times: 1 }, '1 times', false],
  [{ times: { min: 2 } }, 'at least 2 times', true],
  [{ times: { min: 0, max: 1 }, optional: true }, '0 to 1 times, optional', false],
  [{ times: { min: 2, max: 5 }, greedy: true }, '2 to 5 times, greedy', true],
])('%j is said as "%s"', (stage, text, repeated) => {
  expect(oftenText(stage)).toBe(text)
  expect(isRepeated(stage)).toBe(repeated)
  expect(withOften(stage, oftenOf(stage))).toEqual(stage)
})

test('with the last repetition goes what only repetitions have', () => {
  const stage = { name: 'a', oneOrMore: true, until: 'x', loopContiguity: 'next', greedy: true }
  expect(withOften(stage, { kind: 'once' })).toEqual({ name: 'a' })
  expect(withOften({ ...stage, optional: true }, { kind: 'once' })).toEqual({
    name: 'a',
    optional: true,
    greedy: true,
  })
})
