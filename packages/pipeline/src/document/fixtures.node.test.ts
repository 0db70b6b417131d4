/** Every version of the format that was ever written can still be read. */

import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { checkPipeline } from './check.ts'
import { FORMAT_VERSION } from './migrate.ts'
import { parseDocument } from './parse.ts'
import { testRegistry } from './testing/operators.ts'
import { writeDocument } from './write.ts'

const folder = new URL('./fixtures/', import.meta.url)
const versions = Array.from({ length: FORMAT_VERSION }, (_, index) => index + 1)

test('there is a fixture for every version and nothing else', () => {
  expect(readdirSync(folder).sort()).toEqual(versions.map((n) => `millrace-${n}.json`).sort())
})

test.each(versions)(
  'the fixture of millrace/%i is read and checked without a problem',
  (version) => {
    const { pipeline, problems } = parseDocument(fixture(version))
    expect(problems).toEqual([])
    expect(pipeline && checkPipeline(pipeline, testRegistry).problems).toEqual([])
  },
)

test('the fixture of the current version is canonical', () => {
  const text = fixture(FORMAT_VERSION)
  const { pipeline } = parseDocument(text)
  expect(pipeline && writeDocument(pipeline)).toBe(text)
})

function fixture(version: number): string {
  return readFileSync(new URL(`millrace-${version}.json`, folder), 'utf8')
}
