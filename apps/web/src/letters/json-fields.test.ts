/** Fields of a record, each changed in its place while all other characters stay as they came. */

import { describe, expect, test } from 'vitest'
import { jsonFields, missingFields, replaceField, toKind, toLiteral } from './json-fields.ts'

const TEXT = '{ "at":"12:00", "n" : 9007199254740993 ,"list":[1,{"n":2}],"ok":true,"none":null}'

/** The same throws for the same seed; `integer` is [from, to). */
function dice(seed: number) {
  let state = seed
  const integer = (from: number, to: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return from + Math.floor((state / 2 ** 32) * (to - from))
  }
  const pick = <T>(choices: readonly [T, ...T[]]): T =>
    choices[integer(0, choices.length)] ?? choices[0]
  return { integer, pick }
}

test('each field has its place, its kind and what is edited', () => {
  const fields = jsonFields(TEXT) ?? []
  expect(fields.map(({ name, kind, shown }) => [name, kind, shown])).toEqual([
    ['at', 'text', '12:00'],
    ['n', 'number', '9007199254740993'],
    ['list', 'json', '[1,{"n":2}]'],
    ['ok', 'boolean', 'true'],
    ['none', 'null', ''],
  ])
  expect(fields.map(({ start, end }) => TEXT.slice(start, end))).toEqual([
    ...['"12:00"', '9007199254740993', '[1,{"n":2}]', 'true', 'null'],
  ])
})

test('a value is replaced and nothing else, spaces and large numbers included', () => {
  const [at] = jsonFields(TEXT) ?? []
  if (at === undefined) throw new Error('There is a first field.')
  expect(replaceField(TEXT, at, '7')).toBe(TEXT.replace('"12:00"', '7'))
})

test.each([['[1]'], ['"a"'], ['{"a":1'], [''], ['null'], ['{"a":1,}']])(
  '%j is no object, so it has no fields',
  (text) => {
    expect(jsonFields(text)).toBeUndefined()
  },
)

describe('of random objects', () => {
  const NAMES = ['a', 'b c', 'é"x', '', '__proto__', ':', '{']
  const random = dice(5)
  const value = (depth: number): unknown => {
    const kind = random.integer(0, depth > 2 ? 4 : 6)
    if (kind === 0) return random.pick<string>(['x', '"', '\\', '},{', ': "', '\u2028', ''])
    if (kind === 1) return random.integer(-1000, 1000) / 8
    if (kind === 2) return random.pick([true, false])
    if (kind === 3) return null
    const parts = Array.from({ length: random.integer(0, 3) }, () => value(depth + 1))
    return kind === 4 ? parts : Object.fromEntries(parts.map((part, at) => [NAMES[at], part]))
  }

  test('every field is found, and one that is replaced changes that field alone', () => {
    for (let round = 0; round < 400; round++) {
      const names = NAMES.filter(() => random.integer(0, 2) === 0)
      const object = new Map(names.map((name) => [name, value(0)]))
      const space = random.pick<number | string | undefined>([undefined, 1, '\t'])
      const text = JSON.stringify(Object.fromEntries(object), undefined, space)
      const fields = jsonFields(text) ?? []
      expect(fields.map(({ name }) => name).toSorted(), text).toEqual(names.toSorted())
      for (const field of fields) {
        expect(JSON.parse(text.slice(field.start, field.end))).toEqual(object.get(field.name))
        const changed = Object.entries(JSON.parse(replaceField(text, field, '"new"')) as object)
        const expected = new Map([...object, [field.name, 'new']])
        expect(new Map(changed)).toEqual(expected)
      }
    }
  })
})

test.each([
  ['text', 'a "b"', '"a \\"b\\""'],
  ['number', ' -1.5e3 ', '-1.5e3'],
  ['boolean', 'false', 'false'],
  ['null', 'whatever', 'null'],
  ['json', '[1, 2]', '[1, 2]'],
] as const)('as %s, %j is written as %j', (kind, shown, literal) => {
  expect(toLiteral(kind, shown)).toEqual({ literal })
})

test.each([
  ['number', '12,5', '"12,5" is no number. Write it as 12.5, for instance.'],
  ['number', '01', '"01" is no number. Write it as 12.5, for instance.'],
  ['boolean', 'yes', '"yes" is neither true nor false.'],
  ['json', '[1', 'This is no JSON. Write a list as [1, 2], or an object as {"a": 1}.'],
] as const)('as %s, %j is refused', (kind, shown, message) => {
  expect(toLiteral(kind, shown)).toEqual({ message })
})

test.each([
  ['{"n":1}', 'at', '"x"', '{"n":1, "at": "x"}'],
  ['{ "n": 1, "s": "}" }', 'at', 'null', '{ "n": 1, "s": "}", "at": null }'],
  ['{}', 'a "b"', '2', '{"a \\"b\\"": 2}'],
  ['{\n}\n', 'a', '2', '{\n"a": 2}\n'],
])('into %s comes %s', (text, name, literal, expected) => {
  const fields = jsonFields(text) ?? []
  const [field, ...others] = missingFields(text, fields, [
    ...fields.map((one) => one.name),
    name,
    name,
  ])
  if (field === undefined) throw new Error('It is missing.')
  expect([field.missing, others]).toEqual([true, []])
  const replaced = replaceField(text, field, literal)
  expect(replaced).toBe(expected)
  expect(jsonFields(replaced)?.map((one) => one.name)).toEqual([
    ...fields.map((one) => one.name),
    name,
  ])
})

test('another kind keeps what can be kept of a value', () => {
  const as = (shown: string, from: 'text' | 'number' | 'null' = 'text') => {
    return { name: 'a', start: 0, end: 0, kind: from, shown }
  }
  expect(toKind('number', as(' 1,234.5 '))).toBe('1234.5')
  expect(toKind('number', as('12 EUR'))).toBe('0')
  expect(toKind('boolean', as('Yes'))).toBe('true')
  expect(toKind('boolean', as('no'))).toBe('false')
  expect(toKind('json', as('a'))).toBe('"a"')
  expect(toKind('json', as('[1]'))).toBe('[1]')
  expect(toKind('text', as('7', 'number'))).toBe('7')
  expect(toKind('text', as('', 'null'))).toBe('')
  expect(toKind('null', as('x'))).toBe('')
})
