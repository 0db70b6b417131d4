/** Whether bugs planted into the sources are found. */

import { PLANTED_BUGS, type PlantedBug } from '../planted/bugs.ts'
import { plantedText, tryPlanted } from '../planted/plant.ts'
import { againText, overAfter, type PartOptions, type PartResult, print } from './part.ts'
import { shuffled } from './shuffle.ts'

const SHARE_MIN = 0.95

export interface PlantedOptions extends PartOptions {
  /** Those with this in their name. */
  readonly name: string | undefined
  readonly seedsMax: number
  /** Whether seeds are tried from 1 on, and not first the one that has shown the bug. */
  readonly afresh?: boolean | undefined
  /** The first and the last place in the list, from 1. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

/** Where the time is bounded, as many as it has room for, drawn by the seed. */
export async function searchPlanted(options: PlantedOptions): Promise<PartResult> {
  const { root, name, seedsMax, secondsMax, seed, afresh = false } = options
  const isOver = overAfter(secondsMax)
  const untilMs = performance.now() + secondsMax * 1000
  let [tried, found, known, unfinished] = [0, 0, 0, 0]
  for (const [place, bug] of inOrder(options)) {
    if (isOver()) break
    const what = `${`${place}`.padStart(2)}  ${bug.arena.padEnd(12)}`
    if (!fits(bug, root)) {
      tried++
      print(`${what}${'STALE'.padEnd(12)}          ${bug.name}`)
      continue
    }
    const left = (untilMs - performance.now()) / 1000
    const result = await tryPlanted(bug, root, { seedsMax, afresh, secondsMax: left })
    const { seconds } = result
    const took = `${seconds.toFixed(1).padStart(6)} s`
    if (result.found !== undefined) found++
    else if (isOver()) {
      unfinished++
      continue
    }
    tried++
    const text = result.found === undefined ? 'NOT FOUND' : `seed ${result.found.seed}`
    if (result.found?.seed === bug.shownBy) known++
    print(`${what}${text.padEnd(12)}${took}  ${bug.name}`)
    if (result.found === undefined) print(againText(`planted --from ${place} --to ${place}`))
    else if (name !== undefined) print(`  ${result.found.fault}`)
    if (!afresh && result.found !== undefined && result.found.seed !== bug.shownBy) {
      print(`  Seed ${bug.shownBy} had shown it, and does so no more.`)
    }
  }
  const share = tried === 0 ? 0 : (100 * found) / tried
  const rest = unfinished === 0 ? '' : '; the time was over before one more was'
  const of = Number.isFinite(secondsMax) ? `${tried} (drawn by seed ${seed})` : `${tried}`
  const by = afresh ? '' : `, ${known} of them by the seed that had shown them`
  const summary = `${found} of ${of} planted bugs found within ${seedsMax} seeds (${share.toFixed(0)} %)${by}${rest}`
  return { summary, ok: found >= SHARE_MIN * tried, tried }
}

/** With their places in the list, from 1. */
function inOrder({ name, secondsMax, seed, from = 1, to = PLANTED_BUGS.length }: PlantedOptions) {
  const bugs = PLANTED_BUGS.map((bug, index) => [index + 1, bug] as const).filter(
    ([place, bug]) =>
      place >= from && place <= to && (name === undefined || bug.name.includes(name)),
  )
  if (!Number.isFinite(secondsMax)) return bugs
  return shuffled(bugs, seed)
}

/** Where it does not, its text has been changed since; see torture/planted/bugs.ts. */
function fits(bug: PlantedBug, root: string): boolean {
  try {
    return plantedText(bug, root) !== ''
  } catch {
    return false
  }
}
