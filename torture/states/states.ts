/** Every kind of subject of the enumerator, in as many sizes and shapes as are asked for. */

import { seededRandom } from '../../packages/engine/src/testing/index.ts'
import { checkpointSubject } from './checkpoint-subject.ts'
import { enumerateStates, type StatesReport } from './enumerate.ts'
import { logSubject } from './log-subject.ts'
import type { Subject } from './subject.ts'

/** Each gives another piece of work for each seed. */
export const SUBJECTS = { checkpoints: randomCheckpoints, log: randomLog } as const

function randomCheckpoints(seed: number): Subject {
  const random = seededRandom(seed)
  const work = {
    seed,
    checkpoints: random.integer(6, 14),
    valueBytes: random.pick([0, 3, 40, 700]),
    changesMax: random.integer(0, 4),
    retained: random.integer(1, 4),
  }
  return checkpointSubject(`checkpoints, seed ${seed}`, work)
}

function randomLog(seed: number): Subject {
  const random = seededRandom(seed)
  const work = {
    seed,
    steps: random.integer(4, 10),
    valueBytes: random.pick([1, 40, 700]),
    segmentBytes: random.pick([4096, 4096, 1_000_000]),
  }
  return logSubject(`the log, seed ${seed}`, work)
}

export interface TriedStates {
  readonly crashStates: number
  readonly damageStates: number
  /** See `StatesReport`. */
  readonly repeated: number
  readonly refused: number
  readonly faults: number
}

export interface TriedStatesOptions {
  readonly seed: number
  readonly statesMin: number
  /** Asked between the states. */
  isOver(): boolean
}

/** Goes on with further seeds until so many states have been tried, or there are faults. */
export async function tryStates(
  { seed, statesMin, isOver }: TriedStatesOptions,
  report: (one: StatesReport) => void,
): Promise<TriedStates> {
  let [crashStates, damageStates, repeated, refused, faults] = [0, 0, 0, 0, 0]
  const goesOn = () => crashStates + damageStates < statesMin && faults === 0 && !isOver()
  for (let next = seed; goesOn(); next++) {
    for (const subject of Object.values(SUBJECTS)) {
      if (isOver()) break
      const result = await enumerateStates(subject(next), {
        seed: next,
        combinationsMax: 6000,
        throws: 600,
        recoveryEvery: 5,
        damageEvery: 1,
        isOver,
      })
      crashStates += result.crashStates
      damageStates += result.damageStates
      repeated += result.repeated
      refused += result.refused
      faults += result.faults.length
      report(result)
    }
  }
  return { crashStates, damageStates, repeated, refused, faults }
}
