/** What a sink has taken in, as the page shows it. */

import type { Change, Element } from '@millrace/engine'
import { INTEGER, STRING, type StreamSchema } from '@millrace/pipeline'
import { Subject } from 'rxjs'
import { expect, test } from 'vitest'
import { SinkView, toView } from './sink-view.ts'

const COLUMNS = [
  { name: 'user', type: STRING },
  { name: 'count', type: INTEGER },
]

function shown(
  schema: Omit<StreamSchema, 'columns' | 'eventTime'>,
  rows: readonly (readonly [Change, string, number])[],
) {
  const stream = new Subject<Element>()
  const view = new SinkView({ ...schema, columns: COLUMNS, eventTime: false }, [stream])
  const nothing = undefined
  stream.next({
    kind: 'batch',
    rows: rows.map(([, user, count]) => [user, count]),
    changes: schema.changes === 'append' ? nothing : rows.map(([change]) => change),
    times: nothing,
    origins: nothing,
    marks: [],
  })
  const { rows: read, total } = view.read(10)
  return { rows: read.map(({ user, count }) => [user, count]), total }
}

test('of a stream, the newest rows last', () => {
  const many = Array.from({ length: 20 }, (_, index) => ['+I', 'ada', index] as const)
  expect(shown({ changes: 'append' }, many)).toEqual({
    rows: many.slice(10).map(([, user, count]) => [user, count]),
    total: 20,
  })
})

test('of a table with a key, each row as it stands', () => {
  const changes = [
    ['+I', 'ada', 1],
    ['+I', 'bob', 1],
    ['+U', 'ada', 2],
    ['-D', 'bob', 1],
  ] as const
  expect(shown({ changes: 'upsert', key: ['user'] }, changes)).toEqual({
    rows: [['ada', 2]],
    total: 1,
  })
})

test('of a table without a key, equal rows count one by one', () => {
  const changes = [
    ['+I', 'ada', 1],
    ['+I', 'ada', 1],
    ['-U', 'ada', 1],
    ['+U', 'ada', 2],
  ] as const
  expect(shown({ changes: 'retract' }, changes)).toEqual({
    rows: [
      ['ada', 1],
      ['ada', 2],
    ],
    total: 2,
  })
})

test('changes of a table that a sink keeps as they came are told as such, and cut with their rows', () => {
  const schema: StreamSchema = { columns: COLUMNS, eventTime: false, changes: 'retract' }
  const text = 'x'.repeat(900)
  const count = 10_001
  const rows = Array.from({ length: count }, (_, index) => [text, index])
  const changes = rows.map((_, index) => (index % 2 === 0 ? '+I' : '-D'))
  const kept = { rows, changes, total: count } as const
  const shown = toView(schema, kept)
  // An answer has 8 MB at the most.
  expect(shown.rows.length).toBeLessThan(count)
  expect(shown.changes).toHaveLength(shown.rows.length)
  expect(shown.changes?.at(-1)).toBe('+I')
  expect(shown.changes?.at(-2)).toBe('-D')
  expect(toView({ ...schema, changes: 'append' }, kept)).not.toHaveProperty('changes')
})
