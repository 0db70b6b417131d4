/** All parts, one after the other, within a number of minutes. */

import { tortureCycles } from './parts/cycles-part.ts'
import { tortureJobs } from './parts/jobs-part.ts'
import { tortureKills } from './parts/kills-part.ts'
import { tortureLetters } from './parts/letters-part.ts'
import { type PartOptions, type PartResult, print, unbroken } from './parts/part.ts'
import { searchPlanted } from './parts/planted-part.ts'
import { tortureRecordings } from './parts/recordings-part.ts'
import { tortureStates } from './parts/states-part.ts'
import { tortureSwitch } from './parts/switch-part.ts'

const WRONG_HINT = 'WRONG: what is said above repeats it, and docs/torture.md says how.'
const NONE_HINT =
  'NONE: there was no time for it, so it has shown nothing. Give all of it more --minutes, or run ' +
  'that part alone.'
const WITHOUT_END = Number.POSITIVE_INFINITY
export const PLANTED_SEEDS_MAX = 10_000

interface Share {
  readonly name: string
  /** That asks for it alone. */
  readonly word: string
  /** Of the time, to those of the parts that are still to come. */
  readonly share: number
  run(options: PartOptions): Promise<PartResult>
}

/** What a part leaves of its time, the next ones have. */
const PARTS: readonly Share[] = [
  {
    name: 'Random jobs',
    word: 'jobs',
    share: 22,
    run: (options) => tortureJobs(options, WITHOUT_END),
  },
  {
    name: 'Moved jobs',
    word: 'moves',
    share: 3,
    run: (options) => tortureJobs(options, WITHOUT_END, 'moves'),
  },
  {
    name: 'Edited jobs',
    word: 'edits',
    share: 3,
    run: (options) => tortureJobs(options, WITHOUT_END, 'edits'),
  },
  {
    name: 'Crash states',
    word: 'states',
    share: 12,
    run: (options) => tortureStates(options, WITHOUT_END),
  },
  {
    name: 'Recordings',
    word: 'recordings',
    share: 8,
    run: (options) => tortureRecordings(options, WITHOUT_END),
  },
  {
    name: 'Dead letters',
    word: 'letters',
    share: 4,
    run: (options) => tortureLetters(options, WITHOUT_END),
  },
  {
    name: 'Planted bugs',
    word: 'planted',
    share: 14,
    run: (options) => searchPlanted({ ...options, name: undefined, seedsMax: PLANTED_SEEDS_MAX }),
  },
  { name: 'Kill table', word: 'kills', share: 13, run: (options) => tortureKills(options, 1) },
  {
    name: 'Switch',
    word: 'switch',
    share: 6,
    run: (options) => tortureSwitch({ ...options, every: 1, name: undefined }),
  },
  {
    name: 'Kill cycles',
    word: 'cycles',
    share: 15,
    run: (options) => tortureCycles(options, WITHOUT_END),
  },
]

export interface EverythingOptions {
  readonly root: string
  readonly seed: number
  readonly minutes: number
}

/**
 * Whether each part has tried something and found nothing wrong. One that breaks is wrong, and the
 * others are run all the same.
 */
export async function tortureEverything(options: EverythingOptions): Promise<boolean> {
  const { root, seed, minutes } = options
  const untilMs = performance.now() + minutes * 60_000
  const lines: string[] = []
  const hints = new Set<string>()
  for (const [index, part] of PARTS.entries()) {
    const shares = PARTS.slice(index).reduce((sum, { share }) => sum + share, 0)
    const left = Math.max(0, untilMs - performance.now()) / 1000
    const secondsMax = (left * part.share) / shares
    print(`\n${part.name}, for ${secondsMax.toFixed(0)} s`)
    const result = await runPart(part, { root, seed, secondsMax })
    if (!result.ok) hints.add(WRONG_HINT)
    else if (result.tried === 0) hints.add(NONE_HINT)
    lines.push(`  ${verdictOf(result)}  ${part.name.padEnd(13)} ${result.summary}`)
  }
  print(`\nSeed ${seed}, ${minutes} minutes, Node ${process.versions.node}:\n${lines.join('\n')}`)
  for (const hint of hints) print(`\n${hint}`)
  return hints.size === 0
}

/** What had no time has shown nothing, and is not called ok. */
function verdictOf({ ok, tried }: PartResult): string {
  if (!ok) return 'WRONG'
  return tried === 0 ? 'NONE ' : 'ok   '
}

async function runPart(part: Share, options: PartOptions): Promise<PartResult> {
  if (options.secondsMax === 0)
    return { ok: true, tried: 0, summary: 'those before it took its time' }
  return unbroken(`${part.word} --seed ${options.seed}`, () => part.run(options))
}
