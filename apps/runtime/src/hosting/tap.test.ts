/** What a tap sends, keeps and counts. */

import type { Element } from '@millrace/engine'
import { appendStream, INTEGER } from '@millrace/pipeline'
import { Subject } from 'rxjs'
import { expect, test } from 'vitest'
import { Tap, type TapSettings } from './tap.ts'

const SETTINGS: TapSettings = {
  keep: 1000,
  where: undefined,
  schema: appendStream([{ name: 'n', type: INTEGER }], true),
  nowMs: () => 5,
}

function open(changes: Partial<TapSettings> = {}) {
  const stream = new Subject<Element>()
  const tap = new Tap(stream, { ...SETTINGS, ...changes })
  let next = 1
  const send = (count: number) => {
    const rows = Array.from({ length: count }, () => [next++])
    const times = rows.map(([n]) => (n ?? 0) * 10)
    const nothing = undefined
    stream.next({ kind: 'batch', rows, times, changes: nothing, marks: [], origins: nothing })
  }
  return { tap, send, stream }
}

test('what passes is sent once, with its number, time and row', () => {
  const { tap, send } = open()
  send(1)
  expect(tap.take()).toEqual({
    seen: 1,
    records: [{ number: 1, eventTime: 10, seenAtMs: 5, change: null, row: { n: 1 } }],
  })
  expect(tap.take()).toBeUndefined()
})

test('a flood is sampled by its newest, and counted whole', () => {
  const { tap, send } = open()
  send(4096)
  const taken = tap.take()
  expect(taken?.seen).toBe(4096)
  expect(taken?.records.map(({ number }) => number)).toEqual(
    Array.from({ length: 100 }, (_, index) => 3997 + index),
  )
  expect(tap.take()).toBeUndefined()
})

test('a pause keeps the newest and counts all; afterwards what was kept comes in order', () => {
  const { tap, send } = open({ keep: 600 })
  tap.paused = true
  for (let round = 0; round < 100; round++) send(10)
  expect(tap.take()).toEqual({ seen: 1000, records: [] })
  expect(tap.take()).toBeUndefined()
  tap.paused = false
  expect(tap.take()?.records.map(({ number }) => number)).toEqual(
    Array.from({ length: 500 }, (_, index) => 401 + index),
  )
  send(5)
  expect(tap.take()?.records.at(-1)?.number).toBe(1000)
  expect(tap.take()?.records.map(({ number }) => number)).toEqual([1001, 1002, 1003, 1004, 1005])
})

test('a condition keeps only the records for which it is true', () => {
  const { tap, send } = open({ where: 'n / (n - 3) > 1.5 OR n = 1' })
  send(5)
  expect(tap.take()?.records.map(({ row }) => row)).toEqual([{ n: 1 }, { n: 4 }, { n: 5 }])
})

test('a condition that does not fit is refused with the reason', () => {
  expect(() => open({ where: 'n + 1' })).toThrow(/boolean/i)
})

const EARLIER = {
  passed: 40,
  records: [1, 4, 9].map((n) => ({ row: [n], timeMs: n, change: undefined, seenAtMs: 3 })),
}

test('what passed before comes first, with the numbers that it has at its port', () => {
  const { tap, send } = open({ earlier: EARLIER })
  send(1)
  const { seen, records } = tap.take() ?? {}
  expect(seen).toBe(41)
  expect(records?.map(({ number, row }) => [number, row.n])).toEqual([
    [38, 1],
    [39, 4],
    [40, 9],
    [41, 1],
  ])
})

test('of what passed before, a condition takes those for which it is true', () => {
  const { tap, send } = open({ earlier: EARLIER, where: 'n <> 4' })
  send(1)
  const { seen, records } = tap.take() ?? {}
  expect(seen).toBe(3)
  expect(records?.map(({ number, row, seenAtMs }) => [number, row.n, seenAtMs])).toEqual([
    [1, 1, 3],
    [2, 9, 3],
    [3, 1, 5],
  ])
})

test('a closed tap listens no longer', () => {
  const { tap, stream } = open()
  tap.close()
  expect(stream.observed).toBe(false)
})
