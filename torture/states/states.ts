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
  readonly states: number
  readonly faults: number
}

/** Goes on with further seeds until so many states have been tried, or there are faults. */
export async function tryStates(
  statesMin: number,
  seed: number,
  report: (one: StatesReport) => void,
): Promise<TriedStates> {
  let states = 0
  let faults = 0
  for (let next = seed; states < statesMin && faults === 0; next++) {
    for (const subject of Object.values(SUBJECTS)) {
      const result = await enumerateStates(subject(next), {
        seed: next,
        combinationsMax: 600,
        throws: 60,
        recoveryEvery: 41,
        damageEvery: 1,
      })
      states += result.crashStates + result.damageStates
      faults += result.faults.length
      report(result)
    }
  }
  return { states, faults }
}
