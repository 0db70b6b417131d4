/** What is said of dead letters before a job goes back. */

import { expect, test } from 'vitest'
import { lettersSince } from './letters-since.ts'

const OPEN_ASIDE = { from: 'open', to: 'discarded' } as const
const DONE_ASIDE = { from: 'done', to: 'discarded' } as const
const GIVEN = { from: 'done', to: 'open' } as const
const DISCARDED = { from: 'discarded', to: 'discarded' } as const
const HELD = { from: 'open', to: 'done' } as const

test.each([
  [[], []],
  [[HELD, DISCARDED], []],
  [[OPEN_ASIDE], ['1 dead letter refused since is put aside: its record is read again.']],
  [
    [OPEN_ASIDE, DONE_ASIDE, OPEN_ASIDE],
    [
      '3 dead letters refused since are put aside: their records are read again. What was ' +
        'accepted of them, 1 letter, has to be corrected again.',
    ],
  ],
  [[GIVEN], ['1 dead letter accepted since waits again, as it was corrected.']],
  [
    [OPEN_ASIDE, GIVEN, GIVEN],
    [
      '1 dead letter refused since is put aside: its record is read again.',
      '2 dead letters accepted since wait again, as they were corrected.',
    ],
  ],
])('of %j it is %j', (moved, sentences) => {
  expect(lettersSince(moved)).toEqual(sentences)
})
