/** What messages have in common, and which part of a record is at fault. */

import { toUtf8 } from '@millrace/engine'
import { seededRandom } from '@millrace/engine/testing'
import { describe, expect, test } from 'vitest'
import { beginningText } from './beginning.ts'
import { causePattern } from './cause-pattern.ts'
import { findFault } from './letter-fault.ts'

test.each([
  ['Column "n": "x" is not of type integer.', 'Column "n": "…" is not of type integer.'],
  ['Column "n": 1.5 is not of type integer.', 'Column "n": # is not of type integer.'],
  ['Partition 3: The value is not UTF-8.', 'Partition #: The value is not UTF-8.'],
  [
    'The line is not JSON: "}" at column 13 does not belong there.',
    'The line is not JSON: "…" at column # does not belong there.',
  ],
  [`'a''b' and -7e3 of 12`, `'…' and # of #`],
  [
    'Aggregate "share": Division by zero. Guard the divisor with NULLIF(x, 0). The group is {"team":7}.',
    'Aggregate "share": Division by zero. Guard the divisor with NULLIF(x, 0). The group is {"…":#}.',
  ],
  [
    `There is no time zone "A. Write 1". Write an offset such as 'GMT+02:00'.`,
    `There is no time zone "…". Write an offset such as 'GMT+02:00'.`,
  ],
  ['"it is 5. Use 6" of 1.5 is 7', '"…" of # is #'],
])('%s', (message, pattern) => {
  expect(causePattern(message)).toBe(pattern)
})

test('a beginning ends with a whole character, wherever it is cut', () => {
  for (const [text, shown] of [
    ['a'.repeat(300), 'a'.repeat(200)],
    [`${'a'.repeat(199)}é`, 'a'.repeat(199)],
    [`${'a'.repeat(198)}é`, `${'a'.repeat(198)}é`],
    [`${'a'.repeat(198)}€b`, 'a'.repeat(198)],
    [`${'a'.repeat(197)}😀b`, 'a'.repeat(197)],
  ] as const) {
    expect(beginningText(toUtf8(text))).toBe(shown)
  }
  expect(beginningText(new Uint8Array([0x61, 0xff]))).toBe('a\uFFFD')
})

describe('the part at fault', () => {
  const marked = (text: string, column: string) => {
    const found = findFault(toUtf8(text), { code: 'wrong-type', message: '', column })
    return found && text.slice(found.start, found.end)
  }
  test.each([
    ['{"n":"x"}', '"x"'],
    ['{ "a" : {"n": 1}, "n" : [1, {"n": 2}] }', '[1, {"n": 2}]'],
    ['{"a":"\\"n\\":5","n": true , "b": 2}', 'true'],
    ['{"é":"ü","n":-1.5e3}', '-1.5e3'],
  ])('of %s', (text, part) => {
    expect(marked(text, 'n')).toBe(part)
  })

  test('no field of this name, or no JSON at all: nothing is marked', () => {
    expect(marked('{"a":1}', 'n')).toBeUndefined()
    expect(marked('n;7', 'n')).toBeUndefined()
  })

  test('of a line of CSV the value is marked that the message names, where only one can be meant', () => {
    const message = 'Column "n": "two" is not of type integer.'
    const marked = (text: string) => {
      const found = findFault(toUtf8(text), { code: 'wrong-type', message, column: 'n' })
      return found && [found.start, found.end]
    }
    expect(marked('ada,two,7')).toEqual([4, 7])
    expect(marked('two,two,7')).toBeUndefined()
    expect(marked('ada,2,7')).toBeUndefined()
  })

  test('broken JSON is marked where it breaks', () => {
    const message = 'The line is not JSON: "}" at column 6 does not belong there.'
    expect(findFault(toUtf8('{"n":}'), { code: 'not-json', message })).toEqual({ start: 5, end: 6 })
  })

  test('of 300 random texts with a broken byte, that byte is found', () => {
    const random = seededRandom(7)
    for (let round = 0; round < 300; round++) {
      const length = random.integer(0, 60)
      const text = Array.from({ length }, () => random.pick(['a', 'é', '€', '😀', '1'])).join('')
      const good = toUtf8(text)
      const rest = toUtf8(random.pick(['', 'zz', '€']))
      const raw = new Uint8Array([...good, 0xff, ...rest])
      const found = findFault(raw, { code: 'not-utf8', message: '' })
      expect(found, `round ${round}`).toEqual({ start: good.length, end: good.length + 1 })
    }
  })
})
