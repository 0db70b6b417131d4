/** Slices of time against a list that is sorted anew for each watermark. */

import { seededRandom } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { DueSlices } from './due-slices.ts'

/** By time, and then by item. */
function dueOf(times: ReadonlyMap<number, number>, watermarkMs: number): readonly number[] {
  return [...times]
    .filter(([, timeMs]) => timeMs <= watermarkMs)
    .sort(([a, aMs], [b, bMs]) => aMs - bMs || a - b)
    .map(([item]) => item)
}

test('items come when they are due, by time, however often they have become later', () => {
  for (let seed = 0; seed < 60; seed++) {
    const random = seededRandom(seed)
    const spanMs = random.pick([3, 60, 2_000])
    const times = new Map<number, number>()
    const slices = new DueSlices(random.pick([1, 7, 50]), (item) => times.get(item) ?? Number.NaN)
    let watermarkMs = random.integer(-500, 500)
    let nextItem = 0
    for (let round = 0; round < 20; round++) {
      for (let count = random.integer(0, random.pick([3, 30, 700])); count > 0; count--) {
        const timeMs = watermarkMs + random.integer(1, spanMs)
        times.set(nextItem, timeMs)
        slices.add(nextItem++, timeMs)
      }
      for (const [item, timeMs] of times) {
        if (random.chance(0.2)) times.set(item, timeMs + random.integer(0, spanMs))
      }
      watermarkMs += random.integer(0, spanMs)
      if (round === 19) watermarkMs = Number.POSITIVE_INFINITY
      const expected = dueOf(times, watermarkMs)
      if (expected.length > 0) expect(slices.nextMs).toBeLessThanOrEqual(watermarkMs)
      const came: number[] = []
      for (const list of slices.due(watermarkMs)) {
        const lastMs = times.get(came.at(-1) ?? -1) ?? Number.NEGATIVE_INFINITY
        const byTime = (a: number, b: number) => (times.get(a) ?? 0) - (times.get(b) ?? 0) || a - b
        const sorted = [...(list ?? [])].sort(byTime)
        const [first] = sorted
        if (first !== undefined) expect(times.get(first)).toBeGreaterThan(lastMs)
        came.push(...sorted)
      }
      expect(came, `seed ${seed}, round ${round}`).toEqual(expected)
      for (const item of came) times.delete(item)
      expect(slices.nextMs).toBeGreaterThan(
        watermarkMs === Number.POSITIVE_INFINITY ? 0 : watermarkMs,
      )
    }
    expect(slices.nextMs).toBe(Number.POSITIVE_INFINITY)
  }
})

test('very many in one slice are sorted some thousands at a time', () => {
  const random = seededRandom(1)
  const times = new Map<number, number>()
  const slices = new DueSlices(1_000_000, (item) => times.get(item) ?? 0)
  for (let item = 0; item < 100_000; item++) {
    times.set(item, random.integer(0, 900_000))
    slices.add(item, times.get(item) ?? 0)
  }
  const came: number[] = []
  let pauses = 0
  for (const list of slices.due(1_000_000)) {
    if (list === undefined) pauses++
    else came.push(...list)
  }
  expect(pauses).toBe(3)
  expect(came).toEqual(dueOf(times, 1_000_000))
})
