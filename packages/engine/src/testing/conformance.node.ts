/**
 * Runs other engines' own cases, which lie in a folder beside the repository and are used where
 * they are there. Each case is one test, named `conformance <file> <id>` and, behind a colon, the
 * mode of ours in which it runs or the reason why it does not. `pnpm conformance` counts by these
 * names.
 */

import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { CaseResult, Trial } from './conformance-case.ts'

interface Given {
  readonly id: string
}

export interface ConformanceFile<Case> {
  /** Its name, without the ending. */
  readonly file: string
  /** How many there are, and how many of them do not run: a new reason to skip is seen here. */
  readonly cases: number
  readonly skipped: number
  /** Which of the file's cases are tried here; all where it is not said. */
  isOurs?(id: string): boolean
  trial(given: Case): Trial
}

/** MILLRACE_CONFORMANCE names another folder. */
function folder(): URL {
  const named = process.env.MILLRACE_CONFORMANCE
  if (named === undefined) return new URL('../../../../../shared/conformance/', import.meta.url)
  return pathToFileURL(named.endsWith('/') ? named : `${named}/`)
}

export function conformanceTests<Case extends Given>(tests: ConformanceFile<Case>): void {
  const { file, isOurs = () => true } = tests
  const url = new URL(`${file}.json`, folder())
  if (!existsSync(url)) {
    const reason = `its cases are not at ${fileURLToPath(url)}`
    process.stderr.write(`\nNOT RUN: conformance ${file}, since ${reason}\n`)
    // The name says why.
    describe(`conformance ${file}`, () => test.skip(`all cases: NOT RUN, since ${reason}`))
    return
  }
  const { cases } = JSON.parse(readFileSync(url, 'utf8')) as { readonly cases: readonly Case[] }
  const trials = cases
    .filter(({ id }) => isOurs(id))
    .map((given) => ({ id: given.id, trial: trialOf(tests, given) }))
  describe(`conformance ${file}`, () => {
    for (const { id, trial } of trials) {
      // The name says why.
      if ('skipped' in trial) test.skip(`${id}: ${trial.skipped}`)
      else test(trial.mode === undefined ? id : `${id}: ${trial.mode}`, () => trial.run())
    }

    test('has as many cases as are known, and skips no others', () => {
      const skipped = trials.filter(({ trial }) => 'skipped' in trial).length
      expect({ cases: trials.length, skipped }).toEqual({
        cases: tests.cases,
        skipped: tests.skipped,
      })
    })
  })
}

/** A case that cannot even be prepared fails as the test that it is. */
function trialOf<Case>(tests: ConformanceFile<Case>, given: Case): Trial {
  try {
    return tests.trial(given)
  } catch (error) {
    return {
      run: () => {
        throw error
      },
    }
  }
}

/** Tries a case with `run`, unless there is a reason, by id, why it is not. */
export function trialUnless<Case extends Given>(
  skipped: ReadonlyMap<string, string>,
  run: (given: Case) => void,
): (given: Case) => Trial {
  return (given) => {
    const reason = skipped.get(given.id)
    return reason === undefined ? { run: () => run(given) } : { skipped: reason }
  }
}

/** For cases that say themselves what came of them; of one that differs, the name says how. */
export function trialOfResult({ verdict, note }: CaseResult): Trial {
  if (verdict === 'skipped') return { skipped: note }
  return { mode: note, run: () => expect(verdict).toBe('passed') }
}
