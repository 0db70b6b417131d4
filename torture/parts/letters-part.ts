/** Random jobs whose dead letters are corrected and sent in again. */

import { runLetters } from '../letters/letter-run.ts'
import { watchSeeds } from '../seed-watch.ts'
import { againText, overAfter, type PartOptions, type PartResult, print } from './part.ts'

const FAULTS_SHOWN = 8
/** Seeds are run in portions, so that there is something to see. */
const PORTION = 100
const RUNS_TO_REACH_ALL = 500
const REACHED = [
  ...['replayLetter', 'replayLetters', 'discardLetters', 'restoreLetters'],
  ...['a job that goes on from another', 'a job that goes back'],
  'a job that goes on with a history that was gone back from',
  ...['a life that ends crashed', 'a life that ends failed', 'a life that ends stopped'],
]

export async function tortureLetters(
  { seed, secondsMax }: PartOptions,
  count: number,
): Promise<PartResult> {
  const isOver = overAfter(secondsMax)
  const watch = watchSeeds({
    line: (fault) => `\nSEED={seed}\n  ${fault}\n${againText('letters --seed {seed} --seeds 1')}\n`,
  })
  const reached = new Set<string>()
  let [runs, lives, acts] = [0, 0, 0]
  while (runs < count && !isOver()) {
    const next = seed + runs
    watch.begin(next)
    const outcome = await runLetters(next)
    runs++
    lives += outcome.lives
    acts += outcome.acts
    for (const state of outcome.reached) reached.add(state)
    if (runs % PORTION === 0) print(`up to seed ${next}: ${runs} runs, ${lives} lives, 0 failed`)
    if (outcome.faults.length === 0) continue
    await watch.close()
    print(`\nSEED=${next} node=${process.versions.node}`)
    for (const fault of outcome.faults.slice(0, FAULTS_SHOWN)) print(`  ${fault}`)
    print(againText(`letters --seed ${next} --seeds 1`))
    return { ok: false, tried: runs, summary: `${runs} jobs with dead letters: seed ${next} fails` }
  }
  await watch.close()
  const missing = runs < RUNS_TO_REACH_ALL ? [] : REACHED.filter((state) => !reached.has(state))
  for (const state of missing) print(`  NEVER REACHED: ${state}`)
  const summary =
    `${runs} jobs with dead letters (seeds ${seed} to ${seed + runs - 1}), ${lives} lives, ` +
    `${acts} times letters were sent in, discarded or taken back: 0 failed`
  return { summary, ok: missing.length === 0, tried: runs }
}
