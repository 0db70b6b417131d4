/** Configs guessed from samples. */

import { isRefusal, parseType } from '@millrace/pipeline'
import { describe, expect, test } from 'vitest'
import { fileSource } from '../file-source.ts'
import { type InferredSource, inferSource } from './infer-source.ts'

function infer(path: string, text: string, options: { whole?: boolean; packed?: boolean } = {}) {
  const { whole = true, packed = false } = options
  const inferred = inferSource({ path, text, whole, packed })
  if ('message' in inferred) throw new Error(inferred.message)
  // Whatever is inferred can be pasted into a document.
  fileSource.config.parse(inferred.config)
  return inferred
}

function lines(...records: readonly unknown[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('')
}

test('types are the narrowest that fit every value', () => {
  const { config } = infer(
    'a.jsonl',
    lines(
      { at: '2026-01-01T00:00:00Z', n: 1, x: 1, ok: true, s: 'a', list: [1], deep: { a: 1 } },
      {
        at: '2026-01-02T00:00:00Z',
        n: 2,
        x: 1.5,
        ok: null,
        s: '2026-01-01',
        list: [],
        deep: { b: 'x' },
      },
    ),
  )
  expect(config).toEqual({
    path: 'a.jsonl',
    format: 'jsonl',
    schema: {
      at: 'timestamp',
      n: 'integer',
      x: 'double',
      ok: 'boolean',
      s: 'string',
      list: 'list<integer>',
      deep: 'record{a: integer, b: string}',
    },
    eventTime: 'at',
  })
})

describe('doubtful columns are named', () => {
  test.each([
    [
      { at: '2026-01-01', v: 1 },
      { at: '2026-01-01', v: 'x' },
      'any',
      'Column "v" has values of different types, so it is any. CAST it before use.',
    ],
    [
      { at: '2026-01-01', v: null },
      { at: '2026-01-01' },
      'string',
      'Column "v" is always NULL in the sample; string is a guess.',
    ],
    [
      { at: '2026-01-01', v: 1 },
      { at: '2026-01-01' },
      'integer',
      'Column "v" is NULL or missing in about 50 % of the records.',
    ],
  ])('%j and %j', (one, other, type, note) => {
    const { config, notes } = infer('a.jsonl', lines(one, other))
    expect((config.schema as { v: string }).v).toBe(type)
    expect(notes).toEqual([note])
  })
})

describe('the event time', () => {
  const chosen = ({ config }: InferredSource) => config.eventTime

  test('is the likeliest name among the columns with times', () => {
    const inferred = infer('a.jsonl', lines({ born: '1970-01-01', ts: '2026-01-01T00:00:00Z' }))
    expect(chosen(inferred)).toBe('ts')
    expect(inferred.notes).toContain('Event time is "ts"; "born" would be possible too.')
  })

  test('may be a number of seconds or milliseconds where the name says that it is a time', () => {
    expect(chosen(infer('a.jsonl', lines({ time: 1767225600 })))).toEqual({
      column: 'time',
      unit: 's',
    })
    expect(chosen(infer('a.jsonl', lines({ time: 1767225600000 })))).toBe('time')
    expect(chosen(infer('a.jsonl', lines({ price: 1767225600 })))).toBeUndefined()
  })

  test('comes with as much delay as the sample needs', () => {
    const at = (second: number) => ({ at: `2026-01-01T00:00:${second}Z` })
    const { config, notes } = infer('a.jsonl', lines(at(10), at(50), at(27), at(51)))
    expect(config.watermark).toEqual({ maxOutOfOrderness: '30s' })
    expect(notes).toEqual([
      'In the sample records come up to 23s after later ones; check the maximum ' +
        'out-of-orderness of the watermark.',
    ])
  })

  test('is left out where no column is one', () => {
    expect(infer('a.jsonl', lines({ n: 1 })).notes).toEqual([
      'No column looks like a time, so records have no event time. Name one in eventTime.',
    ])
  })
})

test('lines that cannot be read are counted, and a line that is cut off is not', () => {
  const text = `${lines({ at: '2026-01-01' })}oops\n{"at":"2026-01`
  expect(infer('a.jsonl', text, { whole: false }).notes).toEqual([
    '1 record of the sample cannot be read and would go to the errors port.',
  ])
})

describe('comma-separated values', () => {
  test('with a header', () => {
    const { config } = infer(
      'a.csv',
      'when;zip;n;x;ok\n2026-01-01;00123;1;1.5;true\n2026-01-02;12345;;2;false\n',
    )
    expect(config).toEqual({
      path: 'a.csv',
      format: 'csv',
      csv: { delimiter: ';' },
      schema: { when: 'timestamp', zip: 'string', n: 'integer', x: 'double', ok: 'boolean' },
      eventTime: 'when',
    })
  })

  test('without one', () => {
    const { config, notes } = infer('a.csv', '2026-01-01,ada\n2026-01-02,"b, c"\n')
    expect(config).toMatchObject({
      csv: { header: false },
      schema: { column_1: 'timestamp', column_2: 'string' },
    })
    expect(notes[0]).toContain('does not look like a header')
  })

  test('records with another number of fields would be refused', () => {
    expect(infer('a.csv', 'at,n\n2026-01-01,1\n2026-01-02\n').notes[0]).toBe(
      '1 record of the sample cannot be read and would go to the errors port.',
    )
  })
})

test('a quote that is never closed hides no records from the sample', () => {
  const { config, notes } = infer('a.csv', 'at,n\n"2026-01-01,1\n2026-01-02,2\n"2026-01-03","3"\n')
  expect(config.schema).toEqual({ at: 'timestamp', n: 'integer' })
  expect(notes).toEqual(['1 record of the sample cannot be read and would go to the errors port.'])
})

test('a record that the end of the sample cuts is neither read nor counted', () => {
  const text = 'at,n\n2026-01-01,1\n2026-01-02,"2\n2,x\n'
  expect(infer('a.csv', text, { whole: false })).toMatchObject({
    config: { schema: { at: 'timestamp', n: 'integer' } },
    notes: [],
  })
})

test.each(['at,n\n', 'at,n\n1\n2\n'])(
  'where no record can be read, types are guesses: %j',
  (text) => {
    const { config, notes } = infer('a.csv', text)
    expect(config).toEqual({ path: 'a.csv', format: 'csv', schema: { at: 'string', n: 'string' } })
    expect(notes.at(-1)).toBe(
      'No record of the sample can be read, so string is a guess for every column, and no column is the event time.',
    )
    expect(notes.join(' ')).not.toContain('NULL')
  },
)

describe('lines that are not UTF-8', () => {
  const sample = { path: 'a.csv', text: 'n\ufffdme,at\n1,2026-01-01\n', whole: true, packed: false }

  test('cannot be a header', () => {
    expect(inferSource({ ...sample, brokenLines: new Set([0]) })).toEqual({
      message:
        'The first line of "a.csv" is not UTF-8, so the names of the columns cannot be read. Save the file in ' +
        'this encoding.',
    })
  })

  test('are records that cannot be read', () => {
    const note = '1 record of the sample cannot be read and would go to the errors port.'
    const text = 'n,at\n1,2026-01-01\n\ufffd,2026-01-02\n'
    expect(inferSource({ ...sample, text, brokenLines: new Set([2]) })).toMatchObject({
      config: { schema: { n: 'integer', at: 'timestamp' } },
      notes: [note],
    })
    const json = { path: 'a.jsonl', text: '{"n":1}\n{"n":"\ufffd"}\n', whole: true, packed: false }
    expect(inferSource({ ...json, brokenLines: new Set([1]) })).toMatchObject({
      config: { schema: { n: 'integer' } },
      notes: [note, expect.anything()],
    })
  })
})

test('gzip is named where the path does not say it', () => {
  expect(infer('a.jsonl', lines({ n: 1 }), { packed: true }).config.compression).toBe('gzip')
  expect(infer('a.jsonl.gz', lines({ n: 1 }), { packed: true }).config.compression).toBeUndefined()
})

test('odd names become types that can be read', () => {
  const { config } = infer('a.jsonl', lines({ deep: { 'a b': 1, 'c`d': { e: null } } }))
  const type = parseType((config.schema as { deep: string }).deep)
  expect(isRefusal(type)).toBe(false)
})

test.each([
  ['', '"x" is empty, so there is nothing to go by.'],
  [
    '[{"n":1}]',
    `"x" is a JSON list, not JSON lines. Write each record on a line of its own, for instance with: jq -c '.[]' x`,
  ],
  ['{}\n{}\n', 'The records of "x" have no fields, so there is nothing to go by.'],
  ['{"n":\n', 'No line of "x" could be read as JSON.'],
])('%j is refused', (text, message) => {
  expect(inferSource({ path: 'x', text, whole: true, packed: false })).toEqual({ message })
})
