/** What `pnpm torture` runs, and what it prints. */

import { parseArgs } from 'node:util'
import { killCycles, quantile } from './cycles/kill-cycles.ts'
import { CATALOGUE } from './jobs/catalogue.ts'
import { missingStates, REACHABLE_STATES } from './jobs/reachable-states.ts'
import { runSeeds, type SeedsReport } from './jobs/seeds.ts'
import { shrink } from './jobs/shrink.ts'
import { type Outcome, type Scenario, Simulator } from './jobs/simulate.ts'
import { killTable, type TableRow, tableText } from './kill/kill-table.ts'
import { whyNoTrace } from './kill/system-calls.ts'
import { PLANTED_BUGS, type PlantedBug } from './planted/bugs.ts'
import { plantedText, tryPlanted } from './planted/plant.ts'
import type { StatesReport } from './states/enumerate.ts'
import { tryStates } from './states/states.ts'

const USAGE = `pnpm torture [--seed N] [--seeds K] [--minutes M]   random jobs in which much goes wrong
pnpm torture states [--seed N] [--states K]         crash states of everything that is stored
pnpm torture planted [name] [--seeds K]             whether bugs planted into the sources are found
pnpm torture kills [--every K]                      a real job killed at each call it makes on files
pnpm torture cycles [--cycles K] [--minutes M]      a real server killed again and again under load
`
/** With fewer runs, a state that is hard to reach may be missing by chance. */
const RUNS_TO_REACH_ALL = 2000
const PLANTED_SEEDS_MAX = 10_000
const PLANTED_SHARE_MIN = 0.95
/** Seeds are run in portions, so that there is something to see. */
const PORTION = 1000

interface Asked {
  readonly what: string | undefined
  readonly name: string | undefined
  readonly seed: number
  readonly seeds: number | undefined
  readonly states: number
  readonly every: number
  readonly cycles: number
  readonly minutes: number | undefined
}

/** Returns the exit code: 1 where a fault was found, 2 where it was not understood. */
export async function torture(given: readonly string[], root: string): Promise<number> {
  const asked = parse(given)
  if (asked === undefined) {
    return refuse('Numbers are whole numbers from 1.')
  }
  if (asked.what === undefined) return tortureJobs(asked)
  if (asked.what === 'states') return tortureStates(asked)
  if (asked.what === 'planted') return searchPlanted(asked, root)
  if (asked.what === 'kills') return tortureKills(asked, root)
  if (asked.what === 'cycles') return tortureCycles(asked, root)
  return refuse(`There is no "${asked.what}" here.`)
}

function parse(given: readonly string[]): Asked | undefined {
  const text = { type: 'string' } as const
  const options = {
    seed: text,
    seeds: text,
    states: text,
    minutes: text,
    every: text,
    cycles: text,
  }
  const { values, positionals } = parseArgs({ args: [...given], allowPositionals: true, options })
  const number = (name: keyof typeof options) =>
    values[name] === undefined ? undefined : Number(values[name])
  const numbers = (['seed', 'seeds', 'states', 'minutes', 'every', 'cycles'] as const).map(number)
  if (numbers.some((one) => one !== undefined && !(Number.isSafeInteger(one) && one >= 1))) {
    return undefined
  }
  const [seed = 1, seeds, states = 1_000_000, minutes, every = 1, cycles = 500] = numbers
  const [what, name] = positionals
  return { what, name, seed, seeds, states, minutes, every, cycles }
}

// Jobs

async function tortureJobs({ seed, seeds, minutes }: Asked): Promise<number> {
  const count = seeds ?? (minutes === undefined ? PORTION : Number.POSITIVE_INFINITY)
  const secondsMax = (minutes ?? Number.POSITIVE_INFINITY) * 60
  const simulator = new Simulator(CATALOGUE)
  const reached = new Map<string, number>()
  let [runs, lives, seconds] = [0, 0, 0]
  while (runs < count && seconds < secondsMax) {
    const report = await runSeeds(simulator, {
      from: seed + runs,
      count: Math.min(PORTION, count - runs),
      secondsMax: secondsMax - seconds,
      failedMax: 1,
    })
    runs += report.runs
    lives += report.lives
    seconds += report.seconds
    for (const [state, times] of report.reached)
      reached.set(state, (reached.get(state) ?? 0) + times)
    print(portionText(report, seed + runs - 1))
    const [failed] = report.failed
    if (failed !== undefined) return showFailure(simulator, failed)
  }
  // What else the machine does costs time, and no work of ours.
  const { user, system } = process.cpuUsage()
  const rate = Math.round((runs / ((user + system) / 1e6)) * 3600)
  print(
    `${runs} runs, ${lives} lives, ${seconds.toFixed(1)} s: ${rate} runs for each hour that a core ` +
      'works on them, 0 failed.',
  )
  return showReached(reached, runs)
}

function portionText({ runs, lives, seconds, failed }: SeedsReport, last: number): string {
  const rate = (runs / seconds).toFixed(1)
  return `up to seed ${last}: ${runs} runs, ${lives} lives, ${rate} runs/s, ${failed.length} failed`
}

async function showFailure(simulator: Simulator, outcome: Outcome): Promise<number> {
  const scenario = await simulator.scenario(outcome.seed)
  print(`\nSEED=${outcome.seed} node=${process.versions.node}`)
  print(outcome.faults.map((fault) => `  ${fault}`).join('\n'))
  const smaller = await shrink(scenario, CATALOGUE)
  const again = await simulator.runScenario(smaller)
  print(`\nMade smaller:\n${again.faults.map((fault) => `  ${fault}`).join('\n')}`)
  print(scenarioText(smaller))
  return 1
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

function showReached(reached: ReadonlyMap<string, number>, runs: number): number {
  const missing = missingStates(reached)
  const found = REACHABLE_STATES.length - missing.length
  print(`${found} of ${REACHABLE_STATES.length} states that must be reached were.`)
  const rare = REACHABLE_STATES.filter((state) => (reached.get(state) ?? 0) < runs / 1000)
  if (rare.length > 0)
    print(`Rarely: ${rare.map((one) => `${one} (${reached.get(one) ?? 0})`).join(', ')}.`)
  if (runs < RUNS_TO_REACH_ALL || missing.length === 0) return 0
  for (const state of missing) print(`  NEVER REACHED: ${state}`)
  return 1
}

// States

async function tortureStates({ states: statesMin, seed }: Asked): Promise<number> {
  const startedMs = performance.now()
  const { states, faults } = await tryStates(statesMin, seed, (report) => print(statesText(report)))
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

// Kills

async function tortureKills({ every }: Asked, root: string): Promise<number> {
  const reason = whyNoTrace()
  if (reason !== undefined) {
    print(
      `NO STRACE HERE (${reason}): kills happen inside the process instead, before what Node calls ` +
        'by these names, and not in the operating system.',
    )
  }
  const startedMs = performance.now()
  const onRow = (row: TableRow) => print(tableText([row]).split('\n').at(-1) ?? '')
  const { rows, faults } = await killTable({ root, every, onRow })
  print(`\n${tableText(rows)}\n${faults.map((fault) => `  WRONG ${fault}`).join('\n')}`)
  const struck = rows.reduce((sum, row) => sum + row.struck, 0)
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0)
  print(`${struck} times in ${seconds} s, ${faults.length} faults.`)
  return faults.length === 0 && struck > 0 ? 0 : 1
}

// Cycles

async function tortureCycles({ cycles, seed, minutes }: Asked, root: string): Promise<number> {
  const secondsMax = minutes === undefined ? {} : { secondsMax: minutes * 60 }
  const onCycle = (done: number) => {
    if (done % 25 === 0) print(`${done} kills`)
  }
  const report = await killCycles({ root, cycles, seed, ...secondsMax, onCycle })
  const { serverKills, hostKills, acknowledged, resent, poison, faults } = report
  print(
    `${serverKills} kills of the server and ${hostKills} of an engine host, ${acknowledged} records ` +
      `acknowledged, ${resent} requests sent again, ${poison} records that fit no schema: ` +
      `${report.lost} lost, ${report.duplicate} twice.`,
  )
  print(restartText('The server was started again and its job ran', report.serverRestartMs))
  print(restartText('A job ran again after its engine host was killed', report.hostRestartMs))
  for (const fault of faults) print(`  WRONG ${fault}`)
  return faults.length === 0 ? 0 : 1
}

function restartText(what: string, sorted: readonly number[]): string {
  const [half, most] = [quantile(sorted, 0.5), quantile(sorted, 0.99)]
  return `${what} after ${half.toFixed(0)} ms (p50), ${most.toFixed(0)} ms (p99).`
}

// Planted bugs

async function searchPlanted({ name, seeds }: Asked, root: string): Promise<number> {
  const bugs = PLANTED_BUGS.filter((bug) => name === undefined || bug.name.includes(name))
  if (bugs.length === 0) return refuse(`No planted bug is called "${name}".`)
  const seedsMax = seeds ?? PLANTED_SEEDS_MAX
  let foundCount = 0
  for (const bug of bugs) {
    if (!fits(bug, root)) {
      print(`${bug.arena.padEnd(12)}${'STALE'.padEnd(12)}          ${bug.name}`)
      continue
    }
    const { found, seconds } = await tryPlanted(bug, root, { seedsMax })
    if (found !== undefined) foundCount++
    const result = found === undefined ? 'NOT FOUND' : `seed ${found.seed}`
    print(
      `${bug.arena.padEnd(12)}${result.padEnd(12)}${seconds.toFixed(1).padStart(6)} s  ${bug.name}`,
    )
    if (name !== undefined && found !== undefined) print(`  ${found.fault}`)
  }
  const share = ((100 * foundCount) / bugs.length).toFixed(0)
  print(`${foundCount} of ${bugs.length} planted bugs found within ${seedsMax} seeds (${share} %).`)
  return foundCount >= PLANTED_SHARE_MIN * bugs.length ? 0 : 1
}

/** Its text has been changed since; see torture/planted/bugs.ts. */
function fits(bug: PlantedBug, root: string): boolean {
  try {
    return plantedText(bug, root) !== ''
  } catch {
    return false
  }
}

function refuse(fact: string): number {
  process.stderr.write(`${fact}\n${USAGE}`)
  return 2
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
