/** That timers come out in their order, however they were set. */

import { compareKeys, type Key } from '@millrace/pipeline'
import { describe, expect, test } from 'vitest'
import type { EventTimer } from './state.ts'
import { seededRandom } from './testing/index.ts'
import { TimerQueue } from './timer-queue.ts'

const KEYS: readonly Key[] = [null, false, -3, 0, 2.5, 70, '', 'a', 'b', 'é']

/** A list in which everything is looked for anew. */
class NaiveTimers {
  #timers: EventTimer[] = []

  add(timeMs: number, namespace: number, key: Key): void {
    this.#timers.push({ timeMs, namespace, key })
    this.#timers.sort(
      (a, b) => a.timeMs - b.timeMs || a.namespace - b.namespace || compareKeys(a.key, b.key),
    )
  }

  get nextMs(): number {
    return this.#timers[0]?.timeMs ?? Number.POSITIVE_INFINITY
  }

  take(): EventTimer | undefined {
    const [first] = this.#timers
    const isFirst = (timer: EventTimer) => JSON.stringify(timer) === JSON.stringify(first)
    this.#timers = this.#timers.filter((timer) => !isFirst(timer))
    return first
  }
}

describe('timers', () => {
  test.each(Array.from({ length: 200 }, (_, seed) => seed))(
    'come by time, namespace and key while others are set (seed %i)',
    (seed) => {
      const random = seededRandom(seed)
      const queue = new TimerQueue()
      const naive = new NaiveTimers()
      const span = random.pick([1, 5, 100])
      for (let step = 0; step < 150; step++) {
        if (random.integer(0, 2) > 0) {
          const timer = [
            random.integer(-span, span),
            random.integer(-1, 1),
            random.pick(KEYS),
          ] as const
          queue.add(...timer)
          naive.add(...timer)
        } else expect(queue.take()).toEqual(naive.take())
        expect(queue.nextMs).toBe(naive.nextMs)
      }
      for (let next = naive.take(); next !== undefined; next = naive.take()) {
        expect(queue.take()).toEqual(next)
      }
      expect([queue.take(), queue.nextMs]).toEqual([undefined, Number.POSITIVE_INFINITY])
    },
  )

  test('very many of one time come in the order of their keys, also those set meanwhile', () => {
    const queue = new TimerQueue()
    for (let key = 4000; key > 0; key--) queue.add(7, 0, key)
    const taken = Array.from({ length: 1000 }, () => queue.take()?.key)
    queue.add(7, 0, 1000.5)
    queue.add(3, 0, 'earlier')
    const rest = Array.from({ length: 3002 }, () => queue.take()?.key)
    expect(taken).toEqual(Array.from({ length: 1000 }, (_, index) => index + 1))
    expect(rest.slice(0, 3)).toEqual(['earlier', 1000.5, 1001])
    expect(rest.at(-1)).toBe(4000)
  })

  test('all that wait can be listed', () => {
    const queue = new TimerQueue()
    for (const timeMs of [5, 1, 1, 9, 5, 5]) queue.add(timeMs, timeMs, null)
    for (let key = 0; key < 2000; key++) queue.add(9, 9, key)
    queue.take()
    const counts = [...queue.timers()].map(({ timeMs }) => timeMs)
    expect(counts.filter((timeMs) => timeMs === 5)).toHaveLength(3)
    expect(counts.filter((timeMs) => timeMs === 9)).toHaveLength(2001)
    expect(counts).toHaveLength(2004)
  })
})
