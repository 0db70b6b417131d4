/** Where panes lie among windows, by drawings and against every window there might be. */

import { seededRandom } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { PaneCursor, type WindowGrid } from './pane-cursor.ts'

function at(grid: WindowGrid, timeMs: number) {
  const cursor = new PaneCursor(grid)
  cursor.moveTo(timeMs)
  const { startMs, endMs, firstWindowMs, lastWindowMs } = cursor
  return { pane: [startMs, endMs], windows: [firstWindowMs, lastWindowMs] }
}

test('where the slide divides the size, panes are as wide as the slide', () => {
  //  windows  [-2     4)
  //               [0      6)
  //                   [2      8)
  //  time          0  .  2  .  4
  const grid = { sizeMs: 6, slideMs: 2, offsetMs: 0 }
  expect(at(grid, 2)).toEqual({ pane: [2, 4], windows: [-2, 2] })
  expect(at(grid, 3)).toEqual({ pane: [2, 4], windows: [-2, 2] })
  expect(at(grid, 4)).toEqual({ pane: [4, 6], windows: [0, 4] })
})

test('where it does not, a pane ends wherever a window starts or ends', () => {
  //  windows  [-3       2)
  //                 [0       5)
  //                       [3       8)
  //  panes          [0  2)[2 3)[3 5)
  const grid = { sizeMs: 5, slideMs: 3, offsetMs: 0 }
  expect(at(grid, 0)).toEqual({ pane: [0, 2], windows: [-3, 0] })
  expect(at(grid, 2)).toEqual({ pane: [2, 3], windows: [0, 0] })
  expect(at(grid, 3)).toEqual({ pane: [3, 5], windows: [0, 3] })
})

test('where the slide is longer than the size, there are gaps that no window contains', () => {
  //  windows  [0 2)         [5 7)
  //  gap          [2      5)
  const grid = { sizeMs: 2, slideMs: 5, offsetMs: 0 }
  expect(at(grid, 1)).toEqual({ pane: [0, 2], windows: [0, 0] })
  const cursor = new PaneCursor(grid)
  cursor.moveTo(2)
  expect([cursor.startMs, cursor.endMs, cursor.inGap]).toEqual([2, 5, true])
})

test('windows before 1970 lie as those after it, moved by the offset', () => {
  //  tumbling  [-13    -3)[-3     7)     size 10, offset 7
  const grid = { sizeMs: 10, slideMs: 10, offsetMs: 7 }
  expect(at(grid, -3)).toEqual({ pane: [-3, 7], windows: [-3, -3] })
  expect(at(grid, -4)).toEqual({ pane: [-13, -3], windows: [-13, -13] })
})

test('the first open window is the first whose last millisecond the watermark has not reached', () => {
  //  windows of time 2: [-2 4) [0 6) [2 8)
  const cursor = new PaneCursor({ sizeMs: 6, slideMs: 2, offsetMs: 0 })
  cursor.moveTo(2)
  expect(cursor.firstOpenMs(Number.NEGATIVE_INFINITY)).toBe(-2)
  expect(cursor.firstOpenMs(2)).toBe(-2)
  expect(cursor.firstOpenMs(3)).toBe(0)
  expect(cursor.firstOpenMs(6)).toBe(2)
  expect(cursor.firstOpenMs(7)).toBeGreaterThan(cursor.lastWindowMs)
  expect(cursor.firstOpenMs(Number.POSITIVE_INFINITY)).toBeGreaterThan(cursor.lastWindowMs)
})

test('every time of a pane is in the same windows, and its neighbours are not, for 2,000 random grids', () => {
  for (let seed = 1; seed <= 2000; seed++) {
    const random = seededRandom(seed)
    const grid = {
      sizeMs: random.integer(1, 30),
      slideMs: random.integer(1, 30),
      offsetMs: random.integer(-50, 50),
    }
    const windowsOf = (timeMs: number) => {
      const starts: number[] = []
      for (let hop = -200; hop <= 200; hop++) {
        const startMs = grid.offsetMs + hop * grid.slideMs
        if (startMs <= timeMs && timeMs < startMs + grid.sizeMs) starts.push(startMs)
      }
      return starts
    }
    const timeMs = random.integer(-60, 60)
    const cursor = new PaneCursor(grid)
    cursor.moveTo(timeMs)
    const found: number[] = []
    const { firstWindowMs, lastWindowMs } = cursor
    for (let ms = firstWindowMs; ms <= lastWindowMs; ms += grid.slideMs) found.push(ms)
    const situation = `seed ${seed}, ${JSON.stringify(grid)}, time ${timeMs}`
    for (let ms = cursor.startMs; ms < cursor.endMs; ms++) {
      expect(windowsOf(ms), situation).toEqual(found)
    }
    expect(timeMs >= cursor.startMs && timeMs < cursor.endMs, situation).toBe(true)
    expect(windowsOf(cursor.startMs - 1), situation).not.toEqual(found)
    expect(windowsOf(cursor.endMs), situation).not.toEqual(found)
  }
})
