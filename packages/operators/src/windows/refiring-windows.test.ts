/**
 * Compares windows that fire early or for late records with a recomputation from their definition,
 * over random streams.
 */

import type { OperatorDefinition } from '@millrace/engine'
import { type SeededRandom, seededRandom } from '@millrace/engine/testing'
import { test } from 'vitest'
import { overSeeds } from '../testing/random-streams.ts'
import { streamCount } from '../testing/stream-count.node.ts'
import { cumulateWindow } from './cumulate-window.ts'
import { hoppingWindow } from './hopping-window.ts'
import type { WindowGrid } from './pane-cursor.ts'
import { sessionWindow } from './session-window.ts'
import { slidingWindow } from './sliding-window.ts'
import {
  type Firing,
  type Instance,
  newInstance,
  type WindowRules,
} from './testing/naive-refiring.ts'
import { type Keeps, type Reading, randomGroupBy } from './testing/naive-windows.ts'
import { compareRefiring, randomFiring, randomTimedSteps } from './testing/refiring-comparison.ts'
import { tumblingWindow } from './tumbling-window.ts'
import type { CumulateGrid } from './window-layout.ts'

/** More on demand. */
const STREAMS = streamCount(2000)

type Bounds = readonly [startMs: number, endMs: number]

/** `windowsOf` gives all windows that contain a time, in their order. */
function fixedRules(windowsOf: (timeMs: number) => readonly Bounds[], latenessMs: number) {
  const rules: WindowRules = {
    arrive({ timeMs }, group, standing, closedMs) {
      const windows = windowsOf(timeMs)
      const open = windows.filter(([, endMs]) => endMs - 1 + latenessMs > closedMs)
      const bucket = windows.length === 0 ? 'filtered' : open.length === 0 ? 'late' : 'held'
      const instances = open.map(
        ([startMs, endMs]) =>
          standing.find(
            (one) => one.startMs === startMs && one.endMs === endMs && one.group === group,
          ) ?? newInstance(startMs, endMs, group),
      )
      return { bucket, instances, replaced: [] }
    },
  }
  return rules
}

/** Tries every window that there might be near the time. */
function hoppingWindows({ sizeMs, slideMs, offsetMs }: WindowGrid) {
  return (timeMs: number) => {
    const windows: Bounds[] = []
    const near = Math.floor((timeMs - offsetMs) / slideMs)
    for (let hop = near - 9; hop <= near + 1; hop++) {
      const startMs = offsetMs + hop * slideMs
      if (startMs <= timeMs && timeMs < startMs + sizeMs) windows.push([startMs, startMs + sizeMs])
    }
    return windows
  }
}

function cumulateWindows({ sizeMs, stepMs, offsetMs }: CumulateGrid) {
  return (timeMs: number) => {
    const windows: Bounds[] = []
    const near = Math.floor((timeMs - offsetMs) / sizeMs)
    for (let hop = near - 1; hop <= near + 1; hop++) {
      const startMs = offsetMs + hop * sizeMs
      for (let endMs = startMs + stepMs; endMs <= startMs + sizeMs; endMs += stepMs) {
        if (startMs <= timeMs && timeMs < endMs) windows.push([startMs, endMs])
      }
    }
    return windows
  }
}

/** For each time t of the group: [t - size, t] and [t + 1, t + 1 + size], where not empty. */
function slidingRules(sizeMs: number, latenessMs: number): WindowRules {
  const byGroup = new Map<string, Reading[]>()
  return {
    arrive(reading, group, standing, closedMs) {
      const { timeMs } = reading
      if (timeMs + sizeMs + latenessMs <= closedMs) {
        return { bucket: 'late', instances: [], replaced: [] }
      }
      const before = byGroup.get(group) ?? []
      const starts = new Set(
        [...before, reading].flatMap((one) => [one.timeMs - sizeMs, one.timeMs + 1]),
      )
      const own = new Map(
        standing.flatMap((one) => (one.group === group ? [[one.startMs, one] as const] : [])),
      )
      const instances: Instance[] = []
      const created: Instance[] = []
      for (const startMs of [...starts].sort((a, b) => a - b)) {
        const lastMs = startMs + sizeMs
        if (lastMs + latenessMs <= closedMs) continue
        const isIn = (ms: number) => ms >= startMs && ms <= lastMs
        const known = own.get(startMs)
        const instance = known ?? newInstance(startMs, lastMs + 1, group)
        if (known === undefined) {
          const within = before.filter((one) => isIn(one.timeMs))
          instance.readings.push(...within)
          instance.fresh.push(...within)
          instance.added = within.length
        }
        if (isIn(timeMs)) instances.push(instance)
        else if (known === undefined && instance.added > 0) created.push(instance)
      }
      return { bucket: 'held', instances, replaced: [], created }
    },
    accept(reading, group) {
      byGroup.set(group, [...(byGroup.get(group) ?? []), reading])
    },
    isHeld: ({ timeMs }, closedMs) => timeMs + 1 + sizeMs + latenessMs > closedMs,
  }
}

/** Records are one session where less than the gap is between neighbours. */
function sessionRules(gapMs: number, latenessMs: number): WindowRules {
  return {
    arrive(reading, group, standing, closedMs) {
      const { timeMs } = reading
      const joined = standing
        .filter((one) => one.group === group && touches(one, timeMs, timeMs + gapMs))
        .sort((a, b) => a.startMs - b.startMs)
      const startMs = Math.min(timeMs, ...joined.map((one) => one.startMs))
      const endMs = Math.max(timeMs + gapMs, ...joined.map((one) => one.endMs))
      if (endMs - 1 + latenessMs <= closedMs) return { bucket: 'late', instances: [], replaced: [] }
      const [only] = joined
      if (only?.startMs === startMs && only.endMs === endMs) {
        return { bucket: 'held', instances: [only], replaced: [] }
      }
      const merged = newInstance(startMs, endMs, group)
      for (const { readings, fresh, added } of joined) {
        merged.readings.push(...readings)
        merged.fresh.push(...fresh)
        merged.added += added
      }
      return { bucket: 'held', instances: [merged], replaced: joined }
    },
  }
}

function touches({ startMs, endMs }: Instance, fromMs: number, toMs: number): boolean {
  return startMs < toMs && fromMs < endMs
}

function randomOffset(random: SeededRandom): number {
  return random.pick([0, random.integer(-100, 100)])
}

/** Runs a case for each of the seeds. */
function overStreams(
  operator: OperatorDefinition,
  choose: (
    random: SeededRandom,
    latenessMs: number,
  ) => { readonly config: object; readonly rules: () => WindowRules },
  accumulations: readonly Firing['accumulation'][] = ['accumulating', 'discarding', 'retracting'],
): void {
  overSeeds(operator, STREAMS, (seed) => {
    const random = seededRandom(seed)
    const keeps: Keeps = seed % 2 === 0 ? 'numbers' : 'anything'
    const firing = { ...randomFiring(random), accumulation: random.pick(accumulations), keeps }
    const groupBy = randomGroupBy(random)
    const chosen = choose(random, firing.latenessMs)
    compareRefiring({ operator, firing, groupBy, ...chosen }, randomTimedSteps(random), seed)
  })
}

test('tumbling windows fire early and late as defined, over 2,000 random streams', () => {
  overStreams(tumblingWindow, (random, latenessMs) => {
    const sizeMs = random.integer(1, 40)
    const offsetMs = randomOffset(random)
    const windows = hoppingWindows({ sizeMs, slideMs: sizeMs, offsetMs })
    const config = { size: `${sizeMs}ms`, offset: `${offsetMs}ms` }
    return { config, rules: () => fixedRules(windows, latenessMs) }
  })
})

test('hopping windows fire early and late as defined, over 2,000 random streams', () => {
  overStreams(hoppingWindow, (random, latenessMs) => {
    const sizeMs = random.integer(1, 40)
    const slideMs = random.integer(Math.ceil(sizeMs / 8), 50)
    const offsetMs = randomOffset(random)
    const windows = hoppingWindows({ sizeMs, slideMs, offsetMs })
    const config = { size: `${sizeMs}ms`, slide: `${slideMs}ms`, offset: `${offsetMs}ms` }
    return { config, rules: () => fixedRules(windows, latenessMs) }
  })
})

test('cumulate windows fire early and late as defined, over 2,000 random streams', () => {
  overStreams(cumulateWindow, (random, latenessMs) => {
    const stepMs = random.integer(1, 20)
    const sizeMs = stepMs * random.integer(1, 6)
    const offsetMs = randomOffset(random)
    const windows = cumulateWindows({ sizeMs, stepMs, offsetMs })
    const config = { size: `${sizeMs}ms`, step: `${stepMs}ms`, offset: `${offsetMs}ms` }
    return { config, rules: () => fixedRules(windows, latenessMs) }
  })
})

test('session windows fire early and late as defined, over 2,000 random streams', () => {
  overStreams(sessionWindow, (random, latenessMs) => {
    const gapMs = random.integer(1, random.pick([5, 20, 40]))
    return { config: { gap: `${gapMs}ms` }, rules: () => sessionRules(gapMs, latenessMs) }
  })
})

test('sliding windows fire early and late as defined, over 2,000 random streams', () => {
  overStreams(
    slidingWindow,
    (random, latenessMs) => {
      const sizeMs = random.integer(1, random.pick([5, 20, 40]))
      return { config: { size: `${sizeMs}ms` }, rules: () => slidingRules(sizeMs, latenessMs) }
    },
    ['accumulating', 'retracting'],
  )
})
