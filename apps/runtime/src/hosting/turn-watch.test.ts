/** Which turns the guard of a host ends, by clocks that the tests move. */

import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { createTurnWatch, openThreadClock, type TurnReading } from './turn-watch.ts'

const SHARED = { limitMs: 500, busyPart: 1 }
const ALONE = { limitMs: 3_000, busyPart: 0.5 }

/** A guard that looks every 20 ms; `busy` is the part of the time that the thread computes. */
function guard(limit: Pick<TurnReading, 'limitMs' | 'busyPart'>) {
  const watch = createTurnWatch()
  let nowMs = 10_000
  let threadMs = 4_000
  const look = (turn: number) => watch({ ...limit, turn, nowMs, threadMs })
  return {
    /** How long it took until the turn was too long; undefined where it never was. */
    watchFor: (ms: number, { turn = 1, busy = 1 }: { turn?: number; busy?: number } = {}) => {
      for (let passedMs = 0; passedMs <= ms; passedMs += 20) {
        if (look(turn) === 'too-long') return passedMs
        nowMs += 20
        threadMs += 20 * busy
      }
      return undefined
    },
    /** Everything stands still; the machine's clock goes on. */
    stopped: (ms: number) => {
      nowMs += ms
    },
  }
}

test('a turn that computes on is ended when its limit is over, and no sooner', () => {
  expect(guard(SHARED).watchFor(2_000)).toBe(520)
  expect(guard(ALONE).watchFor(10_000)).toBe(3_020)
  expect(guard(SHARED).watchFor(500)).toBeUndefined()
})

test('turns that follow one another are none that goes on, nor is none', () => {
  const { watchFor } = guard(SHARED)
  for (let turn = 1; turn < 20; turn++) expect(watchFor(480, { turn })).toBeUndefined()
  expect(watchFor(60_000, { turn: 0 })).toBeUndefined()
})

test('on a machine with many others for a processor, what counts is what the turn had of it', () => {
  const { watchFor } = guard(SHARED)
  expect(watchFor(15_000, { busy: 1 / 32 })).toBeUndefined()
  expect(watchFor(5_000, { busy: 1 / 32 })).toBe(1_000)
})

test('a turn that waits for a disk is not ended for it', () => {
  expect(guard(SHARED).watchFor(60_000, { busy: 0 })).toBeUndefined()
  expect(guard(ALONE).watchFor(60_000, { busy: 0.01 })).toBeUndefined()
})

test('a stop of all processes, as of a virtual machine, counts for no turn', () => {
  const { watchFor, stopped } = guard(ALONE)
  for (let stop = 0; stop < 10; stop++) {
    expect(watchFor(2_500)).toBeUndefined()
    stopped(60_000)
  }
  expect(watchFor(10_000)).toBe(3_020)
})

test('a turn of a job alone is ended when it has had a processor half of the time', () => {
  expect(guard(ALONE).watchFor(60_000, { busy: 0.6 })).toBe(3_020)
  expect(guard(ALONE).watchFor(60_000, { busy: 0.25 })).toBe(6_020)
})

const NO_FILES = {
  openSync: () => {
    throw new Error('There is no such file.')
  },
  readSync: () => 0,
}

function filesWith(text: () => string, opened: string[] = []) {
  return {
    openSync: (path: string) => {
      opened.push(path)
      return 7
    },
    readSync: (_: number, buffer: Uint8Array) => {
      buffer.set(new TextEncoder().encode(text()))
      return text().length
    },
  }
}

test('Linux says what one thread has had of a processor', () => {
  let text = '123000000 5 6\n'
  const opened: string[] = []
  const process = { pid: 42, cpuUsage: () => ({ user: 0, system: 0 }) }
  const threadMs = openThreadClock(
    filesWith(() => text, opened),
    process,
  )
  expect(threadMs()).toBe(123)
  text = '9000000 7 8\n'
  expect(threadMs()).toBe(9)
  expect(opened).toEqual(['/proc/self/task/42/schedstat'])
})

test('where nobody says it of one thread, it is what all threads have had', () => {
  const process = { pid: 42, cpuUsage: () => ({ user: 3_000, system: 500 }) }
  const silent = filesWith(() => '0 0 0\n')
  for (const files of [NO_FILES, silent]) expect(openThreadClock(files, process)()).toBe(3.5)
})

test('they work as text, with nothing that stands around them', () => {
  const watch = runInNewContext(`(${createTurnWatch})()`) as ReturnType<typeof createTurnWatch>
  const reading = { ...SHARED, turn: 1, nowMs: 0, threadMs: 0 }
  expect(watch(reading)).toBe('new')
  expect(watch({ ...reading, nowMs: 600, threadMs: 600 })).toBe('too-long')
  const cpuUsage = () => ({ user: 3_000, system: 500 })
  const given = { files: NO_FILES, process: { pid: 42, cpuUsage }, Uint8Array }
  expect(runInNewContext(`(${openThreadClock})(files, process)()`, given)).toBe(3.5)
})
