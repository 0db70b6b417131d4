/** Values that a node keeps, as the columns and cells of a table. */

import { expect, test } from 'vitest'
import { toStateColumns } from './state-columns.ts'

const entriesOf = (values: readonly string[]) => values.map((value) => ({ key: 'k', value }))

const texts = (values: readonly string[]) => {
  const { names, rows } = toStateColumns(entriesOf(values))
  return [names, ...rows.map(({ cells, whole }) => whole ?? cells.map(({ text }) => text))]
}

test('groups have a column for each result, and a result that one of them lacks is a dash', () => {
  const groups = ['{"region":"Alaska","reports":52}', '{"region":null,"reports":1,"strongest":2.5}']
  expect(texts(groups)).toEqual([
    ['region', 'reports', 'strongest'],
    ['Alaska', '52', '–'],
    ['NULL', '1', '2.5'],
  ])
  const kinds = toStateColumns(entriesOf(groups)).rows.map(({ cells }) =>
    cells.map(({ kind }) => kind),
  )
  expect(kinds).toEqual([
    ['text', 'number', 'none'],
    ['none', 'number', 'number'],
  ])
})

test('the sides of a join are rows in words, and a side without a row says so', () => {
  const one = '{"left":[{"id":"c1","spent":12},{"id":"c1","spent":null}],"right":[]}'
  const more = '{"left":[{"id":"c2","spent":7},"and 3 more"],"right":[{"city":"Oslo"}]}'
  expect(texts([one, more])).toEqual([
    ['left', 'right'],
    ['id: c1, spent: 12; id: c1, spent: NULL', 'none'],
    ['id: c2, spent: 7; and 3 more', 'city: Oslo'],
  ])
})

test('several rows under one key are in words', () => {
  const rows = '[{"time":"10:00","row":{"id":7,"spent":1}},{"time":"10:01","row":null,"matches":2}]'
  expect(texts([rows])).toEqual([
    [],
    'time: 10:00, id: 7, spent: 1; time: 10:01, row: NULL, matches: 2',
  ])
})

test('what has no names, or was cut, is shown as it came', () => {
  expect(texts(['[1,2]', '7'])).toEqual([[], '[1,2]', '7'])
  expect(texts(['{"a":1}', '{"a":"xx…'])).toEqual([['a'], ['1'], '{"a":"xx…'])
  const wide = JSON.stringify(Object.fromEntries(Array.from('abcdefghijklm', (name) => [name, 1])))
  expect(texts([wide])).toEqual([[], wide])
})

test('values of several kinds have no columns in common', () => {
  const kinds = ['{"records":1,"next":0}', '{"records":2,"next":0}', '{"links":1}', '{"heads":2}']
  expect(texts([...kinds, '{"records":3,"next":9}'])[0]).toEqual([])
})

test('the column that holds the key gives it its name, and does not stand beside it', () => {
  const entries = [
    { key: 'ada', value: '{"customer":"ada","spent":3}' },
    { key: 'bob', value: '{"customer":"bob","spent":4}' },
    { key: 'at', value: '7' },
  ]
  const { keyName, names, rows } = toStateColumns(entries)
  expect([keyName, names]).toEqual(['customer', ['spent']])
  expect(rows.map(({ cells }) => cells.map(({ text }) => text))).toEqual([['3'], ['4'], []])
  expect(toStateColumns([{ key: '7', value: '{"n":7}' }]).keyName).toBeUndefined()
})

test('a name of what every object has, and characters that are not seen, are nothing special', () => {
  expect(texts(['{"toString":1,"a":"x\\u202ey"}', '{"a":"b"}'])).toEqual([
    ['toString', 'a'],
    ['1', 'x\\u202ey'],
    ['–', 'b'],
  ])
})
