/**
 * Dead letters are corrected, sent in, discarded and taken back while much goes wrong: each record
 * that was refused is in one place in the end. `MILLRACE_LETTERS` tries another number of seeds.
 */

import { expect, test } from 'vitest'
import { runLetters } from './letter-run.ts'

const SEEDS = Number(process.env.MILLRACE_LETTERS ?? 25)
/**
 * They have shown faults: a topic half made, a request not written, an outcome told late, a letter
 * sent in before that was told, one whose last refusal had been gone back from before that was
 * told. The first two did before going back changed what they try.
 */
const SHOWN = [20, 124, 1479, 1899, 6581]

test(`of ${SEEDS} jobs each refused record waits, is discarded, or was accepted once`, async () => {
  const seeds = [...Array.from({ length: SEEDS }, (_, index) => index + 1), ...SHOWN]
  const reached = new Set<string>()
  for (const seed of seeds) {
    const outcome = await runLetters(seed)
    expect(outcome.faults, `seed ${seed}`).toEqual([])
    for (const state of outcome.reached) reached.add(state)
  }
  for (const what of ['replayLetter', 'discardLetters', 'restoreLetters']) {
    expect(reached).toContain(what)
  }
  expect(reached).toContain('a life that ends crashed')
  expect(reached).toContain('a job that goes back')
})
