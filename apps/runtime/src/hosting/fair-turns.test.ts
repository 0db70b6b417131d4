/** Sharing a thread: by rounds, with debts, and with those first that have waited. */

import { seededRandom, VirtualEnv } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { FairTurns, type SharedTurns } from './fair-turns.ts'
import type { TurnTaker } from './turn-limits.ts'

/** A thread on which work takes as long as it says. */
function thread() {
  const env = new VirtualEnv()
  const marked: number[] = []
  const takers: TurnTaker[] = []
  const rounds: (() => void)[] = []
  const turns = new FairTurns({
    clock: env.clock,
    timers: { yield: (callback) => rounds.push(callback) },
    marker: {
      begin: (slot) => marked.push(slot),
      beginStart: (slot) => marked.push(-slot),
      end: () => marked.push(0),
    },
    limits: {
      of: (taker) => {
        takers.push(taker)
        return { ms: 500, shared: true }
      },
    },
  })
  /** One time through the loop, with what that set off. */
  const goRound = async () => {
    for (const round of rounds.splice(0)) round()
    for (let settled = 0; settled < 5; settled++) await Promise.resolve()
  }
  return { env, turns, marked, takers, goRound }
}

/** Computes on and on: as long as its slice, or longer. */
async function computes(
  env: VirtualEnv,
  job: SharedTurns,
  usedMs: number[],
  takes: (sliceMs: number) => number,
): Promise<void> {
  for (;;) {
    await job.take((sliceMs) => {
      const tookMs = takes(sliceMs)
      usedMs[job.slot] = (usedMs[job.slot] ?? 0) + tookMs
      env.advance(tookMs)
    })
  }
}

test.each([1, 2, 3])('jobs with turns of any length get the same time, seed %i', async (seed) => {
  const { env, turns, goRound } = thread()
  const random = seededRandom(seed)
  const usedMs: number[] = []
  for (let slot = 0; slot < 6; slot++) {
    const overrunMs = random.next() * 60
    void computes(env, turns.join(slot), usedMs, (sliceMs) => sliceMs + overrunMs)
  }
  for (let round = 0; round < 3_000; round++) await goRound()
  const least = Math.min(...usedMs)
  expect(least).toBeGreaterThan(1_000)
  // What a job may be ahead is one turn of its own and one share.
  expect(Math.max(...usedMs) - least).toBeLessThan(2 * 67)
})

test('a job that has waited comes before those that compute, and goes behind once it computes', async () => {
  const { env, turns, goRound } = thread()
  const usedMs: number[] = []
  for (let slot = 0; slot < 20; slot++) {
    void computes(env, turns.join(slot), usedMs, (sliceMs) => sliceMs)
  }
  const light = turns.join(99)
  for (let round = 0; round < 50; round++) await goRound()
  const waits: number[] = []
  for (let record = 0; record < 100; record++) {
    const askedAtMs = env.clock.monotonicMs()
    const done = light.take(() => {
      waits.push(env.clock.monotonicMs() - askedAtMs)
      env.advance(0.2)
    })
    await goRound()
    await done
    for (let round = 0; round < 3; round++) await goRound()
  }
  // It never waits for a whole round over the twenty.
  expect(waits).toHaveLength(100)
  expect(Math.max(...waits)).toBeLessThan(5)
})

test('slices are shorter where many compute, so a round stays short', async () => {
  const { env, turns, goRound } = thread()
  const slices: number[] = []
  for (let slot = 0; slot < 10; slot++) {
    void computes(env, turns.join(slot), [], (sliceMs) => {
      slices.push(sliceMs)
      return sliceMs
    })
  }
  for (let round = 0; round < 20; round++) await goRound()
  expect(Math.max(...slices.slice(10))).toBeLessThan(3)
  const alone = thread()
  const own: number[] = []
  void computes(alone.env, alone.turns.join(1), [], (sliceMs) => {
    own.push(sliceMs)
    return sliceMs
  })
  for (let round = 0; round < 3; round++) await alone.goRound()
  expect(own).toEqual([7, 7, 7])
})

test('whose turn it is is marked before it begins, and nobody when the thread is given back', async () => {
  const { turns, marked, goRound } = thread()
  const [first, second] = [turns.join(5), turns.join(6)]
  first.start(() => marked.push(-100))
  void first.take(() => marked.push(100))
  void second.take(() => marked.push(200))
  await goRound()
  expect(marked).toEqual([-5, -100, 0, 5, 100, 6, 200, 0])
})

test('the limit of a turn goes by who takes it, and by how long that one is there', async () => {
  const { env, turns, takers, goRound } = thread()
  const fresh = turns.join(1, { probationMs: 10_000, nodeCount: 3 })
  const known = turns.join(2, { patient: true })
  const turn = async (job: SharedTurns) => {
    void job.take(() => {})
    await goRound()
    return takers.at(-1)
  }
  const first = { patient: false, nodeCount: 3 }
  expect(await turn(fresh)).toEqual({ ...first, isOnProbation: true })
  expect(await turn(known)).toEqual({ patient: true, isOnProbation: false, nodeCount: 0 })
  env.advance(9_999)
  expect(await turn(fresh)).toEqual({ ...first, isOnProbation: true })
  env.advance(1)
  expect(await turn(fresh)).toEqual({ ...first, isOnProbation: false })
})

test('what a turn throws is for whoever asked, and the others go on', async () => {
  const { turns, goRound } = thread()
  const failed = turns.join(1).take(() => {
    throw new Error('This turn has failed.')
  })
  const other = turns.join(2).take(() => 'done')
  await Promise.all([expect(failed).rejects.toThrow('This turn has failed.'), goRound()])
  expect(await other).toBe('done')
})
