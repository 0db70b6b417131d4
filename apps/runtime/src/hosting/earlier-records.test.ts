/** What is kept of ports before anybody looks, and when nothing is. */

import type { Element } from '@millrace/engine'
import { Subject } from 'rxjs'
import { expect, test } from 'vitest'
import { EarlierRecords } from './earlier-records.ts'

function open(onSlow?: (isSlow: boolean) => void) {
  const [slow, other] = [new Subject<Element>(), new Subject<Element>()]
  const ports = [
    { node: 'a', port: 'out', stream: slow },
    { node: 'b', port: 'late', stream: other },
  ]
  const earlier = new EarlierRecords(ports, () => 5, onSlow)
  let next = 1
  const send = (stream: Subject<Element>, count: number, text = '') => {
    const rows = Array.from({ length: count }, () => [next++, text])
    const times = rows.map(([n]) => Number(n) * 10)
    const nothing = undefined
    stream.next({ kind: 'batch', rows, times, changes: nothing, marks: [], origins: nothing })
  }
  const numbers = (node: string, port: string) => earlier.of(node, port).map(({ row }) => row[0])
  return { earlier, slow, other, send, numbers }
}

test('of each port the newest are kept, with their times', () => {
  const { earlier, slow, other, send, numbers } = open()
  send(slow, 3)
  send(other, 70)
  send(slow, 1)
  expect(numbers('a', 'out')).toEqual([1, 2, 3, 74])
  expect(earlier.of('a', 'out')[0]).toEqual({
    row: [1, ''],
    timeMs: 10,
    change: undefined,
    seenAtMs: 5,
  })
  expect(numbers('b', 'late')).toEqual(Array.from({ length: 50 }, (_, index) => index + 24))
  expect(numbers('b', 'out')).toEqual([])
})

test('of large records fewer are kept', () => {
  const { slow, send, numbers } = open()
  send(slow, 20, 'x'.repeat(4_000))
  expect(numbers('a', 'out').length).toBeGreaterThan(3)
  expect(numbers('a', 'out').length).toBeLessThan(17)
  expect(numbers('a', 'out').at(-1)).toBe(20)
})

test('where many pass in a second, nobody looks any more, and nothing is kept', () => {
  const { earlier, slow, other, send, numbers } = open()
  earlier.measured(0, 0)
  for (let batch = 0; batch < 5; batch++) send(slow, 4_000)
  expect([slow.observed, numbers('a', 'out').length]).toEqual([true, 50])
  send(other, 1)
  expect([slow.observed, other.observed]).toEqual([false, false])
  expect([numbers('a', 'out'), numbers('b', 'late')]).toEqual([[], []])
})

test('as many in two seconds are few', () => {
  const { earlier, slow, send, numbers } = open()
  for (let second = 0; second < 4; second++) {
    earlier.measured(second * 1_000, 15_000)
    earlier.measured(second * 1_000 + 500, 15_000)
    send(slow, 15_000)
  }
  expect(numbers('a', 'out').at(-1)).toBe(60_000)
})

test('once the job is slow again, it is looked at again', () => {
  const { earlier, slow, send, numbers } = open()
  send(slow, 20_001)
  earlier.measured(1_000, 12_000)
  expect(slow.observed).toBe(false)
  earlier.measured(2_000, 9_000)
  send(slow, 2)
  expect(numbers('a', 'out')).toEqual([20_002, 20_003])
})

test('whether the job is slow is told at first, and whenever it changes', () => {
  const told: boolean[] = []
  const { earlier, slow, send } = open((isSlow) => told.push(isSlow))
  expect(told).toEqual([true])
  send(slow, 20_001)
  send(slow, 20_001)
  earlier.measured(1_000, 12_000)
  expect(told).toEqual([true, false])
  earlier.measured(2_000, 9_000)
  expect(told).toEqual([true, false, true])
})

test('closed, it looks no longer and holds nothing', () => {
  const { earlier, slow, send, numbers } = open()
  send(slow, 2)
  earlier.close()
  expect([slow.observed, numbers('a', 'out')]).toEqual([false, []])
})
