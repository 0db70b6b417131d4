/** Compares session windows with a recomputation from their definition, over random streams. */

import { seededRandom } from '@millrace/engine/testing'
import { test } from 'vitest'
import { overSeeds } from '../testing/random-streams.ts'
import { streamCount } from '../testing/stream-count.node.ts'
import { sessionWindow } from './session-window.ts'
import {
  compareWithNaive,
  type NaiveRules,
  type NaiveWindow,
  type Reading,
  randomGroupBy,
  randomSteps,
} from './testing/naive-windows.ts'

/** Divides the records of one group into sessions: a new one begins after `gapMs` without any. */
function sessionsOf(readings: readonly Reading[], gapMs: number): readonly NaiveWindow[] {
  const times = readings.map(({ timeMs }) => timeMs).sort((a, b) => a - b)
  const starts = times.filter(
    (timeMs, index) => index === 0 || timeMs - (times[index - 1] ?? 0) >= gapMs,
  )
  return starts.map((startMs, index) => {
    const nextMs = starts[index + 1] ?? Number.POSITIVE_INFINITY
    const within = readings.filter(({ timeMs }) => timeMs >= startMs && timeMs < nextMs)
    const lastMs = Math.max(...within.map(({ timeMs }) => timeMs))
    return { startMs, endMs: lastMs + gapMs, readings: within }
  })
}

function sessionRules(gapMs: number, groupBy: readonly ('k' | 'g' | 'n')[]): NaiveRules {
  let waiting: Reading[] = []
  let absorbed = 0
  const sameGroup = (a: Reading, b: Reading) => groupBy.every((name) => a[name] === b[name])
  return {
    arrive(reading, watermarkMs) {
      const group = [...waiting.filter((other) => sameGroup(other, reading)), reading]
      const own = sessionsOf(group, gapMs).find(({ readings }) => readings.includes(reading))
      if ((own?.endMs ?? 0) - 1 <= watermarkMs) return 'late'
      if (reading.d !== 0) waiting.push(reading)
      return 'held'
    },
    close(watermarkMs) {
      const groups: Reading[][] = []
      for (const reading of waiting) {
        const group = groups.find(([other]) => other !== undefined && sameGroup(other, reading))
        if (group === undefined) groups.push([reading])
        else group.push(reading)
      }
      const closed = groups
        .flatMap((group) => sessionsOf(group, gapMs))
        .filter(({ endMs }) => endMs - 1 <= watermarkMs)
      const used = new Set(closed.flatMap(({ readings }) => readings))
      waiting = waiting.filter((reading) => !used.has(reading))
      absorbed += used.size
      return closed
    },
    absorbed: () => absorbed,
  }
}

test('session windows give what their definition says, over 500 random streams', () => {
  overSeeds(sessionWindow, streamCount(500), (seed) => {
    const random = seededRandom(seed)
    const gapMs = random.integer(1, random.pick([5, 20, 40]))
    const groupBy = randomGroupBy(random)
    const config = { gap: `${gapMs}ms`, groupBy }
    const steps = randomSteps(random)
    compareWithNaive(sessionWindow, config, steps, () => sessionRules(gapMs, groupBy), seed)
  })
})
