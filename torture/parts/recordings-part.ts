/** Random live jobs that are recorded and replayed. */

import { isDeepStrictEqual } from 'node:util'
import { recordAndReplay } from '../recordings/recorded-run.ts'
import { againText, overAfter, type PartOptions, type PartResult, print } from './part.ts'

const FAULTS_MAX = 5

export async function tortureRecordings(
  { seed, secondsMax }: PartOptions,
  count: number,
): Promise<PartResult> {
  const isOver = overAfter(secondsMax)
  let [jobs, replayed, faults] = [0, 0, 0]
  while (jobs < count && !isOver() && faults < FAULTS_MAX) {
    const run = await recordAndReplay(seed + jobs)
    jobs++
    // What leaves in the turn in which a job fails depends on slices, and is never committed.
    if (run === undefined || run.ended === 'failed') continue
    replayed++
    if (isDeepStrictEqual(run.replayed, run.recorded)) continue
    faults++
    const wrong = seed + jobs - 1
    print(`  WRONG recording ${wrong}: its replay shows something else.`)
    print(againText(`recordings --seed ${wrong} --seeds 1`))
  }
  const summary =
    `${jobs} live jobs recorded (seeds ${seed} to ${seed + jobs - 1}), ${replayed} replayed: ` +
    `${faults} differ`
  return { summary, ok: faults === 0, tried: replayed }
}
