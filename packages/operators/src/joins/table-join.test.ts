/** What a table join makes of single changes, of many, and of what it cannot take. */

import {
  clock,
  type OperatorRunResult,
  runOperator,
  seededRandom,
  type TestElement,
  type TestStream,
  VirtualEnv,
  watermark,
} from '@millrace/engine/testing'
import type { ExampleInput } from '@millrace/pipeline'
import { describe, expect, test } from 'vitest'
import { columns, refusals } from '../testing/refusals.ts'
import { createCompare, findOrAdd, findRow, type MatchedRows, removeRow } from './matched-rows.ts'
import { tableJoin } from './table-join.ts'

const orders = { id: 'integer', user: 'string', n: 'integer' }
const users = { name: 'string', m: 'integer' }
const config = { on: [['user', 'name']], columns: { id: 'left.id', n: 'left.n', m: 'right.m' } }

function table(
  schema: { readonly [column: string]: string },
  key: readonly string[] | undefined,
  elements: readonly ExampleInput[],
): TestStream {
  const kind = key === undefined ? {} : { table: { changes: 'retract' as const, key } }
  return { schema, eventTime: false, elements, ...kind }
}

const order = (change: '+I' | '-U' | '+U' | '-D', id: number, user: string | null, n: number) => ({
  change,
  row: { id, user, n },
})
const user = (change: '+I' | '-U' | '+U' | '-D', name: string, m: number) => ({
  change,
  row: { name, m },
})
const wait = watermark(Number.NEGATIVE_INFINITY)

function run(given: object, ones: readonly ExampleInput[], others: readonly ExampleInput[]) {
  const inputs = { left: table(orders, ['id'], ones), right: table(users, ['name'], others) }
  return runOperator(tableJoin, { ...config, onError: 'fail', ...given }, inputs, { open: true })
}

function changes({ outputs }: OperatorRunResult): readonly string[] {
  return (outputs.out ?? []).flatMap((element: TestElement) =>
    'row' in element
      ? [`${element.change} ${Object.values(element.row).map(String).join(' ')}`]
      : [],
  )
}

test('a changed row of the other table changes every row that points to it, each by -U and +U', () => {
  const left = [order('+I', 1, 'ada', 10), order('+I', 2, 'ada', 20), wait, wait, wait]
  const right = [wait, wait, user('+I', 'ada', 5), user('-U', 'ada', 5), user('+U', 'ada', 6)]
  expect(changes(run({}, left, right))).toEqual([
    '+I 1 10 5',
    '+I 2 20 5',
    '-U 1 10 5',
    '+U 1 10 6',
    '-U 2 20 5',
    '+U 2 20 6',
  ])
})

test('a row that points elsewhere now is one update', () => {
  const left = [
    wait,
    wait,
    order('+I', 1, 'ada', 10),
    order('-U', 1, 'ada', 10),
    order('+U', 1, 'bob', 10),
  ]
  const right = [user('+I', 'ada', 5), user('+I', 'bob', 7)]
  expect(changes(run({}, left, right))).toEqual(['+I 1 10 5', '-U 1 10 5', '+U 1 10 7'])
  const gone = [...left, order('-U', 1, 'bob', 10), order('+U', 1, 'eve', 10)]
  expect(changes(run({ type: 'left' }, gone, right)).slice(3)).toEqual([
    '-U 1 10 7',
    '+U 1 10 null',
  ])
  expect(changes(run({}, gone, right)).slice(3)).toEqual(['-D 1 10 7'])
})

test('what changes nothing in the output is not mentioned', () => {
  const left = [
    wait,
    order('+I', 1, 'ada', 10),
    order('-U', 1, 'ada', 10),
    order('+U', 1, 'ada', 11),
  ]
  const columns = { id: 'left.id', m: 'right.m' }
  expect(changes(run({ columns }, left, [user('+I', 'ada', 5)]))).toEqual(['+I 1 5'])
})

test('a row alone is taken back with its first match, and comes again after the last', () => {
  const right = [wait, user('+I', 'ada', 5), user('-D', 'ada', 5)]
  const left = [order('+I', 1, 'ada', 10), wait, wait]
  expect(changes(run({ type: 'full' }, left, right))).toEqual([
    '+I 1 10 null',
    '-D 1 10 null',
    '+I 1 10 5',
    '-D 1 10 5',
    '+I 1 10 null',
  ])
})

test('a row that goes and never came has no effect, and is counted', () => {
  const ran = run({}, [order('-D', 1, 'ada', 10), wait], [wait, user('+I', 'ada', 5)])
  expect(changes(ran)).toEqual([])
  expect(ran.ledger.toJson()).toMatchObject({ in: 2, absorbed: 1, held: 1 })
})

test('NULL is equal to nothing, and such a row stands alone in an outer join', () => {
  const left = [order('+I', 1, null, 10), wait, order('-D', 1, null, 10)]
  expect(changes(run({}, left, []))).toEqual([])
  expect(changes(run({ type: 'left' }, left, []))).toEqual(['+I 1 10 null', '-D 1 10 null'])
})

test('a row waits for the one that replaces it across other input, and has gone if a watermark comes first', () => {
  const left = [
    order('+I', 1, 'ada', 10),
    order('-U', 1, 'ada', 10),
    wait,
    order('+U', 1, 'ada', 11),
  ]
  const right = [user('+I', 'ada', 5), wait, user('+I', 'bob', 7), wait]
  expect(changes(run({}, left, right))).toEqual(['+I 1 10 5', '-U 1 10 5', '+U 1 11 5'])
  const alone = [...left.slice(0, 2), watermark(3)]
  expect(changes(run({}, alone, [user('+I', 'ada', 5), wait, watermark(3)]))).toEqual([
    '+I 1 10 5',
    '-D 1 10 5',
  ])
  const lone = [...left.slice(0, 2), order('+I', 2, 'ada', 20)]
  expect(changes(run({}, lone, [user('+I', 'ada', 5)]))).toEqual([
    '+I 1 10 5',
    '-D 1 10 5',
    '+I 2 20 5',
  ])
})

test('the books know what was used', () => {
  const left = [
    order('+I', 1, 'ada', 10),
    order('+I', 2, 'bob', 20),
    order('-D', 1, 'ada', 10),
    order('-D', 2, 'bob', 20),
  ]
  const { ledger } = run({}, left, [user('+I', 'ada', 5)])
  expect(ledger.toJson()).toMatchObject({ in: 5, held: 1, absorbed: 3, expired: 1 })
})

test('of streams, a pair that has no value goes to errors, and neither record stands alone', () => {
  const inputs = {
    left: table(orders, undefined, [order('+I', 1, 'ada', 0)]),
    right: table(users, undefined, [user('+I', 'ada', 5)]),
  }
  const { outputs, ledger } = runOperator(
    tableJoin,
    { on: config.on, type: 'full', where: 'm / n = 1' },
    inputs,
    { open: true },
  )
  expect(outputs.errors).toMatchObject([{ row: { node: 'tested' } }])
  // It stood alone until its partner came.
  expect(outputs.out?.map((element) => ('row' in element ? element.change : ''))).toEqual([
    '+I',
    '-D',
  ])
  expect(ledger.toJson()).toMatchObject({ held: 2 })
})

test('rows that have not been written for the time to live are forgotten without a word', () => {
  const at = Date.UTC(2026, 0, 1)
  const left = [
    order('+I', 1, 'ada', 10),
    clock(at + 59_000),
    order('+I', 2, 'ada', 20),
    clock(at + 119_000),
  ]
  const right = [wait, wait, wait, wait, user('+I', 'ada', 5)]
  const ran = run({ stateTimeToLive: '1m' }, left, right)
  expect(changes(ran)).toEqual([])
  expect(ran.ledger.toJson()).toMatchObject({ in: 3, expired: 2, held: 1 })
  const soon = [
    order('+I', 1, 'ada', 10),
    clock(at + 59_000),
    order('+I', 2, 'ada', 20),
    clock(at + 118_000),
  ]
  expect(changes(run({ stateTimeToLive: '1m' }, soon, right))).toEqual(['+I 1 10 5', '+I 2 20 5'])
})

test('the thread can be given back while one row changes very many', () => {
  const env = new VirtualEnv()
  let looks = 0
  const clockOfJob = {
    nowMs: () => env.clock.nowMs(),
    monotonicMs: () => {
      looks++
      return 0
    },
  }
  const count = 20_000
  const ones = Array.from({ length: count }, (_, id) => order('+I', id, 'ada', 1))
  const others = [...Array(count).fill(wait), user('+I', 'ada', 5)]
  const inputs = { left: table(orders, ['id'], ones), right: table(users, ['name'], others) }
  const watched = Object.assign(Object.create(env), { clock: clockOfJob })
  const { outputs } = runOperator(
    tableJoin,
    { ...config, onError: 'fail', where: 'id < 3' },
    inputs,
    { env: watched },
  )
  expect(outputs.out).toHaveLength(3)
  expect(looks).toBeGreaterThan(count / 32 / 8)
})

test('rows are found whatever the order in which they come and go', () => {
  const random = seededRandom(7)
  const compare = createCompare([0])
  const rows: MatchedRows = []
  const there = new Set<number>()
  for (let step = 0; step < 6000; step++) {
    const id = random.integer(0, 1500)
    const found = findRow(rows, [id], compare)
    expect(found !== undefined).toBe(there.has(id))
    const added = { row: [id], copies: 1, matches: 0, use: 0 } as const
    if (found === undefined) {
      expect(findOrAdd(rows, added, compare)).toBe(added)
      there.add(id)
    } else if (random.chance(0.2)) expect(findOrAdd(rows, added, compare)).toBe(found)
    else if (random.chance(0.4)) {
      removeRow(rows, [id], compare)
      there.delete(id)
    }
  }
  expect(rows.flat().map(({ row }) => row[0])).toEqual([...there].sort((a, b) => a - b))
  expect(Math.max(...rows.map((chunk) => chunk.length))).toBeLessThanOrEqual(256)
  for (const id of there) removeRow(rows, [id], compare)
  expect(rows).toEqual([])
})

describe('the key of the output', () => {
  const keyed = (left: readonly string[] | undefined, right: readonly string[] | undefined) => ({
    left: table(orders, left, []),
    right: table(users, right, []),
  })
  test.each<[string, object, ReturnType<typeof keyed>, readonly string[]]>([
    ['the left one where each row has one partner at most', {}, keyed(['id'], ['name']), ['id']],
    ['the left one in a left join, too', { type: 'left' }, keyed(['id'], ['name']), ['id']],
    ['the right one the other way round', {}, keyed(['user'], ['m']), ['m']],
    ['both where either may have several partners', {}, keyed(['id'], ['m']), ['id', 'm']],
    [
      'all columns where rows of both sides may be alone, maybe with NULL in their keys',
      { type: 'full' },
      keyed(['id'], ['name']),
      ['id', 'user', 'n', 'name', 'm'],
    ],
    ['all columns of a stream', {}, keyed(undefined, ['m']), ['id', 'user', 'n', 'm']],
    [
      'all columns where a part of it is left out',
      { columns: { m: 'right.m' } },
      keyed(['id'], ['m']),
      ['m'],
    ],
    ['under its new name', { columns: { order: '`left`.id' } }, keyed(['id'], ['name']), ['order']],
  ])('is %s', (_, given, inputs, expected) => {
    const whole = { on: config.on, onError: 'fail', ...given }
    expect(runOperator(tableJoin, whole, inputs).outputSchemas.out?.key).toEqual(expected)
  })
})

test.each<[object, readonly string[]]>([
  [
    { ...config, on: [] },
    [
      'join-without-key on On is empty, and a record must say whose partner it is. List pairs of a left and a right ' +
        'column, for instance ["user", "id"].',
    ],
  ],
  [
    { ...config, on: [['id', 'name']] },
    [
      'join-key-types on.0 left.id is integer and right.name is string, and only columns of the same type can be ' +
        'compared here. CAST one of them in a select before the join.',
    ],
  ],
])('%j is refused', (given, expected) => {
  const inputs = { left: columns(orders, false), right: columns(users, false) }
  expect(refusals(tableJoin, given, inputs)).toEqual(expected)
})
