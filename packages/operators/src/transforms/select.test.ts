/** What select makes of records and tables, and what it refuses. */

import { record, runOperator, stream, type TestStream, watermark } from '@millrace/engine/testing'
import { describe, expect, test } from 'vitest'
import { columns, refusals } from '../testing/refusals.ts'
import { select } from './select.ts'

const clicks = { user: 'string', ms: 'integer', tags: 'list<string>' }

function run(config: object, input: TestStream) {
  return runOperator(select, config, { in: input })
}

describe('columns', () => {
  const input = stream({ a: 'integer', b: 'integer', 'odd `name': 'string' }, [
    record({ a: 1, b: 2, 'odd `name': 'x' }, 5),
    watermark(5),
    record({ a: 3, b: null, 'odd `name': 'y' }, 4),
  ])

  test('only those that are named leave, in the order in which they are named', () => {
    const config = { columns: { sum: 'a + b', copy: ' a /* as it is */ ', odd: '`odd ``name`' } }
    const { outputs, ledger } = run(config, input)
    expect(outputs['out']).toEqual([
      record({ sum: 3, copy: 1, odd: 'x' }, 5),
      watermark(5),
      record({ sum: null, copy: 3, odd: 'y' }, 4),
    ])
    expect(ledger.toJson()).toMatchObject({ in: 2, passed: 2, out: 2 })
  })

  test('with keepOthers, a column computed anew stays in place and new ones come behind', () => {
    const config = { columns: { new: 'a', b: 'b * 10' }, keepOthers: true }
    const { outputs, outputSchemas } = run(config, input)
    expect(outputSchemas['out']?.columns.map(({ name }) => name)).toEqual([
      'a',
      'b',
      'odd `name',
      'new',
    ])
    expect(outputs['out']?.[0]).toEqual(record({ a: 1, b: 20, 'odd `name': 'x', new: 1 }, 5))
  })

  test('names of the prototype are columns like others', () => {
    const config = JSON.parse('{"columns": {"__proto__": "a", "constructor": "b"}}')
    const { outputSchemas } = run(config, input)
    expect(outputSchemas['out']?.columns.map(({ name }) => name)).toEqual([
      '__proto__',
      'constructor',
    ])
  })

  test('a stream without event time stays one', () => {
    const { outputs, outputSchemas } = run(
      { columns: { a: 'a' } },
      stream({ a: 'integer' }, [record({ a: 1 })], false),
    )
    expect(outputSchemas['out']?.eventTime).toBe(false)
    expect(outputs['out']).toEqual([record({ a: 1 })])
  })
})

test('a record with an expression that has no value leaves through errors as it came', () => {
  const input = stream({ a: 'integer' }, [record({ a: 0 }, 1), record({ a: 5 }, 2)])
  const { outputs, ledger } = run({ columns: { b: '10 / a' } }, input)
  expect(outputs['out']).toEqual([record({ b: 2 }, 2)])
  expect(outputs['errors']).toMatchObject([{ row: { raw: '{"a":0}', node: 'tested' } }])
  expect(ledger.deadLettered).toBe(1)
})

describe('tables', () => {
  const table: TestStream = {
    schema: { user: 'string', count: 'integer' },
    table: { changes: 'retract', key: ['user'] },
    eventTime: false,
    elements: [
      { change: '+I', row: { user: 'ada', count: 1 } },
      { change: '-U', row: { user: 'ada', count: 1 } },
      { change: '+U', row: { user: 'ada', count: 2 } },
    ],
  }

  test('keep their changes and their key, also under another name', () => {
    const config = { columns: { who: 'user', half: 'count / 2' }, onError: 'fail' }
    const { outputs, outputSchemas } = run(config, table)
    expect(outputSchemas['out']).toMatchObject({ changes: 'retract', key: ['who'] })
    expect(outputs['out']).toEqual([
      { change: '+I', row: { who: 'ada', half: 0 } },
      { change: '-U', row: { who: 'ada', half: 0 } },
      { change: '+U', row: { who: 'ada', half: 1 } },
    ])
  })

  test('keep their key with keepOthers', () => {
    const config = { columns: { count: 'count + 1', other: 'user' }, keepOthers: true }
    expect(run(config, table).outputSchemas['out']?.key).toEqual(['user'])
  })

  test.each([{ user: 'UPPER(user)' }, { count: 'count' }])(
    'cannot lose a column of their key: %j',
    (columns) => {
      expect(refusals(select, { columns }, { in: table })).toEqual([
        'key-column-lost columns The input is a table with the key "user", and key column "user" does not leave as it ' +
          'came. Add the column "user": "user", or set "keepOthers" to true.',
      ])
    },
  )
})

test.each(['NOW()', 'CURRENT_TIMESTAMP', "DATE_FORMAT(NOW(), 'HH')", 'UNIX_TIMESTAMP() - count'])(
  '%s is refused on a table, where a row could not be withdrawn by it',
  (text) => {
    const schema = { user: 'string', count: 'integer' }
    const stream: TestStream = { schema, elements: [] }
    const table: TestStream = { ...stream, table: { changes: 'retract', key: ['user'] } }
    const call = /NOW\(\)|CURRENT_TIMESTAMP|UNIX_TIMESTAMP\(\)/.exec(text)?.[0]
    const columns = { user: 'user', at: text }
    expect(refusals(select, { columns }, { in: table })).toEqual([
      `volatile-on-table columns.at The input is a table, and ${call} may be another value when a row is withdrawn ` +
        'than when it was added, so that the two would not match. Compute it in a select before the records become ' +
        'a table, or use a column with a time instead.',
    ])
    expect(refusals(select, { columns }, { in: stream })).toEqual([])
  },
)

test('the seconds of a text are the same each time, so a table may have them', () => {
  const schema = { user: 'string' }
  const table: TestStream = {
    schema,
    table: { changes: 'retract', key: ['user'] },
    elements: [],
  }
  const columns = { user: 'user', since: "UNIX_TIMESTAMP('1970-01-01 00:00:01')" }
  expect(refusals(select, { columns }, { in: table })).toEqual([])
})

test.each<[object, readonly string[]]>([
  [
    {},
    [
      'missing-field columns Field "columns" is required. Add it, for instance "columns": {"total":"price * quantity"}.',
    ],
  ],
  [{ columns: {} }, ['wrong-count columns Columns has 0 entries and needs at least 1. Add one.']],
  [
    { columns: { a: '' } },
    [
      'empty-expression columns.a Expression is empty. Write an expression, for instance amount > 100.',
    ],
  ],
  [
    { columns: { a: 'usr' } },
    [
      'column-unknown columns.a There is no column "usr". Did you mean "user"? The columns are user, ms, tags.',
    ],
  ],
  [
    { columns: { a: 'NULL' } },
    [
      'column-type columns.a NULL alone has no type. Write CAST(NULL AS STRING), with the type of the column.',
    ],
  ],
  [
    { columns: { a: "INTERVAL '1' MONTH" } },
    [
      'column-type columns.a A year-month interval cannot be a column. Add it to a timestamp, or CAST it to STRING.',
    ],
  ],
])('%j is refused', (config, expected) => {
  expect(refusals(select, config, { in: columns(clicks) })).toEqual(expected)
})
