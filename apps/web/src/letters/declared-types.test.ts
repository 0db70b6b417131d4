/** Columns of a refused record: what is declared for them, and how what is typed is written. */

import { isRefusal, parseType, type Type, typeText } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { analyse } from '../editor/analysis.ts'
import { pipelineOf } from '../editor/testing/fakes.ts'
import { registry } from '../operators/registry.ts'
import { declaredTypes, readAsDeclared, toTypedLiteral } from './declared-types.ts'

test.each([
  ['double', '9.5', '9.5'],
  ['double', ' 9 ', '9'],
  ['double', 'NaN', '"NaN"'],
  ['double', '', 'null'],
  ['integer', '9007199254740991', '9007199254740991'],
  ['boolean', 'true', 'true'],
  ['string', '9.5', '"9.5"'],
  ['string', '', '""'],
  ['timestamp', '2026-01-01T12:00:00Z', '"2026-01-01T12:00:00Z"'],
  ['timestamp', '1767225600000', '1767225600000'],
  ['interval', '1m30s', '"1m30s"'],
  ['list<integer>', '[1, 2]', '[1, 2]'],
])('for a column of type %s, %j is written as %s', (type, shown, literal) => {
  expect(toTypedLiteral(typeOf(type), shown)).toEqual({ literal })
})

test.each([
  ['double', 'many', '"many"', '"many" is not of type double. Write it as 12.5, for instance.'],
  ['integer', '9.5', '"9.5"', '9.5 is not of type integer. Write it as 12, for instance.'],
  ['boolean', 'yes', '"yes"', '"yes" is not of type boolean. Write it as true, for instance.'],
])('what does not read as %s stays the text that it is: %j', (type, shown, literal, said) => {
  expect(toTypedLiteral(typeOf(type), shown)).toEqual({ literal, said })
})

test('what stands in quotes and is meant without them is corrected at once', () => {
  const types = new Map([['n', typeOf('double')]])
  expect(readAsDeclared('{"n" : "12.5","m":"1"}', 'n', types)).toBe('{"n" : 12.5,"m":"1"}')
  for (const text of ['{"n":"many"}', '{"n":""}', '{"n":true}', 'n', '{"m":"1"}']) {
    expect(readAsDeclared(text, 'n', types)).toBe(text)
  }
})

const DOCUMENT = {
  format: 'millrace/1',
  name: 'Payments',
  nodes: {
    payments: {
      operator: 'topic-source',
      config: {
        topic: 'payments',
        schema: { at: 'timestamp', amount: 'double', payer: 'string', more: 'any' },
        eventTime: { column: 'at', unit: 's' },
      },
    },
    euros: { operator: 'select', config: { columns: { euros: 'amount * 2', payer: 'payer' } } },
    large: { operator: 'filter', config: { where: 'euros > 10' } },
  },
  edges: [
    { from: 'payments', to: 'euros' },
    { from: 'euros', to: 'large' },
  ],
}

test('a source declares its schema, but for what it reads in a way of its own', () => {
  expect(typesOf({ nodeId: 'payments', topic: 'payments' })).toEqual({
    amount: 'double',
    payer: 'string',
  })
})

test('a row has the types of the columns that came in', () => {
  expect(typesOf({ nodeId: 'large' })).toEqual({ euros: 'double', payer: 'string' })
  expect(typesOf({ nodeId: 'gone' })).toEqual({})
})

function typesOf(letter: { readonly nodeId: string; readonly topic?: string }) {
  const analysis = analyse(pipelineOf(JSON.stringify(DOCUMENT)), registry)
  const types = declaredTypes(letter, analysis)
  return Object.fromEntries([...types].map(([name, type]) => [name, typeText(type)]))
}

function typeOf(text: string): Type {
  const type = parseType(text)
  if (isRefusal(type)) throw new Error(type.message)
  return type
}
