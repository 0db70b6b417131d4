/**
 * What tumbling windows do with boundaries, late records, groups and results, and what they refuse.
 */

import type { OperatorDefinition } from '@millrace/engine'
import {
  record,
  runOperator,
  stream,
  type TestElement,
  toSchema,
  watermark,
} from '@millrace/engine/testing'
import { type PlanContext, parseTimestamp } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { columns, refusals } from '../testing/refusals.ts'
import { tumblingWindow } from './tumbling-window.ts'

const schema = { user: 'string', ms: 'integer', place: 'record{x: integer}', tags: 'list<string>' }

function run(config: object, elements: readonly TestElement[], options = {}) {
  const input = stream(schema, elements)
  return runOperator(tumblingWindow, { size: '10ms', ...config }, { in: input }, options)
}

/** The result of the window [startMs, startMs + 10). */
function result(startMs: number, row: object): TestElement {
  const iso = (ms: number) => new Date(ms).toISOString()
  const window = { window_start: iso(startMs), window_end: iso(startMs + 10) }
  return record({ ...window, ...row }, startMs + 9)
}

const count = { aggregates: { n: 'COUNT(*)' } }

test('a record on a boundary belongs to the window that starts there', () => {
  //  [0       10)[10      20)
  //   0      9    10
  const { outputs } = run(count, [record({}, 0), record({}, 9), record({}, 10)])
  expect(outputs['out']).toEqual([result(0, { n: 2 }), result(10, { n: 1 })])
})

test('a window that ends in the year 10000 says so in a text that can be read again', () => {
  const at = Date.parse('9999-12-31T23:59:59.999Z')
  const { outputs } = run({ ...count, size: '7d' }, [record({}, at)])
  const [element] = outputs['out'] ?? []
  const end = '+010000-01-06T00:00:00.000Z'
  const row = { window_start: '9999-12-30T00:00:00.000Z', window_end: end, n: 1 }
  expect(element).toEqual(record(row, (parseTimestamp(end) ?? 0) - 1))
})

test('a window fires when the watermark has reached its last millisecond, and not before', () => {
  //  [0       10)
  //   0      W=8 W=9
  const { outputs, ledger } = run(count, [record({}, 0), watermark(8), watermark(9)], {
    open: true,
  })
  expect(outputs['out']).toEqual([watermark(8), result(0, { n: 1 }), watermark(9)])
  expect(ledger.toJson()).toMatchObject({ in: 1, held: 0, absorbed: 1 })
})

test('a record behind the watermark counts as long as its window is open, then it is late', () => {
  //  [0       10)
  //   5      W=8  3 counts   W=9   3 is late
  const { outputs, ledger } = run(
    count,
    [record({}, 5), watermark(8), record({}, 3), watermark(9), record({ user: 'ada' }, 3)],
    { open: true },
  )
  expect(outputs['out']).toEqual([watermark(8), result(0, { n: 2 }), watermark(9)])
  const late = { user: 'ada', ms: null, place: null, tags: null }
  expect(outputs['late']).toEqual([watermark(8), watermark(9), record(late, 3)])
  expect(ledger.toJson()).toMatchObject({ in: 3, late: 1, absorbed: 2 })
})

test('windows without records give nothing, however far the watermark goes', () => {
  const elements = [record({}, 5), watermark(100), record({}, 1_000_000_000_005)]
  const { outputs } = run(count, elements)
  expect(outputs['out']).toEqual([
    result(0, { n: 1 }),
    watermark(100),
    result(1_000_000_000_000, { n: 1 }),
  ])
})

test('what one watermark causes leaves by window, then by group, with NULL first', () => {
  const config = { ...count, groupBy: ['user'] }
  const elements = [
    record({ user: 'b' }, 12),
    record({ user: 'b' }, 1),
    record({ user: 'B' }, 2),
    record({}, 3),
    record({ user: 'a' }, 11),
  ]
  const { outputs } = run(config, [...elements, watermark(50)], { open: true })
  expect(outputs['out']).toEqual([
    result(0, { user: null, n: 1 }),
    result(0, { user: 'B', n: 1 }),
    result(0, { user: 'b', n: 1 }),
    result(10, { user: 'a', n: 1 }),
    result(10, { user: 'b', n: 1 }),
    watermark(50),
  ])
})

test('records and lists are groups like any other, and no two different ones are one', () => {
  const config = { ...count, groupBy: ['tags', 'place'] }
  const { outputs } = run(config, [
    record({ tags: ['a', 'b'], place: { x: 1 } }, 1),
    record({ tags: ['a,b'], place: { x: 1 } }, 2),
    record({ tags: ['a', 'b'], place: { x: 1 } }, 3),
    record({ tags: [], place: null }, 4),
  ])
  expect(outputs['out']).toEqual([
    result(0, { tags: ['a', 'b'], place: { x: 1 }, n: 2 }),
    result(0, { tags: ['a,b'], place: { x: 1 }, n: 1 }),
    result(0, { tags: [], place: null, n: 1 }),
  ])
})

test('without aggregates, a window gives the groups that it has seen', () => {
  const config = { aggregates: {}, groupBy: ['user'] }
  const { outputs } = run(config, [record({ user: 'a' }, 1), record({ user: 'a' }, 2)])
  expect(outputs['out']).toEqual([result(0, { user: 'a' })])
})

test('aggregates called __proto__ and constructor are columns like any other', () => {
  const aggregates = JSON.parse('{"__proto__": "COUNT(*)", "constructor": "MAX(ms)"}')
  const { outputs } = run({ aggregates }, [record({ ms: 7 }, 1)])
  const row = JSON.parse('{"__proto__": 1, "constructor": 7}')
  const [first] = outputs['out'] ?? []
  expect(JSON.stringify(first)).toBe(
    JSON.stringify({ at: 9, row: { ...(result(0, {}) as { row: object }).row, ...row } }),
  )
})

test('a record for which an aggregate has no value is in no group, not even in a new one', () => {
  const config = { aggregates: { n: 'COUNT(*)', sum: 'SUM(60 / ms)' }, groupBy: ['user'] }
  const { outputs, ledger } = run(config, [
    record({ user: 'a', ms: 0 }, 1),
    record({ user: 'b', ms: 3 }, 2),
    record({ user: 'b', ms: 0 }, 3),
  ])
  expect(outputs['out']).toEqual([result(0, { user: 'b', n: 1, sum: 20 })])
  expect(outputs['errors']).toMatchObject([
    { row: { raw: '{"user":"a","ms":0,"place":null,"tags":null}', node: 'tested' } },
    { row: { raw: '{"user":"b","ms":0,"place":null,"tags":null}', node: 'tested' } },
  ])
  expect(ledger.toJson()).toMatchObject({ in: 3, deadLettered: 2, absorbed: 1 })
})

test('a group whose result has no value leaves a row at errors, and its records were used', () => {
  const config = { aggregates: { share: '100 / COUNT(ms)' }, groupBy: ['user'] }
  const elements = [record({ user: 'a' }, 1), record({ user: 'b', ms: 1 }, 2)]
  const { outputs, ledger } = run(config, elements)
  expect(outputs['out']).toEqual([result(0, { user: 'b', share: 100 })])
  const raw =
    '{"user":"a","window_start":"1970-01-01T00:00:00.000Z","window_end":"1970-01-01T00:00:00.010Z"}'
  expect(outputs['errors']).toMatchObject([{ row: { raw, node: 'tested', line: null } }])
  expect(ledger.toJson()).toMatchObject({ in: 2, absorbed: 2, deadLettered: 0 })
})

test('with onError "fail", a group whose result has no value stops the job and is named', () => {
  const config = { aggregates: { share: '100 / COUNT(ms)' }, groupBy: ['user'], onError: 'fail' }
  const { failure } = run(config, [record({ user: 'a' }, 1)])
  expect(failure).toMatchObject({ domain: 'user', retry: false })
  expect(failure?.message).toContain('The group and its window are {"user":"a",')
})

test('of a group with a long key, such a failure shows the beginning and the length', () => {
  const config = { aggregates: { share: '100 / COUNT(ms)' }, groupBy: ['user'], onError: 'fail' }
  const { failure } = run(config, [record({ user: 'a'.repeat(500) }, 1)])
  expect(failure?.message).toContain(
    `The group and its window are {"user":"${'a'.repeat(191)}… (593 characters).`,
  )
})

test('a sum beyond exact integers stops the job and names node and group', () => {
  const config = { aggregates: { sum: 'SUM(ms)' }, groupBy: ['user'] }
  const { failure } = run(config, [
    record({ user: 'a', ms: Number.MAX_SAFE_INTEGER }, 1),
    record({ user: 'a', ms: 1 }, 2),
  ])
  expect(failure).toMatchObject({ domain: 'user', retry: false, nodeId: 'tested' })
  expect(failure?.message).toBe(
    'Group {"user":"a"}: A SUM of integers left the range of 9007199254740991, ' +
      'up to which integers are exact. Write SUM(CAST(x AS DOUBLE)).',
  )
})

test('a window over windows takes their results at the last millisecond of each', () => {
  const inner = run(count, [record({}, 1), record({}, 12), record({}, 25)])
  const hourly = { n: 'integer' }
  const elements = (inner.outputs['out'] ?? []).map((element) =>
    'row' in element ? record({ n: element.row['n'] }, element.at) : element,
  )
  const outer = runOperator(
    tumblingWindow,
    { size: '20ms', aggregates: { n: 'SUM(n)' } },
    { in: stream(hourly, elements) },
  )
  expect(outer.outputs['out']).toMatchObject([
    { at: 19, row: { n: 2 } },
    { at: 39, row: { n: 1 } },
  ])
})

test.each([
  [{}, ['missing-field size Field "size" is required. Add it, for instance "size": "5s".']],
  [
    { size: '0s' },
    ['bad-duration size Size is 0s and must be longer than 0s. Choose at least "1ms".'],
  ],
  [
    { size: '1m', slide: '1m' },
    [
      'unknown-field slide Field "slide" is not known to operator "tumbling-window". Its fields are "size", "offset", "timeZone", "groupBy", "aggregates", "time", "allowedLateness", "early", "accumulation" and "onError". Remove it.',
    ],
  ],
  [
    { size: '1m', allowedLateness: '-5s' },
    [
      'bad-duration allowedLateness Allowed lateness is -5s and must not be negative. Choose "0s" or longer.',
    ],
  ],
  [
    { size: '1m', time: 'processing', allowedLateness: '5s' },
    [
      'lateness-without-event-time allowedLateness Allowed lateness is 5s, and in windows of processing time no record is late: it belongs to the moment in which it arrives. Remove it, or choose the time "event".',
    ],
  ],
  [
    { size: '1m', early: {} },
    [
      'early-without-trigger early Early says neither how often nor after how many records. Write, for instance, {"every": "10s"} or {"count": 1000}, or leave the field out.',
    ],
  ],
  [
    { size: '1m', early: { count: 0 } },
    ['out-of-range early.count Count must be a whole number of at least 1.'],
  ],
  [
    { size: '1m', groupBy: ['usr'] },
    [
      'column-unknown groupBy.0 There is no column "usr" to group by. Did you mean "user"? The columns are user, ms, place, tags.',
    ],
  ],
  [
    { size: '1m', groupBy: ['user', 'user'] },
    ['column-twice groupBy.1 Group by names column "user" twice. Remove one of them.'],
  ],
  [
    { size: '1m', groupBy: ['user'], aggregates: { user: 'COUNT(*)' } },
    [
      'column-made-twice aggregates.user Column "user" is also grouped by. Give the aggregate another name.',
    ],
  ],
  [
    { size: '1m', aggregates: { window_end: 'COUNT(*)' } },
    [
      'column-made-twice aggregates.window_end Column "window_end" is also made by the window itself. Give the aggregate another name.',
    ],
  ],
  [
    { size: '1m', aggregates: { n: 'COUNT(*)', user: 'user' } },
    [
      'column-not-grouped aggregates.user Column "user" is neither grouped by nor inside an aggregate, so a group has many values of it. Add it to groupBy, or write MAX(user) or LAST_VALUE(user).',
    ],
  ],
])('%j is refused', (config, expected) => {
  expect(refusals(tumblingWindow, { aggregates: {}, ...config }, { in: columns(schema) })).toEqual(
    expected,
  )
})

test('a column that the window makes itself cannot be grouped by', () => {
  const config = { size: '1m', groupBy: ['window_start'], aggregates: { n: 'COUNT(*)' } }
  const input = columns({ window_start: 'timestamp' })
  expect(refusals(tumblingWindow, config, { in: input })).toEqual([
    'column-made-twice groupBy.0 Column "window_start" is grouped by, and the window makes a column of this name itself. Rename it with a select before the window.',
  ])
})

test('an input without event time, or one that is a table, is refused with the step that helps', () => {
  const config = { size: '1m', aggregates: { n: 'COUNT(*)' } }
  expect(refusals(tumblingWindow, config, { in: columns(schema, false) })).toEqual([
    'needs-event-time in A window goes by event time, and the records of its input have none. Put an assign-time before this node.',
  ])
  const messages: string[] = []
  const table = { columns: [], eventTime: true, changes: 'retract', key: [] } as const
  const settings = tumblingWindow.config.parse(config)
  tumblingWindow.outputSchemas(
    settings,
    { in: table },
    {
      nodeId: 'tested',
      report: ({ code, message }) => messages.push(`${code} ${message}`),
      channels: () => [table],
    },
  )
  expect(messages).toEqual([
    'stream-needed A window takes a stream of records, and its input is a table (retract), whose rows replace each other at no event time that a watermark could vouch for. Put this node before the operator that makes the table.',
  ])
})

test('windows in parts are refused over a table, and windows of processing time take no table', () => {
  const results = { ...columns(schema), table: { changes: 'retract', key: ['user'] } } as const
  const window = { endColumn: 'ms', latenessMs: 5 }
  const messages: string[] = []
  const input = { ...toSchema(results), window }
  const plan: PlanContext = {
    nodeId: 'tested',
    report: ({ code }) => messages.push(code),
    channels: () => [input],
  }
  const check = (operator: OperatorDefinition, config: object) =>
    operator.outputSchemas(
      operator.config.parse({ aggregates: {}, ...config }),
      { in: input },
      plan,
    )
  check(tumblingWindow, { size: '1m', early: { count: 1 }, accumulation: 'discarding' })
  check(tumblingWindow, { size: '1m', time: 'processing' })
  check(tumblingWindow, { size: '1m' })
  expect(messages).toEqual(['parts-of-table', 'stream-needed'])
})
