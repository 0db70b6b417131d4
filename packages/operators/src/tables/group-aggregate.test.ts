/** What the group-aggregate refuses, forgets, ignores and costs; its results are in `-naive`. */

import { runOperator, type TestStream } from '@millrace/engine/testing'
import type { ExampleInput } from '@millrace/pipeline'
import { describe, expect, test } from 'vitest'
import { columns, refusals } from '../testing/refusals.ts'
import { groupAggregate } from './group-aggregate.ts'

const clicks = columns({ user: 'string', ms: 'integer', at: 'timestamp' })

describe('is refused with', () => {
  const grouped = { groupBy: ['user'] }
  test.each([
    [
      'a column that is not there',
      { groupBy: ['usr'], aggregates: { n: 'COUNT(*)' } },
      'column-unknown groupBy.0 There is no column "usr". Did you mean "user"? The columns are user, ms, at.',
    ],
    [
      'an aggregate that cannot be read',
      { ...grouped, aggregates: { n: 'COUNT(DISTINCT *)' } },
      'distinct aggregates.n COUNT(*) takes no DISTINCT. Take it out, or name a column.',
    ],
    [
      'a name for two columns',
      { ...grouped, aggregates: { user: 'COUNT(*)' } },
      'column-made-twice aggregates.user Column "user" is also grouped by. Give the aggregate another name.',
    ],
    [
      'a time to live of nothing',
      { ...grouped, aggregates: { n: 'COUNT(*)' }, stateTimeToLive: '0s' },
      'bad-duration stateTimeToLive State time to live is 0s and must be longer than 0s. Choose at least "1ms".',
    ],
  ])('%s', (_, config, line) => {
    const [first] = refusals(groupAggregate, config, { in: clicks })
    expect(first).toBe(line)
  })
})

test('a time to live of groups that go with their window is warned of', () => {
  const input = { ...columns({ end: 'timestamp' }), window: { endColumn: 'end', latenessMs: 0 } }
  const config = { groupBy: ['end'], aggregates: { n: 'COUNT(*)' }, stateTimeToLive: '1h' }
  expect(refusals(groupAggregate, config, { in: input })).toEqual([
    'time-to-live-unused stateTimeToLive Rows are grouped by "end", the end of a window, and are forgotten when the window is over. State time to live has no effect here. Remove it.',
  ])
})

const table = { changes: 'retract', key: ['id'] } as const

function scores(elements: readonly ExampleInput[]): TestStream {
  return {
    schema: { id: 'integer', team: 'string', points: 'integer' },
    eventTime: false,
    table,
    elements,
  }
}

const change = (kind: '+I' | '-U' | '+U' | '-D', id: number, team: string, points: number | null) =>
  ({ change: kind, row: { id, team, points } }) as const

const byTeam = { groupBy: ['team'], aggregates: { sum: 'SUM(points)', n: 'COUNT(*)' } }

describe('a table', () => {
  test('whose row moves to another group leaves one and joins the other, in this order', () => {
    const { outputs, ledger } = runOperator(groupAggregate, byTeam, {
      in: scores([
        change('+I', 1, 'red', 5),
        change('-U', 1, 'red', 5),
        change('+U', 1, 'blue', 5),
      ]),
    })
    expect(outputs.out).toEqual([
      { change: '+I', row: { team: 'red', sum: 5, n: 1 } },
      { change: '-D', row: { team: 'red', sum: 5, n: 1 } },
      { change: '+I', row: { team: 'blue', sum: 5, n: 1 } },
    ])
    expect(ledger).toMatchObject({ in: 3, absorbed: 3, held: 0 })
  })

  test('whose update changes no result gives nothing', () => {
    const least = { groupBy: ['team'], aggregates: { least: 'MIN(points)' } }
    const { outputs } = runOperator(groupAggregate, least, {
      in: scores([
        change('+I', 1, 'red', 5),
        change('+I', 2, 'red', 8),
        change('-U', 2, 'red', 8),
        change('+U', 2, 'red', 7),
        change('-D', 1, 'red', 5),
      ]),
    })
    expect(outputs.out).toEqual([
      { change: '+I', row: { team: 'red', least: 5 } },
      { change: '-U', row: { team: 'red', least: 5 } },
      { change: '+U', row: { team: 'red', least: 7 } },
    ])
  })

  test('that takes back what never came is ignored, and the row counts as dropped', () => {
    const { outputs, ledger } = runOperator(groupAggregate, byTeam, {
      in: scores([
        change('-D', 1, 'red', 5),
        change('+I', 2, 'red', null),
        change('-D', 3, 'red', 4),
      ]),
    })
    expect(outputs.out).toEqual([{ change: '+I', row: { team: 'red', sum: null, n: 1 } }])
    expect(ledger).toMatchObject({ in: 3, absorbed: 1, dropped: 2 })
  })
})

describe('a result without a value', () => {
  const config = { groupBy: ['team'], aggregates: { share: '10 / SUM(points)' } }
  const input = (elements: readonly ExampleInput[]): TestStream => ({
    schema: { team: 'string', points: 'integer' },
    elements,
  })
  const point = (at: number, points: number) => ({ at, row: { team: 'red', points } })

  test('takes the row of its group away until there is one again', () => {
    const { outputs, failure } = runOperator(groupAggregate, config, {
      in: input([point(1, 5), point(2, -5), point(3, 2)]),
    })
    expect(failure).toBe(undefined)
    expect(outputs.out).toEqual([
      { change: '+I', row: { team: 'red', share: 2 } },
      { change: '-D', row: { team: 'red', share: 2 } },
      { change: '+I', row: { team: 'red', share: 5 } },
    ])
    expect(outputs.errors).toMatchObject([{ row: { raw: '{"team":"red"}', node: 'tested' } }])
  })

  test('fails the job where errors do', () => {
    const { failure } = runOperator(
      groupAggregate,
      { ...config, onError: 'fail' },
      { in: input([point(1, 5), point(2, -5)]) },
    )
    expect(failure?.message).toBe(
      'Aggregate "share": Division by zero. Guard the divisor with NULLIF(x, 0), which gives NULL instead. The group is {"team":"red"}.',
    )
  })

  test('beyond its range fails the job, naming the group', () => {
    const sum = { groupBy: ['team'], aggregates: { sum: 'SUM(points)' } }
    const most = Number.MAX_SAFE_INTEGER
    const { failure } = runOperator(groupAggregate, sum, {
      in: input([point(1, most), point(2, 1)]),
    })
    expect(failure).toMatchObject({ domain: 'user', retry: false })
    expect(failure?.message).toMatch(
      /^Node "tested", group \{"team":"red"\}: A SUM of integers left/,
    )
  })
})

describe('state time to live', () => {
  const config = { groupBy: ['user'], aggregates: { n: 'COUNT(*)' }, stateTimeToLive: '10s' }
  const click = { row: { user: 'ada' } } as const
  const input = (elements: readonly ExampleInput[]): TestStream => ({
    schema: { user: 'string' },
    eventTime: false,
    elements,
  })
  const n = (count: number) => ({ user: 'ada', n: count })

  test('forgets a group at the very moment, and silently', () => {
    const { outputs, state } = runOperator(groupAggregate, config, {
      in: input([
        click,
        { clock: '2026-01-01T00:00:09.999Z' },
        click,
        { clock: '2026-01-01T00:00:19.998Z' },
        click,
        { clock: '2026-01-01T00:00:29.998Z' },
        click,
      ]),
    })
    expect(outputs.out).toEqual([
      { change: '+I', row: n(1) },
      { change: '-U', row: n(1) },
      { change: '+U', row: n(2) },
      { change: '-U', row: n(2) },
      { change: '+U', row: n(3) },
      { change: '+I', row: n(1) },
    ])
    expect(state.table('groups').count(0)).toBe(1)
  })

  test('empties the state without a record that asks for it', () => {
    const { state } = runOperator(
      groupAggregate,
      config,
      {
        in: input([
          click,
          { clock: '2026-01-01T00:00:05.000Z' },
          click,
          { clock: '2026-01-01T00:00:15.000Z' },
        ]),
      },
      { open: true },
    )
    expect(state.table('groups').count(0)).toBe(0)
    expect(state.table('lifetime written').count(0)).toBe(0)
    expect(state.timers('lifetime').nextMs()).toBe(Number.POSITIVE_INFINITY)
  })

  test('repeats a result that is as before, so that nothing further down expires', () => {
    const most = { groupBy: ['user'], aggregates: { most: 'MAX(user)' }, stateTimeToLive: '10s' }
    const { outputs } = runOperator(groupAggregate, most, { in: input([click, click]) })
    const row = { user: 'ada', most: 'ada' }
    expect(outputs.out).toEqual([
      { change: '+I', row },
      { change: '-U', row },
      { change: '+U', row },
    ])
  })
})

test('grouped by the end of a window, a row that comes after the window is over is late', () => {
  const { outputs, ledger } = runOperator(
    groupAggregate,
    { groupBy: ['window_end'], aggregates: { n: 'COUNT(*)' } },
    {
      in: {
        schema: { window_end: 'timestamp' },
        window: { endColumn: 'window_end', latenessMs: 0 },
        elements: [
          { at: 99, row: { window_end: '1970-01-01T00:00:00.100Z' } },
          { watermark: 99 },
          { at: 99, row: { window_end: '1970-01-01T00:00:00.100Z' } },
        ],
      },
    },
  )
  expect(outputs.out).toEqual([
    { at: 99, row: { window_end: '1970-01-01T00:00:00.100Z', n: 1 } },
    { watermark: 99 },
  ])
  expect(ledger).toMatchObject({ in: 2, absorbed: 1, late: 1, held: 0 })
})
