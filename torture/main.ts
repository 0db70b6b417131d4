/** What `pnpm torture` runs, and what it prints. */

import { parseArgs } from 'node:util'
import type { StatesReport } from './states/enumerate.ts'
import { tryStates } from './states/states.ts'

const USAGE = `pnpm torture states [--seed N] [--states K]    crash states of everything that is stored
`

/** Returns the exit code: 1 where a fault was found, 2 where it was not understood. */
export async function torture(asked: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...asked],
    allowPositionals: true,
    options: { seed: { type: 'string' }, states: { type: 'string' } },
  })
  const seed = Number(values.seed ?? 1)
  const statesMin = Number(values.states ?? 1_000_000)
  if (![seed, statesMin].every((value) => Number.isSafeInteger(value) && value >= 1)) {
    return refuse('Seeds and numbers of states are whole numbers from 1.')
  }
  const [what] = positionals
  if (what === 'states') return trySomeStates(statesMin, seed)
  return refuse(`There is no "${what ?? ''}".`)
}

async function trySomeStates(statesMin: number, seed: number): Promise<number> {
  const startedMs = performance.now()
  const { states, faults } = await tryStates(statesMin, seed, (report) => {
    print(statesText(report))
  })
  const seconds = (performance.now() - startedMs) / 1000
  const rate = Math.round(states / seconds)
  print(
    `${states} states in ${seconds.toFixed(1)} s, ${rate} states/s, ${faults} wrong recoveries.`,
  )
  return faults === 0 ? 0 : 1
}

function statesText(report: StatesReport): string {
  const { subject, operations, crashStates, damageStates, refused, faults } = report
  const counts =
    `${operations} operations, ${crashStates} states after crashes, ` +
    `${damageStates} after damage (${refused} refused by name)`
  return [`${subject}: ${counts}`, ...faults.map((fault) => `  WRONG ${fault}`)].join('\n')
}

function refuse(fact: string): number {
  process.stderr.write(`${fact}\n${USAGE}`)
  return 2
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
