/** Looks for a bug in one arena, seed after seed; what a planted bundle runs. */

import { CATALOGUE } from '../jobs/catalogue.ts'
import { Simulator } from '../jobs/simulate.ts'
import { runLetters } from '../letters/letter-run.ts'
import { recordingFaults } from '../recordings/recorded-run.ts'
import { watchSeeds } from '../seed-watch.ts'
import { enumerateStates } from '../states/enumerate.ts'
import { SUBJECTS } from '../states/states.ts'
import type { Arena } from './bugs.ts'

export interface Found {
  readonly seed: number
  readonly fault: string
}

const FEW = { combinationsMax: 24, throws: 6, recoveryEvery: 5, damageEvery: 41 }

/** A seed of crash states is some thousands of them, and counts as so many runs of jobs. */
const SEEDS_OF_JOBS = 100

/** Of a few thousand states. */
const STATES_CPU_SECONDS_MAX = 200

/** A line of what a search prints: each seed as it begins, and at the end what was found. */
export interface Printed {
  readonly seed?: number
  readonly found?: Found | null
}

export interface Search {
  readonly arena: Arena
  readonly seedsMax: number
  /** The seed to begin with, if it is one of them. */
  readonly first?: number | undefined
}

/** The first seed up to `seedsMax` that shows something is the last one. */
export async function printSearch(asked: Search): Promise<void> {
  const print = (what: Printed) => process.stdout.write(`${JSON.stringify(what)}\n`)
  const watch = watchSeeds({
    ...(isOfStates(asked.arena) ? { cpuSecondsMax: STATES_CPU_SECONDS_MAX } : {}),
    line: (fault) => `{"found":{"seed":{seed},"fault":${JSON.stringify(fault)}}}\n`,
  })
  const onSeed = (seed: number) => {
    watch.begin(seed)
    print({ seed })
  }
  print({ found: (await search(asked, onSeed)) ?? null })
  await watch.close()
}

function isOfStates(arena: Arena): arena is 'checkpoints' | 'log' {
  return arena === 'checkpoints' || arena === 'log'
}

async function search(
  { arena, seedsMax, first }: Search,
  onSeed: (seed: number) => void,
): Promise<Found | undefined> {
  const faultsOf = faultsIn(arena)
  const last = isOfStates(arena) ? Math.ceil(seedsMax / SEEDS_OF_JOBS) : seedsMax
  for (const seed of seedsUpTo(last, first)) {
    onSeed(seed)
    const [fault] = await faultsOf(seed)
    if (fault !== undefined) return { seed, fault }
  }
  return undefined
}

function* seedsUpTo(last: number, first: number | undefined): Generator<number> {
  if (first !== undefined && first <= last) yield first
  for (let seed = 1; seed <= last; seed++) yield seed
}

export function faultsIn(arena: Arena): (seed: number) => Promise<readonly string[]> {
  if (arena === 'recordings') return recordingFaults
  if (arena === 'letters') return async (seed) => (await runLetters(seed)).faults
  if (isOfStates(arena)) return (seed) => statesFaults(arena, seed)
  const simulator = new Simulator(CATALOGUE, arena === 'jobs' ? undefined : arena)
  return async (seed) => (await simulator.run(seed)).faults
}

async function statesFaults(
  arena: 'checkpoints' | 'log',
  seed: number,
): Promise<readonly string[]> {
  return (await enumerateStates(SUBJECTS[arena](seed), { seed, ...FEW })).faults
}
