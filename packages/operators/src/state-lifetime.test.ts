/**
 * Goal: an entry is gone exactly from its last write plus its time to live on, and leaves memory
 * without anybody asking. Method: seeded writes and steps of the clock beside a list of times.
 */

import { MemoryState, seededRandom } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { StateLifetime } from './state-lifetime.ts'

const TIME_TO_LIVE_MS = 20

test('an entry lives as long as it should, whatever was written when', () => {
  for (let seed = 1; seed <= 2_000; seed++) {
    const random = seededRandom(seed)
    const state = new MemoryState()
    let nowMs = 1_000
    const lifetime = new StateLifetime({ state, nowMs: () => nowMs }, TIME_TO_LIVE_MS)
    const writtenMs = new Map<string, number>()
    const forgotten: string[] = []
    for (let step = 0; step < 30; step++) {
      const key = random.pick(['a', 'b', 'c'])
      if (random.chance(0.5)) {
        lifetime.written(0, key)
        writtenMs.set(key, nowMs)
      } else nowMs += random.integer(0, 15)
      const over = (written = nowMs) => nowMs - written >= TIME_TO_LIVE_MS
      const asked = random.pick(['a', 'b', 'c'])
      expect(lifetime.hasExpired(0, asked), `seed ${seed}`).toBe(over(writtenMs.get(asked)))
      if (random.chance(0.5) || lifetime.nextMs() > nowMs) continue
      const due = [...writtenMs].filter(([, written]) => over(written)).map(([name]) => name)
      forgotten.length = 0
      for (const _ of lifetime.expire(nowMs, (_namespace, name) => forgotten.push(`${name}`))) {
        // It is left between two entries, and goes on.
      }
      expect(forgotten.toSorted(), `seed ${seed}`).toEqual(due.toSorted())
      for (const name of due) writtenMs.delete(name)
      expect(lifetime.nextMs(), `seed ${seed}`).toBeGreaterThan(nowMs)
      expect(state.table('lifetime written').count(0), `seed ${seed}`).toBe(writtenMs.size)
    }
  }
})

test('those that expire leave by the time at which they do, then by key', () => {
  const state = new MemoryState()
  let nowMs = 0
  const lifetime = new StateLifetime({ state, nowMs: () => nowMs }, TIME_TO_LIVE_MS)
  lifetime.written(0, 'late')
  nowMs = 5
  for (const key of ['b', 'a']) lifetime.written(0, key)
  nowMs = 7
  lifetime.written(0, 'late')
  const forgotten: unknown[] = []
  const all = lifetime.expire(100, (_namespace, key) => forgotten.push(key))
  expect([...all].length).toBeGreaterThan(0)
  expect(forgotten).toEqual(['late', 'a', 'b'])
})

test('without a time to live nothing is kept for it and nothing expires', () => {
  const state = new MemoryState()
  const lifetime = new StateLifetime({ state, nowMs: () => 0 }, undefined)
  lifetime.written(0, 'a')
  expect(lifetime.hasExpired(0, 'a')).toBe(false)
  expect(lifetime.nextMs()).toBe(Number.POSITIVE_INFINITY)
  expect(state.table('lifetime written').count(0)).toBe(0)
})
