/**
 * Random live pipelines over the real catalogue, with idle partitions, windows that go by the
 * clock, pauses, and clocks that jump: a recording replays to the last watermark what the job has
 * shown. `MILLRACE_RECORDINGS` tries another number of seeds than usual.
 */

import { expect, test } from 'vitest'
import { recordAndReplay } from './recorded-run.ts'

const SEEDS = Number(process.env.MILLRACE_RECORDINGS ?? 40)
const FIRST = Number(process.env.MILLRACE_FIRST_SEED ?? 1)

test(`${SEEDS} random live jobs are replayed as they ran`, async () => {
  const seen = new Map<string, number>()
  const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1)
  for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
    const run = await recordAndReplay(seed)
    if (run === undefined) continue
    const { recorded, replayed, stored, turns, ended } = run
    // What leaves in the turn in which a job fails depends on slices, and is never committed.
    if (ended === 'failed') continue
    expect(replayed, `seed ${seed}`).toEqual(recorded)
    for (const kind of new Set(turns.map((turn) => turn.kind))) count(kind)
    count(`job ${ended}`)
    count(stored.head.fromCheckpoint ? 'from a checkpoint' : 'from the start')
    for (const shown of recorded.values()) if (shown.length > 0) count('output')
  }
  if (SEEDS < 40) return
  for (const what of ['records', 'idle', 'tick', 'end', 'from a checkpoint', 'from the start']) {
    expect(seen.get(what) ?? 0, what).toBeGreaterThan(SEEDS / 20)
  }
  expect(seen.get('output')).toBeGreaterThan(SEEDS)
})
