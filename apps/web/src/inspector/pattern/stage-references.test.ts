/** A stage that is renamed or copied takes along what is said of it, and nothing else. */

import { fieldsOf, type JsonObject } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { registry } from '../../operators/registry.ts'
import { copyStage, renameStage } from './stage-references.ts'

function renamed(config: JsonObject, address: readonly number[], to: string): JsonObject {
  const operator = registry.get('pattern')
  if (operator === undefined) throw new Error('There is no pattern.')
  return renameStage(config, fieldsOf(operator), { pattern: 'pattern', address }, to)
}

const CONFIG: JsonObject = {
  pattern: [
    { name: 'a', where: "kind = 'a.b' AND amount > 0 -- a.x" },
    { group: [{ name: 'b', where: 'amount > a.amount AND box.a.x = 1', until: 'COUNT(a.*) > 3' }] },
  ],
  afterMatch: { skip: 'skip-to-last', stage: 'a' },
  columns: { a: 'a.amount', sum: 'SUM(a.amount + b.amount)', late: 'a . amount' },
}

test('conditions, result columns and where the search goes on follow a name', () => {
  expect(renamed(CONFIG, [0], 'first')).toEqual({
    pattern: [
      { name: 'first', where: "kind = 'a.b' AND amount > 0 -- a.x" },
      {
        group: [
          {
            name: 'b',
            where: 'amount > first.amount AND box.a.x = 1',
            until: 'COUNT(first.*) > 3',
          },
        ],
      },
    ],
    afterMatch: { skip: 'skip-to-last', stage: 'first' },
    columns: { a: 'first.amount', sum: 'SUM(first.amount + b.amount)', late: 'first . amount' },
  })
})

test('an odd name stands in backquotes, and loses them with its oddness', () => {
  const odd = renamed(CONFIG, [0], 'log-in')
  expect(odd.columns).toMatchObject({ a: '`log-in`.amount' })
  expect(renamed(odd, [0], 'a')).toEqual({ ...CONFIG, columns: { ...(CONFIG.columns as object) } })
})

test('of two stages with one name, nothing follows: nobody knows which is meant', () => {
  const config = { pattern: [{ name: 'a' }, { name: 'a' }], columns: { x: 'a.x' } }
  expect(renamed(config, [1], 'b')).toEqual({
    pattern: [{ name: 'a' }, { name: 'b' }],
    columns: { x: 'a.x' },
  })
})

test('a first name is written before the other fields', () => {
  const named = renamed({ pattern: [{ where: 'TRUE' }] }, [0], 'a')
  expect(JSON.stringify(named.pattern)).toBe('[{"name":"a","where":"TRUE"}]')
})

test('a copy speaks of itself where the original does, and of others as before', () => {
  const stages = [
    { name: 'low', where: 'x < COALESCE(low.x, top.x)', oneOrMore: true },
    { group: [{ name: 'b' }, { name: 'c2', where: 'c2.x > low.x' }] },
  ]
  expect(copyStage(stages, [0])).toEqual({
    name: 'low2',
    where: 'x < COALESCE(low2.x, top.x)',
    oneOrMore: true,
  })
  expect(copyStage(stages, [1])).toEqual({
    group: [{ name: 'a' }, { name: 'c3', where: 'c3.x > low.x' }],
  })
})
