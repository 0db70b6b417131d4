/** What `pnpm torture` runs, and what it prints. */

import { parseArgs } from 'node:util'
import { withUsage } from '../scripts/usage.mjs'
import { PLANTED_SEEDS_MAX, tortureEverything } from './everything.ts'
import { tortureCycles } from './parts/cycles-part.ts'
import { tortureJobs } from './parts/jobs-part.ts'
import { tortureKills } from './parts/kills-part.ts'
import { tortureLetters } from './parts/letters-part.ts'
import { type PartResult, print, unbroken } from './parts/part.ts'
import { searchPlanted } from './parts/planted-part.ts'
import { tortureRecordings } from './parts/recordings-part.ts'
import { tortureStates } from './parts/states-part.ts'
import { tortureSwitch } from './parts/switch-part.ts'

const USAGE = `pnpm torture [--seed N] [--minutes M]            all of it, within so many minutes (10)
pnpm torture jobs [--seed N] [--seeds K]       random jobs in which much goes wrong
pnpm torture moves|edits [--seed N] [--seeds K] random jobs that are moved, or whose pipelines are edited
pnpm torture states [--seed N] [--states K]    crash states of everything that is stored
pnpm torture recordings [--seed N] [--seeds K] live jobs, recorded and replayed
pnpm torture letters [--seed N] [--seeds K]    dead letters, corrected and sent in while much goes wrong
pnpm torture planted [name] [--seeds K]        whether bugs planted into the sources are found;
                    [--from A] [--to B]        those from one place of the list to another;
                    [--afresh]                 from seed 1 on, not first by the seed that is known
pnpm torture kills [--every K]                 a real job killed at each call it makes on files
pnpm torture switch [step] [--every K]         a real server killed in the switch of a backfill
pnpm torture cycles [--cycles K]               a real server killed again and again under load
Each takes --minutes M, and ends when they are over. docs/torture.md tells how they work.
`
const NUMBERS = ['seed', 'seeds', 'states', 'minutes', 'every', 'cycles', 'from', 'to'] as const
const MINUTES = 10

interface Asked {
  readonly what: string | undefined
  readonly name: string | undefined
  readonly afresh: boolean
  readonly numbers: Readonly<Partial<Record<(typeof NUMBERS)[number], number>>>
}

/** Returns the exit code: 1 where a fault was found, 2 where it was not understood. */
export function torture(given: readonly string[], root: string): Promise<number> {
  return withUsage(USAGE, given, () => run(given, root))
}

async function run(given: readonly string[], root: string): Promise<number> {
  const asked = parse(given)
  if (asked === undefined) return refuse('Numbers are whole numbers from 1.')
  const { what, numbers } = asked
  const { seed = 1, minutes } = numbers
  if (what === undefined) {
    return (await tortureEverything({ root, seed, minutes: minutes ?? MINUTES })) ? 0 : 1
  }
  const part = partOf(what, asked, root)
  if (part === undefined) return refuse(`There is no "${what}" here.`)
  const words = given.map((word) => (word.includes(' ') ? `'${word}'` : word))
  const result = await unbroken(words.join(' '), part)
  print(`${result.summary}.`)
  return result.ok && result.tried > 0 ? 0 : 1
}

function partOf(
  what: string,
  { name, afresh, numbers }: Asked,
  root: string,
): (() => Promise<PartResult>) | undefined {
  const { seed = 1, seeds, states = 1_000_000, minutes, every = 1, cycles = 500 } = numbers
  const { from, to } = numbers
  const secondsMax = minutes === undefined ? Number.POSITIVE_INFINITY : minutes * 60
  const bounds = { root, seed, secondsMax }
  const many = seeds ?? (minutes === undefined ? 1000 : Number.POSITIVE_INFINITY)
  switch (what) {
    case 'jobs':
      return () => tortureJobs(bounds, many)
    case 'moves':
    case 'edits':
      return () => tortureJobs(bounds, many, what)
    case 'states':
      return () => tortureStates(bounds, states)
    case 'recordings':
      return () => tortureRecordings(bounds, many)
    case 'letters':
      return () => tortureLetters(bounds, many)
    case 'planted':
      return () => {
        const seedsMax = seeds ?? PLANTED_SEEDS_MAX
        return searchPlanted({ ...bounds, name, from, to, afresh, seedsMax })
      }
    case 'kills':
      return () => tortureKills(bounds, every)
    case 'switch':
      return () => tortureSwitch({ ...bounds, every, name })
    case 'cycles':
      return () => tortureCycles(bounds, cycles)
    default:
      return undefined
  }
}

function parse(given: readonly string[]): Asked | undefined {
  const options = Object.fromEntries(NUMBERS.map((name) => [name, { type: 'string' } as const]))
  const { values, positionals } = parseArgs({
    args: [...given],
    allowPositionals: true,
    options: { ...options, afresh: { type: 'boolean', default: false } },
  })
  const { afresh, ...texts } = values
  const numbers = Object.entries(texts).map(([name, text]) => [name, Number(text)] as const)
  if (numbers.some(([, one]) => !(Number.isSafeInteger(one) && one >= 1))) return undefined
  const [what, name] = positionals
  return { what, name, afresh, numbers: Object.fromEntries(numbers) }
}

function refuse(fact: string): number {
  process.stderr.write(`${fact}\n${USAGE}`)
  return 2
}
