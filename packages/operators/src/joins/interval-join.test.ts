/** What an interval join does at its bounds, with watermarks and with windows that fire again. */

import {
  record,
  runOperator,
  seededRandom,
  stream,
  type TestElement,
  type TestStream,
  VirtualEnv,
  watermark,
} from '@millrace/engine/testing'
import { compareRows, type Row } from '@millrace/pipeline'
import { describe, expect, test } from 'vitest'
import { checkSmallest } from '../testing/random-streams.ts'
import { columns, refusals } from '../testing/refusals.ts'
import { intervalJoin } from './interval-join.ts'

const left = { id: 'string', n: 'integer' }
const right = { key: 'string', m: 'integer' }
const config = { on: [['id', 'key']], lower: '-2ms', upper: '3ms' }

function run(given: object, ones: readonly TestElement[], others: readonly TestElement[]) {
  const inputs = { left: stream(left, ones), right: stream(right, others) }
  return runOperator(intervalJoin, { ...config, ...given }, inputs, { open: true })
}

const one = (n: number, at: number) => record({ id: 'a', n }, at)
const other = (m: number, at: number) => record({ key: 'a', m }, at)
const pair = (n: number, m: number, at: number) => record({ id: 'a', n, key: 'a', m }, at)

test('both bounds are included, and a pair has the later time', () => {
  //  right   7   8 . . 10 . . 13  14
  //              |--- of 10 ---|
  const times = [7, 8, 13, 14]
  const { outputs } = run(
    {},
    [one(0, 10)],
    times.map((at) => other(at, at)),
  )
  expect(outputs.out).toEqual([pair(0, 8, 10), pair(0, 13, 13)])
})

test('equal records are records of their own: two and three make six pairs', () => {
  const { outputs } = run({}, [one(1, 5), one(1, 5)], [other(2, 5), other(2, 5), other(2, 5)])
  expect(outputs.out).toEqual(Array(6).fill(pair(1, 2, 5)))
})

test('a row that matches nothing leaves once, when the watermark proves it, and is not late then', () => {
  const { outputs } = run(
    { type: 'full' },
    [one(1, 10), watermark(12), watermark(12), watermark(13)],
    [watermark(12), other(2, 14), watermark(13), watermark(20)],
  )
  // Left at W = 13, and what leaves is held back by the upper bound, 3.
  expect(outputs.out).toEqual([
    watermark(9),
    record({ id: 'a', n: 1, key: null, m: null }, 10),
    watermark(10),
  ])
})

test('a row that has matched does not leave alone as well, also if its partner came last', () => {
  const { outputs, ledger } = run(
    { type: 'full' },
    [one(1, 10), watermark(12), watermark(100)],
    [watermark(12), other(2, 13), watermark(100)],
  )
  expect(outputs.out).toEqual([watermark(9), pair(1, 2, 13), watermark(97)])
  expect(ledger.toJson()).toMatchObject({ absorbed: 2, held: 0 })
})

test('a record at the watermark is late, and one behind it is not', () => {
  const { outputs, ledger } = run(
    {},
    [watermark(10), one(1, 10), one(2, 11)],
    [watermark(10), other(3, 9), other(4, 12)],
  )
  expect(outputs.out).toEqual([watermark(10), pair(2, 4, 12)])
  expect(outputs.late).toEqual([
    watermark(10),
    record({ side: 'left', left: { id: 'a', n: 1 }, right: null }, 10),
    record({ side: 'right', left: null, right: { key: 'a', m: 3 } }, 9),
  ])
  expect(ledger.toJson()).toMatchObject({ in: 4, late: 2 })
})

test('state goes with the watermark, whether or not the other side says anything', () => {
  const { ledger } = run({}, [one(1, 10), watermark(12), watermark(13)], [watermark(99)])
  expect(ledger.toJson()).toMatchObject({ held: 0, expired: 1 })
})

test('NULL is equal to nothing, which needs no waiting', () => {
  const none = [record({ id: null, n: 1 }, 5), record({ id: 'a', n: 2 }, 6)]
  const inner = run({}, none, [record({ key: null, m: 3 }, 5)])
  expect(inner.outputs.out).toEqual([])
  expect(inner.ledger.toJson()).toMatchObject({ expired: 2, held: 1 })
  const outer = run({ type: 'left' }, none, [record({ key: null, m: 3 }, 5)])
  expect(outer.outputs.out).toEqual([record({ id: null, n: 1, key: null, m: null }, 5)])
})

test('the thread can be given back while one record meets very many', () => {
  const env = new VirtualEnv()
  let looks = 0
  const clock = {
    nowMs: () => env.clock.nowMs(),
    monotonicMs: () => {
      looks++
      return 0
    },
  }
  const ones = Array.from({ length: 20_000 }, (_, n) => one(n, 1))
  const inputs = { left: stream(left, ones), right: stream(right, [other(0, 1)]) }
  const watched = Object.assign(Object.create(env), { clock })
  const given = { ...config, where: 'n < 3' }
  // The right record comes last: the elements of both inputs are taken in turn.
  const waiting = [...Array(20_000).fill(watermark(Number.NEGATIVE_INFINITY)), other(0, 1)]
  const { outputs } = runOperator(
    intervalJoin,
    given,
    { ...inputs, right: stream(right, waiting) },
    { env: watched },
  )
  expect(outputs.out).toEqual([0, 1, 2].map((n) => pair(n, 0, 1)))
  expect(looks).toBeGreaterThan(20_000 / 32 / 8)
})

describe('results of windows that fire again', () => {
  const totals = {
    schema: { id: 'string', n: 'integer', end: 'timestamp' },
    table: { changes: 'retract' as const, key: ['id', 'end'], window: { latenessMs: 10 } },
  }

  test('take back what they have made', () => {
    const given: TestStream = {
      ...totals,
      elements: [
        { at: 10, change: '+I', row: { id: 'a', n: 1, end: 11 } },
        { watermark: 12 },
        { at: 10, change: '-U', row: { id: 'a', n: 1, end: 11 } },
        { at: 10, change: '+U', row: { id: 'a', n: 2, end: 11 } },
      ],
    }
    const inputs = { left: given, right: stream(right, [other(5, 9), watermark(12)]) }
    const columns = { n: 'left.n', m: 'right.m' }
    const { outputs, ledger, outputSchemas } = runOperator(
      intervalJoin,
      { ...config, columns, onError: 'fail' },
      inputs,
    )
    expect(outputs.out?.filter((element) => 'row' in element)).toEqual([
      { change: '+I', row: { n: 1, m: 5 } },
      { change: '-D', row: { n: 1, m: 5 } },
      { change: '+I', row: { n: 2, m: 5 } },
    ])
    expect(ledger.toJson()).toMatchObject({ in: 4, held: 0, absorbed: 4 })
    expect(outputSchemas.out).toMatchObject({
      changes: 'retract',
      eventTime: false,
      key: ['n', 'm'],
    })
  })

  test('in parts are no more late than their windows let them be, and nothing is late behind them', () => {
    const parts = {
      schema: { id: 'string', n: 'integer' },
      table: { changes: 'append' as const, window: { latenessMs: 10 } },
    }
    const given = {
      ...parts,
      elements: [watermark(19), watermark(19), one(1, 10), one(2, 9)],
    } as unknown as TestStream
    const { outputs } = runOperator(
      intervalJoin,
      { ...config, type: 'left' },
      { left: given, right: stream(right, [other(5, 9), watermark(19)]) },
      { open: true },
    )
    expect(outputs.out).toEqual([watermark(6), pair(1, 5, 10)])
    expect(outputs.late).toMatchObject([watermark(6), { at: 9 }])
  })

  const types = ['inner', 'left', 'right', 'full', 'semi', 'anti'] as const
  test.each(types)('make a table that is the %s join of the last results', (type) => {
    for (let seed = 1; seed <= 150; seed++) {
      const random = seededRandom(seed)
      const steps = drawFirings(random.integer(1, 25), random)
      checkSmallest(`Seed ${seed}`, steps, (some) => {
        const inputs = { left: { ...totals, elements: toChanges(some) }, right: stream(right, []) }
        const others = some.flatMap(({ partner }) => partner ?? [])
        const run = runOperator(
          intervalJoin,
          { ...config, type, onError: 'fail' },
          { ...inputs, right: stream(right, others) },
        )
        expect(run.failure).toBe(undefined)
        expect(finalTable(run.outputs.out ?? [])).toEqual(naiveTable(some, type))
        expect(run.ledger.held).toBe(0)
      })
    }
  })
})

interface Firing {
  readonly end: number
  readonly n: number
  /** What comes on the right meanwhile. */
  readonly partner: TestElement | undefined
}

function drawFirings(count: number, random: ReturnType<typeof seededRandom>): readonly Firing[] {
  return Array.from({ length: count }, (_, index) => ({
    end: random.integer(0, 8),
    n: index,
    partner: random.chance(0.4)
      ? other(index, random.integer(-4, 14))
      : watermark(Number.NEGATIVE_INFINITY),
  }))
}

/** Each firing of a window replaces the one before. */
function toChanges(firings: readonly Firing[]): readonly TestElement[] {
  const last = new Map<number, number>()
  return firings.flatMap(({ end, n }): TestElement[] => {
    const before = last.get(end)
    last.set(end, n)
    const row = { id: 'a', n, end }
    if (before === undefined) return [{ at: end - 1, change: '+I', row }]
    return [
      { at: end - 1, change: '-U', row: { ...row, n: before } },
      { at: end - 1, change: '+U', row },
    ]
  })
}

/** The rows that are left when every `-` has taken one away, which must be there. */
function finalTable(elements: readonly TestElement[]): readonly Row[] {
  const rows: string[] = []
  for (const element of elements) {
    if (!('row' in element)) continue
    const { id, n, key, m } = element.row
    const text = JSON.stringify([id, n, key ?? null, m ?? null])
    if (element.change === '+I' || element.change === '+U') rows.push(text)
    else {
      expect(rows).toContain(text)
      rows.splice(rows.indexOf(text), 1)
    }
  }
  return rows.map((text) => JSON.parse(text) as Row).sort(compareRows)
}

function naiveTable(firings: readonly Firing[], type: string): readonly Row[] {
  const last = new Map(firings.map((firing) => [firing.end, firing]))
  const ones = [...last.values()]
  const others = firings.flatMap(({ partner }) =>
    partner !== undefined && 'row' in partner ? [partner] : [],
  )
  const matches = (end: number, at: unknown) =>
    Number(at) >= end - 1 - 2 && Number(at) <= end - 1 + 3
  const rows = ones.flatMap(({ end, n }): Row[] => {
    const mine = others.filter(({ at }) => matches(end, at))
    if (type === 'semi') return mine.length > 0 ? [['a', n, null, null]] : []
    if (mine.length > 0 && type !== 'anti') {
      return mine.map(({ row }) => ['a', n, 'a', Number(row.m)])
    }
    const alone = mine.length === 0 && ['left', 'full', 'anti'].includes(type)
    return alone ? [['a', n, null, null]] : []
  })
  if (type === 'right' || type === 'full') {
    for (const { at, row } of others) {
      if (!ones.some(({ end }) => matches(end, at))) rows.push([null, null, 'a', Number(row.m)])
    }
  }
  return rows.sort(compareRows)
}

test.each<[object, readonly string[]]>([
  [
    { ...config, lower: '5m', upper: '-1m' },
    [
      'interval-bounds-exchanged lower Lower 5m is above upper -1m, so that no time lies between them. Choose a ' +
        'lower bound that is at most the upper one; exchanged, these two would do.',
    ],
  ],
  [
    { ...config, on: [] },
    [
      'join-without-key on On is empty, and a record must say whose partner it is. List pairs of a left and a right ' +
        'column, for instance ["user", "id"].',
    ],
  ],
  [
    { ...config, on: [['id', 'm']] },
    [
      'join-key-types on.0 left.id is string and right.m is integer, and only columns of the same type can be ' +
        'compared here. CAST one of them in a select before the join.',
    ],
  ],
  [
    { ...config, columns: { x: 'window_start' } },
    ['column-unknown columns.x There is no column "window_start". The columns are id, n, key, m.'],
  ],
])('%j is refused', (given, expected) => {
  const inputs = { left: columns(left), right: columns(right) }
  expect(refusals(intervalJoin, given, inputs)).toEqual(expected)
})

test('a table and a stream without event time are refused', () => {
  const inputs = {
    left: columns(left, false),
    right: { ...columns(right), table: { changes: 'retract' as const, key: ['key'] } },
  }
  expect(refusals(intervalJoin, { ...config, onError: 'fail' }, inputs)).toEqual([
    'needs-event-time left An interval join goes by event time, and the records of its input have none. Put an ' +
      'assign-time before this node.',
    'stream-needed right An interval join takes a stream of records, and its input is a table (retract), whose rows ' +
      'replace each other at no event time that a watermark could vouch for. Put this node before the operator that ' +
      'makes the table.',
  ])
})
