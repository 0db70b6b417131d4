/**
 * Other engines' own cases of joins, which lie beside the repository and are used where they are
 * there.
 */

import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  type CaseResult,
  flinkIntervalCase,
  foreignKeyCase,
  streamStreamCase,
  streamTableCase,
  tableTableCase,
} from './testing/conformance-cases.ts'
import { flinkProgramCase } from './testing/flink-program-cases.ts'

const folder = new URL('../../../../../shared/conformance/', import.meta.url)
const absent = !existsSync(folder)

function resultsOf<Case>(file: string, run: (one: Case) => CaseResult): readonly CaseResult[] {
  const text = readFileSync(new URL(`${file}.json`, folder), 'utf8')
  const { cases } = JSON.parse(text) as { readonly cases: readonly Case[] }
  return cases.map(run)
}

test.skipIf(absent).each([
  ['kafka-stream-stream-join', streamStreamCase, 34, 3],
  ['kafka-stream-table-join', streamTableCase, 5, 0],
  ['kafka-table-table-join', tableTableCase, 3, 7],
  ['kafka-fk-join', foreignKeyCase, 12, 0],
  ['flink-interval-join', flinkIntervalCase, 14, 0],
  ['flink-tvf-and-restore', flinkProgramCase, 9, 11],
] as const)('%s agrees or says why not', (file, run, passed, skipped) => {
  const results = resultsOf(file, run as (one: unknown) => CaseResult)
  expect(results.filter(({ verdict }) => verdict === 'failed')).toEqual([])
  const count = (verdict: CaseResult['verdict']) =>
    results.filter((result) => result.verdict === verdict).length
  expect([count('passed'), count('skipped')]).toEqual([passed, skipped])
})
