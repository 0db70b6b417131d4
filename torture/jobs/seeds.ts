/** Runs seed after seed, and keeps what came of them. */

import type { Outcome } from './faulty-run.ts'
import type { Simulator } from './simulate.ts'

/** Of so many seeds, one is run twice, and both runs must be the same to the last operation. */
const TWICE_EVERY = 100

export interface SeedsReport {
  readonly runs: number
  readonly slices: number
  readonly lives: number
  /** What went wrong, all in all. */
  readonly faultsHappened: number
  readonly seconds: number
  /** Of the processor, which what else the machine does makes hardly longer. */
  readonly cpuSeconds: number
  /** How often each state was come through. */
  readonly reached: ReadonlyMap<string, number>
  readonly failed: readonly Outcome[]
}

export interface SeedsOptions {
  readonly from: number
  readonly count: number
  /** Ends earlier when so much real time has passed. */
  readonly secondsMax?: number
  /** Ends earlier when so many seeds have failed. */
  readonly failedMax?: number
  /** Told of each as it begins. */
  onSeed?(seed: number): void
}

export async function runSeeds(
  simulator: Simulator,
  { from, count, secondsMax = Number.POSITIVE_INFINITY, failedMax = 5, onSeed }: SeedsOptions,
): Promise<SeedsReport> {
  const startedMs = performance.now()
  const before = process.cpuUsage()
  const seconds = () => (performance.now() - startedMs) / 1000
  const reached = new Map<string, number>()
  const failed: Outcome[] = []
  let [runs, slices, lives, faultsHappened] = [0, 0, 0, 0]
  for (let seed = from; seed < from + count && failed.length < failedMax; seed++) {
    if (seconds() > secondsMax) break
    onSeed?.(seed)
    const outcome = await runOnce(simulator, seed)
    runs++
    slices += outcome.slices
    lives += outcome.lives
    faultsHappened += outcome.faultsHappened
    for (const state of outcome.reached) reached.set(state, (reached.get(state) ?? 0) + 1)
    if (outcome.faults.length > 0) failed.push(outcome)
  }
  const { user, system } = process.cpuUsage(before)
  const spent = { seconds: seconds(), cpuSeconds: (user + system) / 1e6 }
  return { runs, slices, lives, faultsHappened, ...spent, reached, failed }
}

async function runOnce(simulator: Simulator, seed: number): Promise<Outcome> {
  const outcome = await simulator.run(seed)
  if (seed % TWICE_EVERY !== 0) return outcome
  const again = await simulator.run(seed)
  if (again.hash === outcome.hash) return outcome
  const fault = `The second run of the seed went another way: ${outcome.hash}, ${again.hash}.`
  return { ...outcome, faults: [...outcome.faults, fault] }
}
