/** Every code that config and document report is provoked by a test. */

import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const folders = ['config', 'document'].map((name) => new URL(`./${name}/`, import.meta.url))
const files = folders.flatMap((folder) => {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => ({ name, text: readFileSync(new URL(name, folder), 'utf8') }))
})

/**
 * `code: 'words'`, the first argument of functions that take a code, the results of those that give
 * one.
 */
const CODE =
  /(?:code: |code = |#add\(|#refuse\(|formatProblem\(\s*|\? |: |return )'([a-z]+(?:-[a-z]+)+)'/g
/** Other texts of the same form: operators, choices and widgets. */
const NOT_CODES = ['column-name', 'dead-letter', 'file-source']
const COMMENT = /\/\*\*[\s\S]*?\*\/|\/\/.*/g

const codes = files
  .filter(({ name }) => !name.endsWith('.test.ts'))
  .flatMap(({ text }) =>
    [...text.replaceAll(COMMENT, '').matchAll(CODE)].map((match) => match[1] ?? ''),
  )
const tests = files.filter(({ name }) => name.endsWith('.test.ts')).map(({ text }) => text)

test.each([...new Set(codes)].filter((code) => !NOT_CODES.includes(code)).sort())(
  '%s is provoked',
  (code) => {
    expect(tests.some((text) => new RegExp(`['"\`]${code}[ '"\`]`).test(text))).toBe(true)
  },
)

test('the codes are found in the source', () => {
  expect(codes).toEqual(
    expect.arrayContaining(['unknown-field', 'broken-json', 'needs-event-time']),
  )
})
