/**
 * Compares windows that fire early or for late records with a recomputation from their definition,
 * over random streams.
 */

import { type SeededRandom, seededRandom } from '@millrace/engine/testing'
import { test } from 'vitest'
import { hoppingWindow } from './hopping-window.ts'
import type { WindowGrid } from './pane-cursor.ts'
import { sessionWindow } from './session-window.ts'
import { type Instance, newInstance, type WindowRules } from './testing/naive-refiring.ts'
import { randomGroupBy } from './testing/naive-windows.ts'
import { compareRefiring, randomFiring, randomTimedSteps } from './testing/refiring-comparison.ts'
import { tumblingWindow } from './tumbling-window.ts'

/** More on demand. */
const STREAMS = 2000 * Number(process.env.MILLRACE_STREAMS ?? 1)

function fixedRules({ sizeMs, slideMs, offsetMs }: WindowGrid, latenessMs: number): WindowRules {
  return {
    arrive({ timeMs }, group, standing, closedMs) {
      const starts: number[] = []
      const near = Math.floor((timeMs - offsetMs) / slideMs)
      for (let hop = near - 50; hop <= near + 50; hop++) {
        const startMs = offsetMs + hop * slideMs
        if (startMs <= timeMs && timeMs < startMs + sizeMs) starts.push(startMs)
      }
      const open = starts.filter((startMs) => startMs + sizeMs - 1 + latenessMs > closedMs)
      const bucket = starts.length === 0 ? 'filtered' : open.length === 0 ? 'late' : 'held'
      const instances = open.map(
        (startMs) =>
          standing.find((one) => one.startMs === startMs && one.group === group) ??
          newInstance(startMs, startMs + sizeMs, group),
      )
      return { bucket, instances, replaced: [] }
    },
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

test('tumbling windows fire early and late as defined, over 2,000 random streams', () => {
  for (let seed = 1; seed <= STREAMS; seed++) {
    const random = seededRandom(seed)
    const sizeMs = random.integer(1, 40)
    const offsetMs = randomOffset(random)
    const firing = randomFiring(random)
    const grid = { sizeMs, slideMs: sizeMs, offsetMs }
    const comparison = {
      operator: tumblingWindow,
      config: { size: `${sizeMs}ms`, offset: `${offsetMs}ms` },
      firing,
      groupBy: randomGroupBy(random),
      rules: () => fixedRules(grid, firing.latenessMs),
    }
    compareRefiring(comparison, randomTimedSteps(random), seed)
  }
})

test('hopping windows fire early and late as defined, over 2,000 random streams', () => {
  for (let seed = 1; seed <= STREAMS; seed++) {
    const random = seededRandom(seed)
    const sizeMs = random.integer(1, 40)
    const slideMs = random.integer(Math.ceil(sizeMs / 8), 50)
    const offsetMs = randomOffset(random)
    const firing = randomFiring(random)
    const grid = { sizeMs, slideMs, offsetMs }
    const comparison = {
      operator: hoppingWindow,
      config: { size: `${sizeMs}ms`, slide: `${slideMs}ms`, offset: `${offsetMs}ms` },
      firing,
      groupBy: randomGroupBy(random),
      rules: () => fixedRules(grid, firing.latenessMs),
    }
    compareRefiring(comparison, randomTimedSteps(random), seed)
  }
})

test('session windows fire early and late as defined, over 2,000 random streams', () => {
  for (let seed = 1; seed <= STREAMS; seed++) {
    const random = seededRandom(seed)
    const gapMs = random.integer(1, random.pick([5, 20, 40]))
    const firing = randomFiring(random)
    const comparison = {
      operator: sessionWindow,
      config: { gap: `${gapMs}ms` },
      firing,
      groupBy: randomGroupBy(random),
      rules: () => sessionRules(gapMs, firing.latenessMs),
    }
    compareRefiring(comparison, randomTimedSteps(random), seed)
  }
})
