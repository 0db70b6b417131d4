/** What the config fields accept, and what a user reads when they do not. */

import { beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { problemLine } from '../problem.ts'
import { createConfigProblems } from './config-problems.ts'
import * as fields from './fields.ts'

beforeAll(() => {
  z.config({ jitless: true })
})

const schema = z.strictObject({
  size: fields.duration({ title: 'Size' }),
  lower: fields.duration({ title: 'Lower', min: 'any' }).prefault('-1m'),
  groupBy: fields.columns({ title: 'Group by' }).prefault([]),
  aggregates: fields.aggregates().optional(),
  columns: fields.expressions({ title: 'Columns' }).optional(),
  where: fields.expression({ title: 'Where' }).optional(),
  schema: fields.schema().optional(),
  eventTime: fields.eventTime().optional(),
  watermark: fields.watermark(),
  onError: fields.onError(),
  path: fields.path().optional(),
  count: fields.count({ title: 'Count', min: 1, max: 5 }).optional(),
  rate: fields.rate({ title: 'Rate' }).optional(),
  buffer: fields.sizeBytes({ title: 'Buffer', maxBytes: 1024 }).optional(),
  key: fields.column({ title: 'Key' }).optional(),
  as: fields.columnName({ title: 'As' }).optional(),
  on: z.array(z.tuple([z.string(), z.string()])).optional(),
  type: z.enum(['inner', 'left', 'right']).optional(),
  window: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('tumbling'), size: fields.duration({ title: 'Size' }) }),
      z.strictObject({ type: z.literal('session'), gap: fields.duration({ title: 'Gap' }) }),
    ])
    .optional(),
  early: z
    .union([
      z.strictObject({ every: fields.duration({ title: 'Every' }) }),
      z.strictObject({ count: z.int() }),
    ])
    .optional(),
  pace: z.union([z.literal('event-time'), z.literal('fast')]).optional(),
  seed: z.number().optional(),
  ratio: z.number().min(0).lt(1).multipleOf(0.25).optional(),
  code: z
    .string()
    .min(3)
    .max(5)
    .regex(/^[A-Z]+$/)
    .optional(),
})

function problems(config: object): readonly string[] {
  const input = { size: '1m', ...config }
  const read = schema.safeParse(input)
  if (read.success) return []
  const owner = { name: 'operator "test"', schema }
  return createConfigProblems(read.error, input, owner).map(problemLine)
}

/** Plain object text, so that `__proto__` is a name like any other. */
function json(text: string): object {
  return JSON.parse(text) as object
}

test('fields left out have their defaults', () => {
  expect(schema.parse({ size: '1m' })).toEqual({
    size: 60_000,
    lower: -60_000,
    groupBy: [],
    watermark: { maxOutOfOrderness: 0, interval: 100 },
    onError: 'dead-letter',
  })
})

test('a schema becomes columns in the order in which they are written', () => {
  const { schema: columns } = schema.parse({
    size: '1m',
    schema: { b: 'string', a: 'list<double>' },
  })
  expect(columns).toEqual([
    { name: 'b', type: { kind: 'string' } },
    { name: 'a', type: { kind: 'list', of: { kind: 'double' } } },
  ])
})

test('event time is a column, with the unit of numbers or the pattern of text', () => {
  const read = (eventTime: unknown) => schema.parse({ size: '1m', eventTime }).eventTime
  expect(read('at')).toEqual({ column: 'at', unit: 'ms' })
  expect(read({ column: 'at', unit: 's' })).toEqual({ column: 'at', unit: 's' })
  expect(read({ column: 'at', format: 'yyyy' })).toEqual({
    column: 'at',
    unit: 'ms',
    format: 'yyyy',
  })
})

test('names such as __proto__ and constructor are columns like any other', () => {
  const read = schema.parse({
    size: '1m',
    ...json('{ "columns": { "__proto__": "a", "constructor": "b", "2": "c", "toString": "d" } }'),
  })
  expect(read.columns).toEqual([
    { name: '2', value: 'c' },
    { name: '__proto__', value: 'a' },
    { name: 'constructor', value: 'b' },
    { name: 'toString', value: 'd' },
  ])
  expect(Object.getPrototypeOf({})).toBe(Object.prototype)
})

describe('refusals', () => {
  test.each([
    [
      { siz: '1m' },
      'unknown-field siz Field "siz" is not known to operator "test". Did you mean "size"?',
    ],
    [
      json('{ "__proto__": {} }'),
      'unknown-field __proto__ Field "__proto__" is not known to operator "test". Its fields ' +
        'are "size", ' +
        '"lower", "groupBy", "aggregates", "columns", "where", "schema", "eventTime", ' +
        '"watermark", ' +
        '"onError", "path", "count", "rate", "buffer", "key", "as", "on", "type", "window" and ' +
        '"early" and others. Remove it.',
    ],
    [
      { watermark: { intervall: '1s' } },
      'unknown-field watermark.intervall Field "watermark.intervall" is not known to ' +
        '"watermark". Did you mean "interval"?',
    ],
    [
      { size: undefined },
      'missing-field size Field "size" is required. Add it, for instance "size": "5s".',
    ],
    [
      { size: 5 },
      'wrong-type size Field "size" is the number 5 and must be text. Write, for instance, "5s".',
    ],
    [
      { size: null },
      'wrong-type size Field "size" is null and must be text. Write, for instance, "5s".',
    ],
    [
      { groupBy: 'page' },
      'wrong-type groupBy Field "groupBy" is the text "page" and must be a list. Write, for ' +
        'instance, ["user"].',
    ],
    [
      { schema: ['at'] },
      'wrong-type schema Field "schema" is a list and must be an object. Write, for instance, ' +
        '{"at":"timestamp","user":"string"}.',
    ],
    [{ on: [['a', 1]] }, 'wrong-type on.0.1 Field "on[0][1]" is the number 1 and must be text.'],
    [{ on: [['a']] }, 'wrong-count on.0 Field "on[0]" is a list and must have at least 2 entries.'],
    [{ seed: 'x' }, 'wrong-type seed Field "seed" is the text "x" and must be a number.'],
    [
      { size: '5x' },
      'bad-duration size "5x" has the unknown unit "x". Units are ms, s, m (minutes), h and d.',
    ],
    [
      { size: '0s' },
      'bad-duration size Size is 0s and must be longer than 0s. Choose at least "1ms".',
    ],
    [
      { size: '3650000d1ms' },
      'bad-duration size Size is 3650000d1ms, and a duration may be 3650000d (about 10,000 ' +
        'years) long. Choose a shorter one.',
    ],
    [
      { watermark: { maxOutOfOrderness: '-1s' } },
      'bad-duration watermark.maxOutOfOrderness Maximum out-of-orderness is -1s and must not ' +
        'be negative. Choose "0s" or longer.',
    ],
    [{ buffer: '2KB' }, 'bad-size buffer Buffer is 2KB and may be 1KB. Choose a smaller size.'],
    [
      { buffer: '0B' },
      'bad-size buffer Buffer is 0 bytes and must be at least 1. Choose, for instance, "64MB".',
    ],
    [
      { buffer: '1mb' },
      'bad-size buffer "1mb" has the unknown unit "mb". Units are B, KB, MB, GB and TB.',
    ],
    [
      { groupBy: ['a', 'b', 'a'] },
      'column-twice groupBy.2 Group by names column "a" twice. Remove one of them.',
    ],
    [{ key: '' }, 'empty-field key Key is empty. Name a column.'],
    [{ as: '' }, 'empty-field as As is empty. Give the column a name.'],
    [{ as: 'x'.repeat(257) }, 'too-long as As is longer than 256 characters. Shorten it.'],
    [
      { where: '  ' },
      'empty-expression where Where is empty. Write an expression, for instance amount > 100.',
    ],
    [
      { aggregates: { n: '' } },
      'empty-expression aggregates.n Aggregate is empty. Write an expression, for instance ' +
        'SUM(amount).',
    ],
    [
      { aggregates: { n: 1 } },
      'wrong-type aggregates.n Field "aggregates.n" is the number 1 and must be text. Write, ' +
        'for instance, "SUM(amount)".',
    ],
    [
      { columns: { '': 'a' } },
      'empty-field columns. Column name is empty. Give the column a name.',
    ],
    [{ columns: {} }, 'wrong-count columns Columns has 0 entries and needs at least 1. Add one.'],
    [
      { schema: { a: 'date' } },
      'bad-type schema.a Type "date" is reserved and not available yet. Use timestamp.',
    ],
    [
      { eventTime: { colum: 'at' } },
      'unknown-field eventTime.colum Field "eventTime.colum" is not known to "eventTime". Did ' +
        'you mean "column"?',
    ],
    [
      { eventTime: 5 },
      'wrong-type eventTime Field "eventTime" is the number 5 and must be text or an object. ' +
        'Write, for instance, "at".',
    ],
    [
      { eventTime: { column: 'at', unit: 'us' } },
      'wrong-choice eventTime.unit Field "eventTime.unit" is the text "us", which is not one ' +
        'of its choices. Choose one of "s", "ms". Did you mean "s"?',
    ],
    [
      { eventTime: { column: 'at', unit: 's', format: 'yyyy' } },
      'unit-and-format eventTime.format Unit is for numbers and format is for text. Keep the ' +
        'one that suits the column.',
    ],
    [
      { onError: 'fial' },
      'wrong-choice onError Field "onError" is the text "fial", which is not one of its ' +
        'choices. Choose one of "dead-letter", "fail". Did you mean "fail"?',
    ],
    [{ path: '' }, 'empty-field path Path is empty. Name a file, for instance "clicks.jsonl".'],
    [
      { path: 'a\0b' },
      'bad-path path Path has a NUL character, which no file name may have. Remove it.',
    ],
    [
      { path: 'secret://files/a' },
      'secret-path path Path is "secret://files/a", and a secret cannot say where a file is. Write the path itself.',
    ],
    [
      { count: 2.5 },
      'wrong-type count Field "count" is the number 2.5 and must be a whole number. Write, for ' +
        'instance, 5.',
    ],
    [{ count: 6 }, 'out-of-range count Count must be a whole number from 1 to 5.'],
    [
      { rate: 0 },
      'out-of-range rate Rate must be above 0 records per second. Choose, for instance, 100.',
    ],
    [
      { window: { type: 'hoping' } },
      'wrong-choice window.type Field "window.type" is the text "hoping", which is not one of ' +
        'its choices. Choose one of "tumbling", "session".',
    ],
    [
      { window: { type: 'tumbling', size: '1s', gap: '1s' } },
      'unknown-field window.gap Field "window.gap" is not known to "window". Its fields are ' +
        '"type" and "size". Remove it.',
    ],
    [
      { window: {} },
      'missing-field window.type Field "window.type" is required. Choose one of "tumbling", ' +
        '"session".',
    ],
    [
      { pace: 'fsat' },
      'wrong-choice pace Field "pace" is the text "fsat", which is not one of its choices. ' +
        'Choose one of "event-time", "fast". Did you mean "fast"?',
    ],
    [{ ratio: 2 }, 'out-of-range ratio Field "ratio" is the number 2 and must be less than 1.'],
    [{ ratio: -1 }, 'out-of-range ratio Field "ratio" is the number -1 and must be at least 0.'],
    [
      { ratio: 0.3 },
      'not-a-multiple ratio Field "ratio" is the number 0.3 and must be a multiple of 0.25.',
    ],
    [
      { code: 'AB' },
      'too-short code Field "code" is the text "AB" and must have at least 3 characters.',
    ],
    [
      { code: 'abcd' },
      'wrong-form code Field "code" is the text "abcd" and must have the form /^[A-Z]+$/.',
    ],
  ])('%j', (config, line) => {
    expect(problems(config)).toEqual([line])
  })

  test('a rule without a code of its own has the code of refused configs', () => {
    const even = z.strictObject({ n: z.number().refine((n) => n % 2 === 0, 'N is odd. Choose 2.') })
    const read = even.safeParse({ n: 1 })
    const owner = { name: 'operator "test"', schema: even }
    const found = read.success ? [] : createConfigProblems(read.error, { n: 1 }, owner)
    expect(found.map(problemLine)).toEqual(['refused-config n N is odd. Choose 2.'])
  })

  test('a misspelt field that is required is one problem', () => {
    const read = schema.safeParse({ siez: '1m' })
    const owner = { name: 'operator "test"', schema }
    const found = read.success ? [] : createConfigProblems(read.error, { siez: '1m' }, owner)
    expect(found.map(problemLine)).toEqual([
      'unknown-field siez Field "siez" is not known to operator "test". Did you mean "size"?',
    ])
  })

  test('a config that is no object is said to be none', () => {
    const read = schema.safeParse(5)
    const owner = { name: 'operator "test"', schema }
    const found = read.success ? [] : createConfigProblems(read.error, 5, owner)
    expect(found.map(problemLine)).toEqual([
      'wrong-type The config of operator "test" is the number 5 and must be an object.',
    ])
  })

  test('more columns than the limit are refused', () => {
    const many = Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`c${index}`, 'a']))
    expect(problems({ columns: many })).toEqual([
      'wrong-count columns Columns has 1001 entries and may have 1000. Divide it.',
    ])
  })
})

test('the JSON Schema of a field says what a form needs', () => {
  const { properties } = z.toJSONSchema(schema, { io: 'input' })
  expect(properties?.size).toEqual({
    type: 'string',
    title: 'Size',
    description: 'A duration such as "250ms", "5s", "1m30s", "2h" or "7d".',
    widget: 'duration',
    unit: 'ms',
    pattern: '^([0-9]+(ms|s|m|h|d))+$',
    examples: ['5s'],
  })
  expect(properties?.schema).toMatchObject({ type: 'object', minProperties: 1, widget: 'schema' })
  expect(properties?.eventTime).toMatchObject({ title: 'Event time', widget: 'event-time' })
})
