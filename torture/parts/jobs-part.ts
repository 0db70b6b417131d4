/** Random jobs, seed after seed. */

import { CATALOGUE } from '../jobs/catalogue.ts'
import type { Outcome } from '../jobs/faulty-run.ts'
import { missingStates, REACHABLE_STATES } from '../jobs/reachable-states.ts'
import { runSeeds, type SeedsReport } from '../jobs/seeds.ts'
import { shrink } from '../jobs/shrink.ts'
import { type Scenario, Simulator } from '../jobs/simulate.ts'
import type { Variant } from '../jobs/twist.ts'
import { watchSeeds } from '../seed-watch.ts'
import { againText, type PartOptions, type PartResult, print } from './part.ts'

/** With fewer runs, a state that is hard to reach may be missing by chance. */
const RUNS_TO_REACH_ALL = 2000
/** Seeds are run in portions, so that there is something to see. */
const PORTION = 1000
/** A failure is looked at with stacks, which cost more than the rest of an error. */
const STACK_LINES = 10
const SAID = { moves: 'moved between engine hosts', edits: 'with edited pipelines' }

export async function tortureJobs(
  { seed, secondsMax }: PartOptions,
  count: number,
  variant?: Variant,
): Promise<PartResult> {
  const simulator = new Simulator(CATALOGUE, variant)
  const reached = new Map<string, number>()
  let [runs, lives, seconds, cpuSeconds, faults] = [0, 0, 0, 0, 0]
  const watch = watchSeeds({
    line: (fault) => `\nSEED={seed}\n  ${fault}\n${againOf(variant, '{seed}')}\n`,
  })
  while (runs < count && seconds < secondsMax) {
    const report = await runSeeds(simulator, {
      from: seed + runs,
      count: Math.min(PORTION, count - runs),
      secondsMax: secondsMax - seconds,
      failedMax: 1,
      onSeed: (next) => watch.begin(next),
    })
    runs += report.runs
    lives += report.lives
    seconds += report.seconds
    cpuSeconds += report.cpuSeconds
    faults += report.faultsHappened
    for (const [state, times] of report.reached)
      reached.set(state, (reached.get(state) ?? 0) + times)
    print(portionText(report, seed + runs - 1))
    const [failed] = report.failed
    if (failed !== undefined) {
      await watch.close()
      await showFailure(simulator, failed, variant)
      return { ok: false, tried: runs, summary: `${runs} random jobs: seed ${failed.seed} fails` }
    }
  }
  await watch.close()
  // Seeds by the time of the processor: what else the machine does costs time, and no work of ours.
  const rate = Math.round((runs / cpuSeconds) * 3600)
  const summary =
    `${runs} random jobs${variant === undefined ? '' : `, ${SAID[variant]}`} (seeds ${seed} to ` +
    `${seed + runs - 1}), ${lives} lives, ${faults} faults, ` +
    `${rate} an hour of processor time: 0 failed`
  const ok = variant !== undefined || showReached(reached, runs)
  return { summary, ok, tried: runs }
}

function portionText({ runs, lives, ...report }: SeedsReport, last: number): string {
  const { seconds, cpuSeconds, failed } = report
  const took = `${seconds.toFixed(0)} s, ${cpuSeconds.toFixed(1)} s of the processor`
  return `up to seed ${last}: ${runs} runs, ${lives} lives, ${took}, ${failed.length} failed`
}

async function showFailure(
  simulator: Simulator,
  outcome: Outcome,
  variant: Variant | undefined,
): Promise<void> {
  Error.stackTraceLimit = STACK_LINES
  const scenario = await simulator.scenario(outcome.seed)
  print(`\nSEED=${outcome.seed} node=${process.versions.node}`)
  print(outcome.faults.map((fault) => `  ${fault}`).join('\n'))
  const smaller = await shrink(scenario, CATALOGUE, { variant })
  const again = await simulator.runScenario(smaller)
  print(`\nMade smaller:\n${again.faults.map((fault) => `  ${fault}`).join('\n')}`)
  print(scenarioText(smaller))
  print(againOf(variant, `${outcome.seed}`))
}

function againOf(variant: Variant | undefined, seed: string): string {
  return againText(`${variant ?? 'jobs'} --seed ${seed} --seeds 1`)
}

function scenarioText({ pipeline, faults }: Scenario): string {
  const files = [...pipeline.files].filter(([path]) =>
    JSON.stringify(pipeline.document.nodes).includes(`"${path}"`),
  )
  return [
    `pipeline: ${JSON.stringify(pipeline.document)}`,
    ...files.map(([path, text]) => `${path}:\n${text}`),
    `faults: ${JSON.stringify(faults)}`,
  ].join('\n')
}

/** Whether enough of the states were reached. */
function showReached(reached: ReadonlyMap<string, number>, runs: number): boolean {
  const missing = missingStates(reached)
  const found = REACHABLE_STATES.length - missing.length
  print(`${found} of ${REACHABLE_STATES.length} states that must be reached were.`)
  if (runs < RUNS_TO_REACH_ALL) return true
  const rare = REACHABLE_STATES.filter((state) => (reached.get(state) ?? 0) < runs / 1000)
  if (rare.length > 0)
    print(`Rarely: ${rare.map((one) => `${one} (${reached.get(one) ?? 0})`).join(', ')}.`)
  for (const state of missing) print(`  NEVER REACHED: ${state}`)
  return missing.length === 0
}
