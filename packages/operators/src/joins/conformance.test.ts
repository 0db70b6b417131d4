/**
 * Other engines' own cases of joins, which lie beside the repository and are used where they are
 * there. One test a case: its name says in which mode of ours it ran, or why it was left out.
 */

import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
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

interface Given {
  readonly id: string
}

function conformanceTests<Case extends Given>(
  file: string,
  run: (one: Case) => CaseResult,
  counts: { readonly passed: number; readonly skipped: number },
  isOurs: (one: Given) => boolean = () => true,
): void {
  const url = new URL(`${file}.json`, folder)
  // The cases lie beside the repository, and a clone of it alone has none.
  describe.skipIf(!existsSync(url))(`conformance ${file}`, () => {
    if (!existsSync(url)) return
    const { cases } = JSON.parse(readFileSync(url, 'utf8')) as { readonly cases: readonly Case[] }
    const results = cases.filter(isOurs).map(run)
    for (const { id, verdict, note } of results) {
      const name = `${id}: ${note}`
      // The name says why.
      test.skipIf(verdict === 'skipped')(name, () => expect(verdict).toBe('passed'))
    }

    test('has as many cases as are known', () => {
      const count = (verdict: string) => results.filter((one) => one.verdict === verdict).length
      expect({ passed: count('passed'), skipped: count('skipped') }).toEqual(counts)
    })
  })
}

conformanceTests('kafka-stream-stream-join', streamStreamCase, { passed: 34, skipped: 3 })
conformanceTests('kafka-stream-table-join', streamTableCase, { passed: 5, skipped: 0 })
conformanceTests('kafka-table-table-join', tableTableCase, { passed: 3, skipped: 7 })
conformanceTests('kafka-fk-join', foreignKeyCase, { passed: 12, skipped: 0 })
conformanceTests('flink-interval-join', flinkIntervalCase, { passed: 14, skipped: 0 })
conformanceTests(
  'flink-tvf-and-restore',
  flinkProgramCase,
  { passed: 9, skipped: 0 },
  // The others aggregate, and are run with the windows.
  ({ id }) => id.includes('Join'),
)
