/** Checks that commands which run some of the tests find them. */

import path from 'node:path'
import { expect, test } from 'vitest'
import { packageSources, testFilesThatCall } from './test-files.mjs'

const PACKAGES = ['connectors', 'engine', 'operators', 'pipeline', 'storage']

test('every package is looked through, and nothing that lies beside them', () => {
  const found = packageSources().map((source) => path.basename(path.dirname(source)))
  expect(found.toSorted()).toEqual(PACKAGES)
})

test('tests are found by what they call, in whatever package and folder', () => {
  const cases = testFilesThatCall(packageSources(), /conformanceTests/)
  expect(cases).toContain(path.join('packages', 'engine', 'src', 'valve.test.ts'))
  expect(cases).toContain(path.join('packages', 'operators', 'src', 'joins', 'conformance.test.ts'))
  expect(testFilesThatCall(packageSources(), /nobodyCallsThis\d/)).toEqual([])
})
