/** Checks what is said of a window that has not fired, cause by cause. */

import type { wire } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import type { Board, BoardNode } from '../../live/board.ts'
import { metricsOf as numbersOf } from '../../live/testing/wire-values.ts'
import { pictureOf, sourceOf, windowOf } from './testing/pictures.ts'
import {
  emptyText,
  neededMs,
  reasonOf,
  type Standing,
  standstillText,
  stillMs,
  whyNot,
} from './why-not.ts'

/** 2026-11-21 16:00:00 UTC. */
const T = Date.UTC(2026, 10, 21, 16)
const MINUTE = 60_000

function node(id: string, title: string, ...from: string[]): [string, BoardNode] {
  const category = from.length === 0 ? 'source' : 'transform'
  const channels = from.map((above) => ({ port: 'in', from: { node: above, port: 'out' } }))
  return [id, { ...{ id, title, category, channels }, operator: 'any', outputs: ['out'] }]
}

/** One source, or two that meet in a union, before the window. */
const ONE: Board = { nodes: new Map([node('hook', 'Orders'), node('windows', 'Windows', 'hook')]) }
const TWO: Board = {
  nodes: new Map([
    ...[node('hook', 'Orders'), node('clicks', 'Clicks')],
    ...[node('both', 'Both', 'hook', 'clicks'), node('windows', 'Windows', 'both')],
  ]),
}

type Numbers = Readonly<Record<string, Partial<wire.NodeMetrics>>>

interface Given {
  readonly board?: Board
  readonly numbers?: Numbers
  readonly state?: wire.WireJobState
  readonly picture?: Partial<wire.Picture>
}

const input = (watermark: wire.WireTime, idle = false) => ({ watermark, idle })

function standing({ board = ONE, numbers, state = 'running', picture }: Given = {}): Standing {
  const given: Numbers = numbers ?? {
    hook: { watermark: T - 1 },
    windows: { watermark: T - 1, inputs: [input(T - 1)] },
  }
  return {
    board,
    state,
    metricsOf: (id) => (Object.hasOwn(given, id) ? numbersOf(given[id]) : undefined),
    picture: pictureOf({
      ...{ nodeId: 'windows', atMs: T + 8 * MINUTE, watermark: T - 1 },
      windows: [windowOf(T, T + 10_000)],
      steps: [{ atMs: T, watermark: T - 1 }],
      sources: [sourceOf('hook', T, T)],
      ...picture,
    }),
  }
}

const OPEN = windowOf(T, T + 10_000)

test('a window behind a silent source: what it waits for, where time is, why, and what to send', () => {
  expect(whyNot(OPEN, standing())).toEqual({
    waits: 'fires when the watermark reaches 2026-11-21 16:00:10.000 UTC',
    now: '2026-11-21 15:59:59.999 UTC, 10 s before that',
    why:
      '"Orders" is silent: its last record came 8 min ago. Its latest event time is ' +
      '2026-11-21 16:00:00.000 UTC; the watermark is just before it.',
    advice:
      'Send a record of 16:00:10.000 UTC or later to "Orders", stop the job, which fires what is ' +
      'open, or set Time of this window to processing.',
  })
})

test('the delay of the source stands between its records and the watermark', () => {
  const late = sourceOf('hook', T, T, { delayMs: 5_000 })
  const { why, advice } = whyNot(OPEN, standing({ picture: { sources: [late] } }))
  expect(why).toContain('the watermark stays 5 s behind it (Maximum out-of-orderness).')
  expect(advice).toContain('Send a record of 16:00:15.000 UTC or later')
})

test('an idle source alone moves nothing, and that is said', () => {
  const idle = sourceOf('hook', T, T, { slowest: null, idlePartitions: 1, idleTimeoutMs: 3_000 })
  const { why, advice } = whyNot(
    OPEN,
    standing({
      numbers: {
        hook: { watermark: T - 1, idle: true },
        windows: { watermark: T - 1, idle: true, inputs: [input(T - 1, true)] },
      },
      picture: { sources: [idle] },
    }),
  )
  expect(why).toBe(
    '"Orders" is idle (idle timeout 3 s): its last record came 8 min ago. While all inputs are ' +
      'idle, nothing says how far event time has come, and the watermark stands still.',
  )
  expect(advice).toMatch(/ An idle timeout helps only where another input goes on\.$/)
})

test('of two inputs the lower one is named, with how far the other has come', () => {
  const numbers = {
    ...{ hook: { watermark: T - 1 }, clicks: { watermark: T + MINUTE } },
    both: { watermark: T - 1, inputs: [input(T - 1), input(T + MINUTE)] },
    windows: { watermark: T - 1, inputs: [input(T - 1)] },
  }
  const sources = [sourceOf('hook', T, T), sourceOf('clicks', T + MINUTE, T + 8 * MINUTE)]
  const { why, advice } = whyNot(OPEN, standing({ board: TWO, numbers, picture: { sources } }))
  expect(why).toMatch(/^"Orders" is silent: its last record came 8 min ago\./)
  expect(why).toContain(
    '"Orders" holds the others back: "Clicks" has come to 2026-11-21 16:01:00.000 UTC.',
  )
  expect(advice).toContain('Set an idle timeout at the source')
})

test('a partition that stays behind the others is named by its number', () => {
  const slowest = { partition: 2, latest: T, heardAtMs: T }
  const sources = [sourceOf('hook', T + MINUTE, T + 8 * MINUTE, { partitions: 4, slowest })]
  const reason = reasonOf(standing({ picture: { sources } }))
  expect([reason.cause, reason.why]).toEqual([
    'partition',
    'Partition 2 of "Orders" holds it back: its latest event time is 2026-11-21 16:00:00.000 UTC, ' +
      'and its last record came 8 min ago. Another partition has come to ' +
      '2026-11-21 16:01:00.000 UTC.',
  ])
})

test('records that come without a later time are not silence', () => {
  const sources = [sourceOf('hook', T, T + 8 * MINUTE - 300)]
  const { cause, why } = reasonOf(standing({ picture: { sources } }))
  expect([cause, why]).toEqual([
    'earlier',
    '"Orders" brings records (the last just now), but none with a later event time than ' +
      '2026-11-21 16:00:00.000 UTC.',
  ])
})

test('a node that has not passed on what came is named, with how busy it is', () => {
  const busy = (share: number) =>
    reasonOf(
      standing({
        numbers: { windows: { watermark: T - 1, busy: share, inputs: [input(T + MINUTE)] } },
      }),
    )
  expect([busy(0.97).cause, busy(0.97).why]).toEqual([
    'busy',
    '"Windows" works 97 % of the time and has not come further than 2026-11-21 15:59:59.999 UTC.',
  ])
  expect(busy(0.1).cause).toBe('behind')
})

test.each<[string, Given, string, string]>([
  ['paused', { state: 'paused' }, 'paused', 'The job is paused, so nothing is read'],
  ['starting', { state: 'restarting' }, 'starting', 'The job is starting'],
  ['over', { state: 'failed' }, 'ended', 'The job has ended'],
  ['going on', { picture: { atMs: T + 1_000 } }, 'moving', 'The watermark moves on'],
  ['unknown', { numbers: {} }, 'unknown', 'What holds it there is not known'],
  [
    'paced',
    { picture: { sources: [sourceOf('hook', T, T, { waiting: false })] } },
    'waiting',
    '"Orders" has records to give',
  ],
  [
    'without records',
    { picture: { watermark: 'start', sources: [sourceOf('hook', 'start', null)] } },
    'no-time',
    '"Orders" has brought no record with an event time yet.',
  ],
])('a job that is %s', (_, given, cause, words) => {
  const reason = reasonOf(standing(given))
  expect(reason.cause).toBe(cause)
  expect(reason.why).toContain(words)
})

test('a node that gives times itself is named as what makes the watermark', () => {
  const board: Board = {
    nodes: new Map([
      ...[node('hook', 'Orders'), node('times', 'Order times', 'hook')],
      node('windows', 'Windows', 'times'),
    ]),
  }
  const numbers = {
    ...{ hook: { watermark: 'start' as const } },
    times: { watermark: T - 1, inputs: [input('start')] },
    windows: { watermark: T - 1, inputs: [input(T - 1)] },
  }
  const { why } = reasonOf(standing({ board, numbers }))
  expect(why).toBe(
    '"Order times" makes the watermark from the times it gives, and it stands at ' +
      '2026-11-21 15:59:59.999 UTC. "Orders": its last record came 8 min ago.',
  )
})

test('windows of processing time wait for the clock', () => {
  const picture = { firesByClock: true, atMs: T + 4_000 }
  expect(whyNot(OPEN, standing({ picture }))).toEqual({
    waits: 'fires when the clock reaches 2026-11-21 16:00:10.000 UTC, in 6 s',
    now: undefined,
    why: 'It goes by the clock of the server; event time has no say.',
    advice: undefined,
  })
})

test('a watermark that stands before open windows is told in the head of the tab', () => {
  expect(standstillText(standing())).toMatch(
    /^The watermark has stood at 2026-11-21 15:59:59\.999 UTC for 8 min\. "Orders" is silent: .* The next window fires at 16:00:10\.000 UTC\. Send a record /,
  )
  const fired = { windows: [windowOf(T, T + 10_000, T + 11_000)] }
  expect(standstillText(standing({ picture: fired }))).toBeUndefined()
  expect(standstillText(standing({ state: 'paused' }))).toBeUndefined()
  expect(standstillText(standing({ picture: { atMs: T + 3_000 } }))).toBeUndefined()
})

test('for how long it stood is known from before somebody looked', () => {
  const opened = T + 7 * MINUTE
  const { picture } = standing({ picture: { steps: [{ atMs: opened, watermark: T - 1 }] } })
  expect(stillMs(picture)).toBe(8 * MINUTE)
  const moved = [...picture.steps, { atMs: opened + 1_000, watermark: T }]
  expect(stillMs({ ...picture, steps: moved })).toBe(MINUTE - 1_000)
})

test('the record that is asked for has a time behind which a watermark leaves', () => {
  expect(neededMs({ delayMs: 0, intervalMs: 200 }, 10_000)).toBe(10_000)
  expect(neededMs({ delayMs: 5_000, intervalMs: 200 }, 10_001)).toBe(15_200)
})

test('where no window is open, it is told who holds what has not come so far', () => {
  const board: Board = {
    nodes: new Map([
      ...[node('hook', 'Orders'), node('clicks', 'Clicks')],
      ...[node('join', 'Joined', 'hook', 'clicks'), node('big', 'Large', 'join')],
      node('windows', 'Windows', 'big'),
    ]),
  }
  const numbers: Numbers = {
    hook: { watermark: T },
    clicks: { watermark: T - 1 },
    join: { watermark: T - 1, held: 24, inputs: [input(T), input(T - 1)] },
    big: { watermark: T - 1, inputs: [input(T - 1)] },
    windows: { watermark: T - 1, inputs: [input(T - 1)], in: 0 },
  }
  const sources = [sourceOf('hook', T, T), sourceOf('clicks', T, T)]
  const empty = { board, numbers, picture: { windows: [], sources } }
  expect(standstillText(standing(empty))).toBeUndefined()
  expect(emptyText(standing(empty))).toBe(
    'No record has come to it yet, so no window is open. "Joined" before it holds 24 records. "Clicks" is ' +
      'silent: its last record came 8 min ago. "Clicks" holds the others back: "Orders" has come to ' +
      '2026-11-21 16:00:00.000 UTC.',
  )
  const moving = { ...empty, picture: { ...empty.picture, atMs: T + 1_000 } }
  expect(emptyText(standing(moving))).toBe(
    'No record has come to it yet, so no window is open. "Joined" before it holds 24 records.',
  )
  // Between two windows there is nothing to tell.
  const between = { ...numbers, windows: { ...numbers['windows'], in: 9 } }
  expect(emptyText(standing({ ...moving, numbers: between }))).toBeUndefined()
  expect(emptyText(standing({ ...empty, numbers: between }))).toMatch(
    /^No window is open\. "Joined" before it holds 24 records\. "Clicks" is silent/,
  )
  expect(emptyText(standing({ ...empty, state: 'finished' }))).toBeUndefined()
  expect(emptyText(standing())).toBeUndefined()
})
