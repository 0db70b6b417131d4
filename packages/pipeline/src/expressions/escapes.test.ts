/**
 * Goal: no text, wherever it is written, gives an expression anything but a plain value. Method:
 * payloads known from other languages, as expressions, names, paths, patterns and data, over
 * hostile JSON.
 */

import { describe, expect, test } from 'vitest'
import type { Row, Value } from '../value.ts'
import { checkAggregates, compileAggregates } from './aggregates/index.ts'
import { EvaluationError } from './errors.ts'
import { checkExpression, compileExpression } from './expression.ts'
import { ESCAPE_PAYLOADS } from './testing/escape-payloads.ts'
import { columnsOf, GENERATING_CONTEXT, TEST_CONTEXT } from './testing/evaluate.ts'
import { EMPTY_ROW } from './typed.ts'

const COLUMNS = columnsOf({
  doc: 'any',
  s: 'string',
  n: 'integer',
  p: 'boolean',
  at: 'timestamp',
  list: 'list<integer>',
  rec: 'record{x: integer, y: any}',
  constructor: 'any',
})

/** `__proto__` is an own property here, as JSON.parse makes it. */
const HOSTILE = JSON.parse(`{
  "__proto__": {"polluted": true, "constructor": "own"}, "constructor": {"prototype": {"a": 1}, "constructor": "own"},
  "prototype": {}, "toString": "own", "valueOf": 1, "hasOwnProperty": false, "toJSON": "own", "then": {"then": "own"},
  "key": "constructor", "a": {"b": {"c": [1, {"__proto__": null}]}}, "f": "return process", "hidden": null, "length": 3, "": 0
}`) as Value

const ROW: Row = [HOSTILE, 'constructor', 7, true, 0, [1, 2], [1, HOSTILE], HOSTILE]
const SCOPE = { relations: [{ columns: COLUMNS }] }

/** Why a value is more than data, or undefined. */
function hostObject(value: unknown): string | undefined {
  if (value === null || ['boolean', 'number', 'string'].includes(typeof value)) return undefined
  if (typeof value !== 'object') return typeof value
  if (Array.isArray(value)) return value.map(hostObject).find((found) => found !== undefined)
  if (Object.getPrototypeOf(value) !== Object.prototype)
    return 'an object that JSON.parse did not make'
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
    if (property.get !== undefined || property.set !== undefined) return `the accessor ${name}`
    const found = hostObject(property.value)
    if (found !== undefined) return found
  }
  return undefined
}

/** What comes of an expression: a refusal, or a value that must be plain. */
function outcome(text: string): 'refused' | 'evaluated' {
  const { problems } = checkExpression(text, SCOPE)
  if (problems.length > 0) return 'refused'
  try {
    const value = compileExpression(text, SCOPE, TEST_CONTEXT).evaluate(ROW, EMPTY_ROW)
    expect(hostObject(value), text).toBeUndefined()
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error
  }
  return 'evaluated'
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** The own names of what code could have changed. */
function builtins(): string {
  const objects = [
    Object,
    Object.prototype,
    Array.prototype,
    String.prototype,
    Function.prototype,
    Map.prototype,
    globalThis,
  ]
  return objects.map((object) => Reflect.ownKeys(object).map(String).join()).join('\n')
}

describe('the corpus', () => {
  const before = builtins()

  test('has at least 300 payloads, all different', () => {
    expect(new Set(ESCAPE_PAYLOADS).size).toBe(ESCAPE_PAYLOADS.length)
    expect(ESCAPE_PAYLOADS.length).toBeGreaterThanOrEqual(300)
  })

  test.each(ESCAPE_PAYLOADS)('%j names no host object', (payload) => {
    outcome(payload)
    outcome(`(${payload})`)
    outcome(`doc.${payload}`)
    outcome(`doc[${payload}]`)
    outcome(`COALESCE(${payload}, ${payload})`)
    outcome(`CASE WHEN p THEN ${payload} END`)
  })

  test.each(ESCAPE_PAYLOADS)(
    '%j is data where it is a name, a path, a pattern or a text',
    (payload) => {
      const name = `\`${payload.replaceAll('`', '``')}\``
      for (const text of [
        name,
        `doc.${name}`,
        `doc.${name}.${name}`,
        `rec.y.${name}`,
        `doc[${quoted(payload)}]`,
        `JSON_VALUE(doc, ${quoted(payload)})`,
        `JSON_QUERY(doc, ${quoted(`$.${payload}`)})`,
        `JSON_EXISTS(s, ${quoted(`$["${payload}"]`)})`,
        `REGEXP(s, ${quoted(payload)})`,
        `REGEXP_REPLACE(s, s, ${quoted(payload)})`,
        `s LIKE ${quoted(payload)}`,
        `s SIMILAR TO ${quoted(payload)}`,
        `DATE_FORMAT(at, ${quoted(payload)})`,
        `TO_TIMESTAMP(s, ${quoted(payload)})`,
        `CONVERT_TZ(s, ${quoted(payload)}, 'UTC')`,
        `JSON_OBJECT(${quoted(payload)} VALUE doc)`,
        `PARSE_JSON(JSON_OBJECT(${quoted(payload)} VALUE doc)).${name}`,
        `TRY_CAST(PARSE_JSON(${quoted(JSON.stringify(payload))}) AS INTEGER)`,
        `CAST(doc AS ROW<${name} ANY>)`,
        `TRY_PARSE_JSON(${quoted(payload)})`,
        `TRANSLATE(s, ${quoted(payload)}, s)`,
        `PARSE_URL(s, ${quoted(payload)})`,
      ]) {
        outcome(text)
      }
      expect(outcome(`UPPER(${quoted(payload)})`)).toBe('evaluated')
    },
  )

  test.each(ESCAPE_PAYLOADS)('%j is nothing special as an aggregate', (payload) => {
    for (const text of [
      payload,
      `MAX(${payload})`,
      `COLLECT(${payload})`,
      `COUNT(*) FILTER (WHERE ${payload})`,
    ]) {
      const aggregates = Object.fromEntries([[payload, text]])
      if (checkAggregates(aggregates, COLUMNS, ['doc']).problems.length > 0) continue
      for (const context of [TEST_CONTEXT, GENERATING_CONTEXT]) {
        const compiled = compileAggregates(aggregates, COLUMNS, ['doc'], context)
        const accumulator = compiled.create()
        let result: Row = []
        try {
          compiled.add(accumulator, ROW, 0)
          result = compiled.row(accumulator, [HOSTILE]).slice(1)
        } catch (error) {
          if (!(error instanceof EvaluationError)) throw error
        }
        expect(hostObject(result)).toBeUndefined()
      }
    }
  })

  test('has changed no built-in object', () => {
    expect(builtins()).toBe(before)
    expect(Object.keys(Object.prototype)).toEqual([])
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  test('a name of a megabyte is refused at once', () => {
    for (const text of [
      'a'.repeat(1_000_000),
      `\`${'a'.repeat(1_000_000)}\``,
      `doc.${'constructor.'.repeat(90_000)}`,
    ]) {
      expect(checkExpression(text, SCOPE).problems.map(({ code }) => code)).toEqual([
        'expression-too-long',
      ])
    }
  })

  test('what is absent is NULL, and what is inherited is absent', () => {
    const empty: Row = [JSON.parse('{}') as Value, '', 0, false, 0, [], [0, null], null, null]
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf']) {
      expect(compileExpression(`doc.${name}`, SCOPE, TEST_CONTEXT).evaluate(empty, EMPTY_ROW)).toBe(
        null,
      )
      expect(
        compileExpression(`JSON_EXISTS(doc, '$.${name}')`, SCOPE, TEST_CONTEXT).evaluate(
          empty,
          EMPTY_ROW,
        ),
      ).toBe(false)
    }
  })
})
