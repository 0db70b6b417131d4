/** Crash states of everything that is stored. */

import type { StatesReport } from '../states/enumerate.ts'
import { tryStates } from '../states/states.ts'
import { againText, overAfter, type PartOptions, type PartResult, print } from './part.ts'

export async function tortureStates(
  { seed, secondsMax }: PartOptions,
  statesMin: number,
): Promise<PartResult> {
  const startedMs = performance.now()
  let last = seed
  const startedCpu = process.cpuUsage()
  const options = { statesMin, seed, isOver: overAfter(secondsMax) }
  const tried = await tryStates(options, (report) => {
    last = report.seed
    print(statesText(report))
  })
  const { crashStates, damageStates, repeated, refused, faults } = tried
  const seconds = (performance.now() - startedMs) / 1000
  const { user, system } = process.cpuUsage(startedCpu)
  const states = crashStates + damageStates
  const summary =
    `${states} crash states (seeds ${seed} to ${last}), each unlike the others, in ${seconds.toFixed(0)} s, ` +
    `${((user + system) / 1e6).toFixed(0)} s of CPU time (${crashStates} after crashes; ` +
    `${damageStates} after damage, ${refused} of them refused by name; ` +
    `${repeated} more were the same as one of them): ${faults} wrong`
  return { summary, ok: faults === 0, tried: states }
}

function statesText(report: StatesReport): string {
  const { subject, seed, operations, crashStates, damageStates, repeated, refused, faults } = report
  const counts =
    `${operations} operations, ${crashStates} states after crashes, ` +
    `${damageStates} after damage (${refused} refused by name), ${repeated} the same again`
  const wrong = faults.map((fault) => `  WRONG ${fault}`)
  if (wrong.length > 0) wrong.push(againText(`states --seed ${seed} --states 1`))
  return [`${subject}: ${counts}`, ...wrong].join('\n')
}
