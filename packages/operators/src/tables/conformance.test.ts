/**
 * Kafka's own cases of held-back updates, which lie beside the repository and are used where they
 * are there.
 */

import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type SuppressCase, suppressCase } from './testing/suppress-cases.ts'

const folder = new URL('../../../../../shared/conformance/', import.meta.url)
const absent = !existsSync(folder)

test.skipIf(absent)('kafka-suppress agrees or says why not', () => {
  const text = readFileSync(new URL('kafka-suppress.json', folder), 'utf8')
  const { cases } = JSON.parse(text) as { readonly cases: readonly SuppressCase[] }
  const results = cases.map(suppressCase)
  expect(results.filter(({ verdict }) => verdict === 'failed')).toEqual([])
  const count = (verdict: string) => results.filter((one) => one.verdict === verdict).length
  expect([count('passed'), count('skipped')]).toEqual([7, 3])
})
