/** Functions that read and write JSON: texts, and values of type any. */

import { BOOLEAN, DOUBLE, INTEGER, STRING, type Type } from '../../type.ts'
import type { Value } from '../../value.ts'
import { conversion } from '../cast.ts'
import type { CheckContext } from '../check-context.ts'
import { quoted } from '../check-context.ts'
import { fits } from '../common-type.ts'
import { EvaluationError } from '../errors.ts'
import { jsonObject, parseJson, toJson, writeJson } from '../json.ts'
import { compileJsonPath, type JsonPath, select } from '../json-path.ts'
import { checkStringLength, sizeOf } from '../limits.ts'
import { PatternCache } from '../regexp.ts'
import { type CompileContext, describe, type Evaluate, type Typed } from '../typed.ts'
import type { FunctionDefinition } from './definition.ts'

const RETURNING: ReadonlyMap<string, Type> = new Map([
  ['STRING', STRING],
  ['BOOLEAN', BOOLEAN],
  ['INTEGER', INTEGER],
  ['DOUBLE', DOUBLE],
])

export const JSON_FUNCTIONS: readonly FunctionDefinition[] = [
  {
    name: 'JSON_VALUE',
    signatures: [
      'JSON_VALUE(json: string, path: string, returning: string, onEmpty: string, ifEmpty: T, onError: string, ifError: T): string',
      'JSON_VALUE(json: any, path: string, returning: string, onEmpty: string, ifEmpty: T, onError: string, ifError: T): string',
    ],
    usage:
      'JSON_VALUE(json, path [RETURNING type] [NULL | ERROR | DEFAULT value ON EMPTY] [NULL | ERROR | DEFAULT value ON ERROR])',
    description:
      'The scalar that a path selects, as STRING, BOOLEAN, INTEGER or DOUBLE. NULL where there is none or it cannot be read, unless a clause says otherwise.',
    examples: [
      ["JSON_VALUE('{\"a\": true}', '$.a')", "'true'"],
      ["JSON_VALUE('{\"a\": true}', '$.a' RETURNING BOOLEAN)", 'TRUE'],
      ["JSON_VALUE('{\"a\": 1}', 'lax $.b' DEFAULT 'none' ON EMPTY)", "'none'"],
      ["JSON_VALUE('{\"a\": 1}', 'strict $.b' DEFAULT 'wrong' ON ERROR)", "'wrong'"],
      ['JSON_VALUE(\'{"a.b": [0.998, 0.996]}\', \'$.["a.b"][0]\' RETURNING DOUBLE)', '0.998'],
      ["JSON_VALUE('{\"a\": {}}', '$.a')", 'NULL'],
      ["JSON_VALUE('not json', '$.a')", 'NULL'],
      ["JSON_VALUE(PARSE_JSON('{\"a\": [5, 6]}'), '$.a[1]' RETURNING INTEGER)", '6'],
    ],
    weight: 2,
    resultType: (args) => returned(args),
    check: (args, context) => pathFits(args, context) && returningFits(args, context),
    compile: jsonValue,
  },
  {
    name: 'JSON_QUERY',
    signatures: [
      'JSON_QUERY(json: string, path: string, wrapper: string, onEmpty: string, onError: string): string',
      'JSON_QUERY(json: any, path: string, wrapper: string, onEmpty: string, onError: string): string',
    ],
    usage:
      'JSON_QUERY(json, path [{WITHOUT | WITH CONDITIONAL | WITH UNCONDITIONAL} ARRAY WRAPPER] [NULL | EMPTY ARRAY | EMPTY OBJECT | ERROR ON EMPTY] [... ON ERROR])',
    description:
      'The JSON text of what a path selects. A scalar has none unless it is wrapped into an array.',
    examples: [
      ['JSON_QUERY(\'{"a": {"b": 1}}\', \'$.a\')', '\'{"b":1}\''],
      ["JSON_QUERY('[1, 2]', '$')", "'[1,2]'"],
      ['JSON_QUERY(\'{"a":[{"c":"c1"},{"c":"c2"}]}\', \'lax $.a[*].c\')', '\'["c1","c2"]\''],
      ["JSON_QUERY('1', '$')", 'NULL'],
      ["JSON_QUERY('1', '$' WITH CONDITIONAL ARRAY WRAPPER)", "'[1]'"],
      ["JSON_QUERY('[1]', '$' WITH CONDITIONAL ARRAY WRAPPER)", "'[1]'"],
      ["JSON_QUERY('[1]', '$' WITH UNCONDITIONAL ARRAY WRAPPER)", "'[[1]]'"],
      ["JSON_QUERY('{}', 'lax $.none' EMPTY OBJECT ON EMPTY)", "'{}'"],
      ["JSON_QUERY('{}', 'strict $.none' EMPTY ARRAY ON ERROR)", "'[]'"],
    ],
    weight: 2,
    check: pathFits,
    compile: jsonQuery,
  },
  {
    name: 'JSON_EXISTS',
    signatures: [
      'JSON_EXISTS(json: string, path: string, onError: string): boolean',
      'JSON_EXISTS(json: any, path: string, onError: string): boolean',
    ],
    usage: 'JSON_EXISTS(json, path [TRUE | FALSE | UNKNOWN | ERROR ON ERROR])',
    description:
      'Whether a path selects anything. FALSE where the text is no JSON, unless a clause says otherwise.',
    examples: [
      ['JSON_EXISTS(\'{"a": [{"b": 1}]}\', \'$.a[0].b\')', 'TRUE'],
      ["JSON_EXISTS('{\"a\": true}', '$.b')", 'FALSE'],
      ["JSON_EXISTS('{\"a\": null}', '$.a')", 'TRUE'],
      ["JSON_EXISTS('{\"a\": true}', 'strict $.b' TRUE ON ERROR)", 'TRUE'],
      ["JSON_EXISTS('no json', '$' UNKNOWN ON ERROR)", 'NULL'],
    ],
    weight: 2,
    check: pathFits,
    compile: jsonExists,
  },
  {
    name: 'JSON_STRING',
    signatures: ['JSON_STRING(value: T): string'],
    description: 'The value as JSON text.',
    examples: [
      ["JSON_STRING('Hello')", '\'"Hello"\''],
      ['JSON_STRING(ARRAY[1, 2])', "'[1,2]'"],
      ["JSON_STRING(TIMESTAMP '2026-01-01 00:00:00')", '\'"2026-01-01T00:00:00.000Z"\''],
      ['JSON_STRING(NULL)', 'NULL'],
    ],
    weight: 2,
    compile: (args, context) => {
      const [arg] = args
      const read = arg?.compile(context)
      return (row, other) => {
        const value = read?.(row, other) ?? null
        if (value === null || arg === undefined) return null
        return written(toJson(value, arg.type), context)
      }
    },
  },
  {
    name: 'JSON_OBJECT',
    signatures: [
      'JSON_OBJECT(onNull: string, ...parts: any): string',
      'JSON_OBJECT(onNull: string): string',
    ],
    usage: 'JSON_OBJECT([KEY] name VALUE value, ... [NULL | ABSENT ON NULL])',
    description:
      'The JSON text of an object. Results of JSON_OBJECT and JSON_ARRAY are put in as JSON.',
    examples: [
      ["JSON_OBJECT('k1' VALUE 'v1', KEY 'k2' VALUE 2)", '\'{"k1":"v1","k2":2}\''],
      ["JSON_OBJECT('k' VALUE CAST(NULL AS STRING) ABSENT ON NULL)", "'{}'"],
      ["JSON_OBJECT('k' VALUE JSON_OBJECT('n' VALUE NULL))", '\'{"k":{"n":null}}\''],
      ['JSON_OBJECT()', "'{}'"],
    ],
    weight: 2,
    anyArguments: true,
    check: keysFit,
    compile: buildObject,
  },
  {
    name: 'JSON_ARRAY',
    signatures: [
      'JSON_ARRAY(onNull: string, ...parts: any): string',
      'JSON_ARRAY(onNull: string): string',
    ],
    usage: 'JSON_ARRAY(value, ... [NULL | ABSENT ON NULL])',
    description: 'The JSON text of an array. NULL is left out unless NULL ON NULL is written.',
    examples: [
      ["JSON_ARRAY(1, '2')", '\'[1,"2"]\''],
      ['JSON_ARRAY(1, NULL)', "'[1]'"],
      ['JSON_ARRAY(1, NULL NULL ON NULL)', "'[1,null]'"],
      ['JSON_ARRAY(JSON_ARRAY(1))', "'[[1]]'"],
    ],
    weight: 2,
    anyArguments: true,
    compile: buildArray,
  },
  {
    name: 'PARSE_JSON',
    signatures: ['PARSE_JSON(text: string): any'],
    description: 'The JSON value that a text holds. A text that is no JSON is refused.',
    examples: [
      ['CAST(PARSE_JSON(\'{"a": [1, 2]}\').a[2] AS INTEGER)', '2'],
      ["PARSE_JSON('null')", 'NULL'],
    ],
    weight: 2,
    apply: (text: string) => {
      const value = parseJson(text)
      if (value === undefined)
        throw new EvaluationError(
          `"${text.slice(0, 60)}" is not JSON. Use TRY_PARSE_JSON, which gives NULL instead.`,
          'not-json',
        )
      return value
    },
  },
  {
    name: 'TRY_PARSE_JSON',
    signatures: ['TRY_PARSE_JSON(text: string): any'],
    description: 'The JSON value that a text holds; NULL where it is no JSON.',
    examples: [
      ["TRY_PARSE_JSON('{')", 'NULL'],
      ["CAST(TRY_PARSE_JSON('5') AS INTEGER)", '5'],
    ],
    weight: 2,
    apply: (text: string) => parseJson(text) ?? null,
  },
]

function constantText(arg: Typed | undefined): string {
  const value = arg?.constant?.value
  return typeof value === 'string' ? value : ''
}

function returned(args: readonly Typed[]): Type {
  return RETURNING.get(constantText(args[2])) ?? STRING
}

function returningFits(args: readonly Typed[], context: CheckContext): boolean {
  const [, , returning] = args
  if (returning !== undefined && !RETURNING.has(constantText(returning))) {
    context.refuse(
      'json-returning',
      returning.span,
      `JSON_VALUE cannot return ${constantText(returning).toLowerCase()}. Write RETURNING STRING, BOOLEAN, INTEGER or DOUBLE, or CAST the result.`,
    )
    return false
  }
  for (const fallback of [args[4], args[6]]) {
    if (fallback === undefined || fits(fallback.type, returned(args))) continue
    context.refuse(
      'argument-type',
      fallback.span,
      `JSON_VALUE returns ${describe(returned(args))}, but its default ${quoted(fallback)} is ${describe(fallback.type)}. Write RETURNING ${fallback.type.kind.toUpperCase()}, or CAST the default.`,
    )
    return false
  }
  return true
}

function pathFits(args: readonly Typed[], context: CheckContext): boolean {
  const [, path] = args
  const text = path?.constant?.value
  if (path === undefined || typeof text !== 'string') return true
  try {
    compileJsonPath(text)
    return true
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error
    context.refuse('json-path', path.span, error.message)
    return false
  }
}

type Selected = { readonly values: readonly Value[] | undefined } | null

/** Null where the JSON or the path is NULL; `values` is undefined where they do not fit. */
function selection(
  args: readonly Typed[],
  context: CompileContext,
): (...rows: Parameters<Evaluate>) => Selected {
  const [json, path] = args
  const [readJson, readPath] = [json?.compile(context), path?.compile(context)]
  const isText = json?.type.kind === 'string'
  const paths = new PatternCache<JsonPath>()
  return (row, other) => {
    const value = readJson?.(row, other) ?? null
    const text = readPath?.(row, other) ?? null
    if (value === null || text === null) return null
    context.meter.charge(sizeOf(value) * 2)
    const compiled = paths.get(text as string, () => compileJsonPath(text as string))
    const parsed = isText ? parseJson(value as string) : value
    const values = parsed === undefined ? undefined : select(parsed, compiled)
    if (values !== undefined) context.meter.charge(values.length)
    return { values }
  }
}

function jsonValue(args: readonly Typed[], context: CompileContext): Evaluate {
  const find = selection(args, context)
  const type = returned(args)
  const convert = conversion({ kind: 'any' }, type) ?? ((value: Value) => value)
  const onEmpty = fallback(args, 3, context, 'The path selects nothing')
  const onError = fallback(
    args,
    5,
    context,
    'The JSON does not fit the path, or has no scalar there',
  )
  return (row, other) => {
    const selected = find(row, other)
    if (selected === null) return null
    const { values } = selected
    if (values === undefined || values.length > 1) return onError(row, other)
    const [value] = values
    if (value === undefined) return onEmpty(row, other)
    if (value === null) return null
    if (typeof value === 'object') return onError(row, other)
    try {
      return convert(value)
    } catch (error) {
      if (error instanceof EvaluationError) return onError(row, other)
      throw error
    }
  }
}

/** NULL, ERROR or DEFAULT and its value, at two places among the arguments. */
function fallback(
  args: readonly Typed[],
  index: number,
  context: CompileContext,
  fact: string,
): Evaluate {
  const behaviour = constantText(args[index])
  const read = args[index + 1]?.compile(context)
  if (behaviour === 'DEFAULT' && read !== undefined) return read
  if (behaviour !== 'ERROR') return () => null
  return () => {
    throw new EvaluationError(
      `${fact}: JSON_VALUE was told ERROR. Write DEFAULT or NULL instead.`,
      'json-path-no-value',
    )
  }
}

function jsonQuery(args: readonly Typed[], context: CompileContext): Evaluate {
  const find = selection(args, context)
  const many = args[1]?.constant === undefined ? true : compileJsonPath(constantText(args[1])).many
  const wrapper = constantText(args[2])
  const onEmpty = queryFallback(constantText(args[3]), 'The path selects nothing')
  const onError = queryFallback(
    constantText(args[4]),
    'The JSON does not fit the path, or has a scalar there',
  )
  return (row, other) => {
    const selected = find(row, other)
    if (selected === null) return null
    const { values } = selected
    if (values === undefined) return onError()
    const [first] = values
    if (first === undefined) return onEmpty()
    const value: Value = many || values.length > 1 ? values : first
    if (wrapper === 'UNCONDITIONAL') return written([value], context)
    if (wrapper === 'CONDITIONAL') return written(Array.isArray(value) ? value : [value], context)
    return typeof value === 'object' && value !== null ? written(value, context) : onError()
  }
}

function queryFallback(behaviour: string, fact: string): () => Value {
  if (behaviour === 'EMPTY ARRAY') return () => '[]'
  if (behaviour === 'EMPTY OBJECT') return () => '{}'
  if (behaviour !== 'ERROR') return () => null
  return () => {
    throw new EvaluationError(
      `${fact}: JSON_QUERY was told ERROR. Write NULL, EMPTY ARRAY or EMPTY OBJECT instead.`,
      'json-path-no-value',
    )
  }
}

function jsonExists(args: readonly Typed[], context: CompileContext): Evaluate {
  const find = selection(args, context)
  const behaviour = constantText(args[2])
  return (row, other) => {
    const selected = find(row, other)
    if (selected === null) return null
    if (selected.values !== undefined) return selected.values.length > 0
    if (behaviour === 'ERROR') {
      throw new EvaluationError(
        'The JSON does not fit the path: JSON_EXISTS was told ERROR. Write FALSE or UNKNOWN instead.',
        'json-path-no-value',
      )
    }
    return behaviour === 'UNKNOWN' ? null : behaviour === 'TRUE'
  }
}

function keysFit(args: readonly Typed[], context: CheckContext): boolean {
  for (let index = 1; index < args.length; index += 2) {
    const key = args[index]
    if (key === undefined || (key.type.kind === 'string' && key.constant?.value !== null)) continue
    context.refuse(
      'json-key',
      key.span,
      `A name in JSON_OBJECT must be string, but ${quoted(key)} is ${describe(key.type)}. Write CAST(${key.text} AS STRING).`,
    )
    return false
  }
  return true
}

/**
 * Reads a value as what stands in JSON: results of JSON functions as they are, others by their
 * type.
 */
function part(arg: Typed, context: CompileContext): Evaluate {
  const read = arg.compile(context)
  const isJson = arg.call === 'JSON_OBJECT' || arg.call === 'JSON_ARRAY'
  return (row, other) => {
    const value = read(row, other)
    if (value === null) return null
    return isJson ? (parseJson(value as string) ?? null) : toJson(value, arg.type)
  }
}

function buildObject(args: readonly Typed[], context: CompileContext): Evaluate {
  const [onNull, ...rest] = args
  const absent = constantText(onNull) === 'ABSENT'
  const reads = rest.map((arg, index) =>
    index % 2 === 0 ? arg.compile(context) : part(arg, context),
  )
  return (row, other) => {
    const entries: [string, Value][] = []
    for (let index = 0; index + 1 < reads.length; index += 2) {
      const key = reads[index]?.(row, other) ?? null
      const value = reads[index + 1]?.(row, other) ?? null
      if (key === null)
        throw new EvaluationError(
          'A name in JSON_OBJECT is NULL. Guard it with COALESCE.',
          'name-is-null',
        )
      if (value !== null || !absent) entries.push([key as string, value])
    }
    return written(jsonObject(entries), context)
  }
}

function buildArray(args: readonly Typed[], context: CompileContext): Evaluate {
  const [onNull, ...rest] = args
  const absent = constantText(onNull) === 'ABSENT'
  const reads = rest.map((arg) => part(arg, context))
  return (row, other) => {
    const values = reads.map((read) => read(row, other))
    return written(absent ? values.filter((value) => value !== null) : values, context)
  }
}

function written(value: Value, { meter }: CompileContext): string {
  const text = writeJson(value)
  meter.charge(text.length)
  checkStringLength(text.length)
  return text
}
