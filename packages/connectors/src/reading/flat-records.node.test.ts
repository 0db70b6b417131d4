/**
 * Goal: a line that is read straight into a row gives the row that parsing it gives, and what is
 * wrong is left to parsing. Method: random lines, well formed and broken, are read both
 * ways.
 */

import { type SeededRandom, seededRandom } from '@millrace/engine/testing'
import { type Column, isRefusal, parseType } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { createColumnReaders } from './column-readers.ts'
import { FlatRecords } from './flat-records.ts'
import { createRecordParser } from './record-parser.ts'

const TYPES = [
  'string',
  'integer',
  'double',
  'boolean',
  'timestamp',
  'interval',
  'any',
  'list<any>',
]
const NAMES = ['at', 'n', 'é', '😀', 'a b', 'constructor', 'quo"te', '7']

const NUMBERS = ['0', '-0', '1', '-17', '1.5', '0.1', '123456789012.345', '9007199254740991', '1e3']
const ODD_NUMBERS = [
  '01',
  '-',
  '1.',
  '.5',
  '+1',
  '1e400',
  '9007199254740993',
  '12345678901234567.1',
]
const TEXTS = [
  '""',
  '"x"',
  '"é😀"',
  '"twelve chars"',
  '"thirteen char"',
  '"quote \\" and \\u00e9"',
  '"2026-01-01T00:00:00.123Z"',
  '"2026-01-01"',
  '"1m30s"',
  '"NaN"',
]
const ODD_TEXTS = ['"\t"', '"\\x"', '"open', '"\\ud800"', "'x'", '"\u0000"']
const OTHERS = ['true', 'false', 'null', '[]', '[1, {"a": 2}]', '{}', '{"b": []}']
const ODD_OTHERS = ['truth', 'nul', 'True', '[', '']

function randomValue(random: SeededRandom, type: string): string {
  if (random.chance(0.02)) return random.pick([...ODD_NUMBERS, ...ODD_TEXTS, ...ODD_OTHERS])
  if (random.chance(0.03)) return random.pick([...NUMBERS, ...TEXTS, ...OTHERS])
  if (random.chance(0.1)) return 'null'
  if (type === 'string') return random.pick(TEXTS)
  if (type === 'timestamp') return random.pick(['"2026-01-01T00:00:00.123Z"', '1767225600000'])
  if (type === 'boolean') return random.pick(['true', 'false'])
  if (type === 'integer') return random.pick(['0', '-0', '1', '-17', '9007199254740'])
  if (type === 'double') return random.pick(NUMBERS)
  return random.pick(type === 'interval' ? ['"1m30s"', '5'] : ['[]', '[1]'])
}

function randomLine(random: SeededRandom, fields: readonly (readonly [string, string])[]): string {
  const shown = random.chance(0.05) ? fields.slice(1) : fields
  const space = () => (random.chance(0.005) ? random.pick([' ', '  ', '\t']) : '')
  const parts = shown.map(
    ([name, type]) =>
      `${space()}${JSON.stringify(name)}${space()}:${space()}${randomValue(random, type)}${space()}`,
  )
  const line = `{${parts.join(',')}}${random.chance(0.1) ? '\r' : ''}`
  if (random.chance(0.95)) return line
  const at = random.integer(0, line.length - 1)
  return random.pick([
    line.slice(0, at),
    `${line}}`,
    `${line},`,
    line.slice(0, at) + line.slice(at + 1),
  ])
}

let readCount = 0

test.each(Array.from({ length: 150 }, (_, seed) => [seed]))(
  'a line is read as if it were parsed (seed %i)',
  (seed) => {
    const random = seededRandom(seed)
    const fields = NAMES.filter(() => random.chance(0.6)).map(
      (name) => [name, random.pick(TYPES)] as const,
    )
    const columns = fields.flatMap(([name, text]): Column[] => {
      const type = parseType(text)
      if (isRefusal(type)) throw new Error(type.message)
      return random.chance(0.8) ? [{ name, type }] : []
    })
    const readers = createColumnReaders(columns, undefined)
    const parse = createRecordParser(columns, readers, new FlatRecords(columns, readers))
    const flat = new FlatRecords(columns, readers)
    for (let line = 0; line < 100; line++) {
      const text = randomLine(random, fields)
      const source = `before\n${text}\nbehind`
      const [parsed, read] = [() => parse(text), () => flat.read(source, 7, 7 + text.length)].map(
        (act) => {
          try {
            return act()
          } catch {
            return undefined
          }
        },
      )
      if (parsed !== undefined && flat.learns) flat.learn(JSON.parse(text))
      if (read === undefined) continue
      expect(read, text).toEqual(parsed)
      readCount++
    }
  },
)

test('of those lines, many are not parsed', () => {
  expect(readCount).toBeGreaterThan(1000)
})

test('lines of one look are not parsed, and another look is learnt', () => {
  const columns: Column[] = [
    { name: 's', type: { kind: 'string' } },
    { name: 'n', type: { kind: 'integer' } },
  ]
  const readers = createColumnReaders(columns, undefined)
  const flat = new FlatRecords(columns, readers)
  const parse = createRecordParser(columns, readers, flat)
  const read = (text: string) => flat.read(text, 0, text.length)
  expect(read('{"s":"a","n":1}')).toBeUndefined()
  expect(parse('{"s":"a","n":1}')).toEqual(['a', 1])
  expect(read('{"s":"b","n":2}')).toEqual(['b', 2])
  expect(read('{"s": "b", "n": null}')).toEqual(['b', null])
  for (let miss = 0; miss < 8; miss++) {
    expect(read('{"n":3,"s":"c","more":true}')).toBeUndefined()
    expect(parse('{"n":3,"s":"c","more":true}')).toEqual(['c', 3])
  }
  expect(read('{"n":4,"s":"d","more":false}')).toEqual(['d', 4])
})

test('looking is given up where no look lasts', () => {
  const columns: Column[] = [{ name: 's', type: { kind: 'string' } }]
  const flat = new FlatRecords(columns, createColumnReaders(columns, undefined))
  let learnt = 0
  for (let line = 0; line < 1000; line++) {
    const text = `{"name${line}":1}`
    expect(flat.read(text, 0, text.length)).toBeUndefined()
    if (!flat.learns) continue
    flat.learn(JSON.parse(text))
    learnt++
  }
  expect(learnt).toBe(16)
})
