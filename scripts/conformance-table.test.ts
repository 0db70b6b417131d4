/** Checks how the cases of other engines are counted and printed. */

import { expect, test } from 'vitest'
import {
  accountFor,
  accountText,
  isComplete,
  rowsMissingFrom,
  verdictText,
} from './conformance-table.mjs'

const CASES = { file: 'flink', ids: ['a/one', 'a/two', 'a/two#2', 'a/three'] }

function tried(title: string, status: string, failureMessages: readonly string[] = []) {
  return { ancestorTitles: ['conformance flink'], title, status, failureMessages }
}

const passing = [
  tried('a/one', 'passed'),
  tried('a/two: by another name', 'passed'),
  tried('a/two#2: not offered', 'skipped'),
  tried('a/three: not offered', 'skipped'),
]

test('each case is counted once, with its mode or its reason', () => {
  const accounts = accountFor([CASES], passing)
  expect(accountText(accounts, { modes: true })).toBe(
    `file   cases  passed  skipped  failed  unaccounted
flink      4       2        2       0            0
all        4       2        2       0            0

Skipped, and why
  flink
    not offered
      two#2
      three

Passed, and how it was run
  flink
    as it stands
      one
    by another name
      two
`,
  )
  expect(isComplete(accounts)).toBe(true)
  const sum = 'All 4 cases are accounted for: 2 passed, 2 were skipped for the reasons above.'
  expect(verdictText(accounts)).toBe(`\n${sum}\n`)
})

test('a case that one test skips and another runs has run', () => {
  const twice = [...passing, tried('a/three: another mode', 'passed')]
  expect(accountFor([CASES], twice)[0]?.cases[3]).toEqual({
    id: 'a/three',
    verdict: 'passed',
    note: 'another mode',
  })
})

test('a case that fails in one of its tests has failed, and the folder is not done', () => {
  const failed = [...passing, tried('a/one: another mode', 'failed', ['Error: 1 is not 2\n  at'])]
  const accounts = accountFor([CASES], failed)
  expect(accounts[0]?.cases[0]).toMatchObject({ verdict: 'failed', note: 'Error: 1 is not 2' })
  expect(isComplete(accounts)).toBe(false)
  expect(verdictText(accounts)).toContain('Of 4 cases 1 failed and 0 are not accounted for.')
})

test('a case that no test is about, or that is skipped without a word, is not accounted for', () => {
  const silent = [tried('a/one', 'skipped'), ...passing.slice(1, 3)]
  const accounts = accountFor([CASES], silent)
  expect(accountText(accounts)).toContain(
    `Unaccounted
  flink
    skipped without a reason
      one
    no test is about it
      three
`,
  )
  expect(isComplete(accounts)).toBe(false)
})

test('the tests of another file do not count, and no file at all is not done', () => {
  const other = passing.map((result) => ({ ...result, ancestorTitles: ['conformance kafka'] }))
  expect(isComplete(accountFor([CASES], other))).toBe(false)
  expect(isComplete([])).toBe(false)
})

test('a page whose table counts otherwise is told which rows it should have', () => {
  const accounts = accountFor([CASES], passing)
  const page = '# Cases\n| flink | 4 | 2 | 2 | about |\n| all | 4 | 1 | 3 | |\n'
  expect(rowsMissingFrom(page, accounts)).toEqual(['| all | 4 | 2 | 2 |'])
})
