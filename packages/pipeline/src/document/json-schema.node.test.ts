/**
 * The published JSON Schema accepts what the parser and the operators accept, and refuses what they
 * refuse.
 */

import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import type { JsonObject } from '../value.ts'
import { documentJsonSchema } from './json-schema.ts'
import { testRegistry } from './testing/operators.ts'

const validate = new Ajv2020({ strict: false }).compile(documentJsonSchema(testRegistry))

function node(operator: string, config?: JsonObject) {
  const placed = config === undefined ? { operator } : { operator, config }
  return { format: 'millrace/1', name: 'Test', nodes: { a: placed } }
}

test('the fixture is accepted', () => {
  const fixture = readFileSync(new URL('./fixtures/millrace-1.json', import.meta.url), 'utf8')
  expect([validate(JSON.parse(fixture)), validate.errors]).toEqual([true, null])
})

test.each([
  ['no config where none is needed', node('union')],
  ['an empty config where none is needed', node('union', {})],
  ['event time as text', node('assign-time', { eventTime: 'at' })],
  ['event time as an object', node('assign-time', { eventTime: { column: 'at', unit: 's' } })],
])('%s is accepted', (_, document) => {
  expect([validate(document), validate.errors]).toEqual([true, null])
})

test.each([
  ['another format', { ...node('union'), format: 'millrace/2' }],
  ['an unknown field', { ...node('union'), nods: {} }],
  ['an unknown operator', node('unoin')],
  ['a config that is needed and missing', node('filter')],
  ['a missing field', node('filter', {})],
  ['an unknown field of a config', node('filter', { where: 'x', were: 'x' })],
  ['the config of another operator', node('filter', { size: '1m', aggregates: {} })],
  ['a number for a duration', node('tumbling-window', { size: 5, aggregates: {} })],
  ['a duration without a unit', node('tumbling-window', { size: '5', aggregates: {} })],
  ['an empty list of routes', node('split', { routes: {} })],
  ['a choice that is none', node('filter', { where: 'x', onError: 'skip' })],
  ['a node id with capitals', { ...node('union'), nodes: { A: { operator: 'union' } } }],
  ['an edge without an end', { ...node('union'), edges: [{ from: 'a' }] }],
  ['a place with one coordinate', { ...node('union'), layout: { a: [0] } }],
])('%s is refused', (_, document) => {
  expect(validate(document)).toBe(false)
})

test('every operator and field has a title', () => {
  const { $defs } = documentJsonSchema(testRegistry) as {
    $defs: { [id: string]: { title: string; properties?: { [field: string]: { title?: string } } } }
  }
  expect(Object.keys($defs)).toEqual([...testRegistry.keys()].sort())
  for (const { title, properties = {} } of Object.values($defs)) {
    expect(title).not.toBe('')
    for (const [field, { title: fieldTitle }] of Object.entries(properties)) {
      expect([field, fieldTitle]).toEqual([field, expect.any(String)])
    }
  }
})
