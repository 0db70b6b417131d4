/**
 * Compares tumbling and hopping windows with a recomputation from their definition, over random
 * streams.
 */

import { type SeededRandom, seededRandom } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { overSeeds } from '../testing/random-streams.ts'
import { streamCount } from '../testing/stream-count.node.ts'
import { hoppingWindow } from './hopping-window.ts'
import type { WindowGrid } from './pane-cursor.ts'
import {
  compareWithNaive,
  type NaiveRules,
  type NaiveWindow,
  type Reading,
  randomGroupBy,
  randomSteps,
} from './testing/naive-windows.ts'
import { tumblingWindow } from './tumbling-window.ts'

const STREAMS = streamCount(500)

/** The starts of all windows that contain a time, found by trying every window there might be. */
function windowsOf({ sizeMs, slideMs, offsetMs }: WindowGrid, timeMs: number): readonly number[] {
  const starts: number[] = []
  for (let hop = -1000; hop <= 1000; hop++) {
    const startMs = offsetMs + hop * slideMs
    if (startMs <= timeMs && timeMs < startMs + sizeMs) starts.push(startMs)
  }
  return starts
}

function fixedRules(grid: WindowGrid): NaiveRules {
  const kept: { readonly reading: Reading; readonly waiting: Set<number> }[] = []
  const isClosed = (startMs: number, watermarkMs: number) =>
    startMs + grid.sizeMs - 1 <= watermarkMs
  return {
    arrive(reading, watermarkMs) {
      const starts = windowsOf(grid, reading.timeMs)
      if (starts.length === 0) return 'filtered'
      const open = starts.filter((startMs) => !isClosed(startMs, watermarkMs))
      if (open.length === 0) return 'late'
      if (reading.d !== 0) kept.push({ reading, waiting: new Set(open) })
      return 'held'
    },
    close(watermarkMs) {
      const windows = new Map<number, NaiveWindow & { readings: Reading[] }>()
      for (const { reading, waiting } of kept) {
        for (const startMs of waiting) {
          if (!isClosed(startMs, watermarkMs)) continue
          waiting.delete(startMs)
          const window = windows.get(startMs) ?? {
            startMs,
            endMs: startMs + grid.sizeMs,
            readings: [],
          }
          window.readings.push(reading)
          windows.set(startMs, window)
        }
      }
      return [...windows.values()]
    },
    absorbed: () => kept.filter(({ waiting }) => waiting.size === 0).length,
  }
}

function offsetText(random: SeededRandom): { readonly offset: string; readonly offsetMs: number } {
  const offsetMs = random.pick([0, random.integer(-100, 100)])
  return { offset: `${offsetMs}ms`, offsetMs }
}

test('tumbling windows give what their definition says, over 500 random streams', () => {
  overSeeds(tumblingWindow, STREAMS, (seed) => {
    const random = seededRandom(seed)
    const sizeMs = random.integer(1, 40)
    const { offset, offsetMs } = offsetText(random)
    const config = { size: `${sizeMs}ms`, offset, groupBy: randomGroupBy(random) }
    const grid = { sizeMs, slideMs: sizeMs, offsetMs }
    compareWithNaive(tumblingWindow, config, randomSteps(random), () => fixedRules(grid), seed)
  })
})

test('hopping windows give what their definition says, over 500 random streams', () => {
  const kinds = { aligned: 0, overlapping: 0, apart: 0 }
  overSeeds(hoppingWindow, STREAMS, (seed) => {
    const random = seededRandom(seed)
    const sizeMs = random.integer(1, 40)
    const slideMs = random.integer(1, random.pick([10, 40, 60]))
    if (slideMs > sizeMs) kinds.apart++
    else if (sizeMs % slideMs === 0) kinds.aligned++
    else kinds.overlapping++
    const { offset, offsetMs } = offsetText(random)
    const config = {
      size: `${sizeMs}ms`,
      slide: `${slideMs}ms`,
      offset,
      groupBy: randomGroupBy(random),
    }
    const grid = { sizeMs, slideMs, offsetMs }
    compareWithNaive(hoppingWindow, config, randomSteps(random), () => fixedRules(grid), seed)
  })
  // The streams are of no use if they all look alike.
  expect(Math.min(...Object.values(kinds))).toBeGreaterThan(50)
})
