/** Broken JSON is refused with its place; what is JSON to the letter is read. */

import { type Node, parseTree } from 'jsonc-parser'
import { expect, test } from 'vitest'
import { readJson } from './read-json.ts'
import { createRandom, type Random } from './testing/random.ts'

test.each([
  ['', 'The text ends in line 1, column 1 where a value is needed.'],
  [
    '{\n  "a": 1',
    'The text ends in line 2, column 9 where "," or "}" is needed. The object that begins in ' +
      'line 1, column 1 is not closed.',
  ],
  [
    '[[1],',
    'The text ends in line 1, column 6 where a value is needed. The list that begins in line ' +
      '1, column 1 is not closed.',
  ],
  [
    '[1',
    'The text ends in line 1, column 3 where "," or "]" is needed. The list that begins in ' +
      'line 1, column 1 is not closed.',
  ],
  [
    '{"a"',
    'The text ends in line 1, column 5 where ":" is needed. The object that begins in line 1, ' +
      'column 1 is not closed.',
  ],
  [
    '{\n  "a": 1,\n}',
    'Line 3, column 1 has } where a key in double quotes is needed. Remove the comma before it.',
  ],
  ['[1,]', 'Line 1, column 4 has ] where a value is needed. Remove the comma before it.'],
  ['[1,,2]', 'Line 1, column 4 has , where a value is needed. Remove the comma before it.'],
  ['{,}', 'Line 1, column 2 has , where a key in double quotes is needed. Write one.'],
  ['{"a" 1}', 'Line 1, column 6 has 1 where ":" is needed. Put a colon before it.'],
  ['{"a":}', 'Line 1, column 6 has } where a value is needed. Write one.'],
  [
    '{"a": 1\n "b": 2}',
    'Line 2, column 2 has "b" where "," or "}" is needed. Put a comma before it.',
  ],
  ['[1 2]', 'Line 1, column 4 has 2 where "," or "]" is needed. Put a comma before it.'],
  [
    '{}{}',
    'Line 1, column 3 has { where the end of the text is needed. Remove what stands after the end.',
  ],
  [
    '01',
    'Line 1, column 2 has 1 where the end of the text is needed. Remove what stands after the end.',
  ],
  ['{a: 1}', 'a in line 1, column 2 is not JSON. Texts and keys stand in double quotes.'],
  ["{'a': 1}", "'a' in line 1, column 2 is not JSON. Texts and keys stand in double quotes."],
  ['NaN', 'NaN in line 1, column 1 is not JSON. Texts and keys stand in double quotes.'],
  ['\u00a0{}', 'U+00A0 in line 1, column 1 is not JSON. Texts and keys stand in double quotes.'],
  [
    '{} // end',
    '// end in line 1, column 4 is a comment, which JSON does not have. Move it into a note.',
  ],
  [
    '/*\n*/{}',
    '/*U+000A*/ in line 1, column 1 is a comment, which JSON does not have. Move it into a note.',
  ],
  ['"a\n"', '"a in line 1, column 1 has no closing double quote in its line. Add it.'],
  ['1.', '1. in line 1, column 1 is a number without its last digits. Complete it.'],
  [
    '"\\u12"',
    '"\\u12" in line 1, column 1 has a \\u without four hexadecimal digits. Complete it, or ' +
      'double the backslash.',
  ],
  [
    '"\\q"',
    '"\\q" in line 1, column 1 has a backslash before a character that needs none. Double it, ' +
      'or remove it.',
  ],
  [
    '"\t"',
    '"U+0009" in line 1, column 1 has a control character in it. Write it as an escape, for ' +
      'instance \\t.',
  ],
])('%j is refused as broken', (text, message) => {
  const { value, problems } = readJson(text)
  expect(value).toBeUndefined()
  expect(problems.map((problem) => [problem.code, problem.message])).toEqual([
    ['broken-json', message],
  ])
})

test('equal keys are refused with both places, at every depth', () => {
  const text = '{\n  "a": { "b": 1, "b": 2 },\n  "\\u0061": 3\n}'
  expect(readJson(text).problems).toEqual([
    {
      code: 'duplicate-key',
      severity: 'error',
      path: ['a', 'b'],
      span: { start: 19, end: 22 },
      message:
        'Key "b" stands twice in one object, in line 2, column 10 and in line 2, column 18. ' +
        'Keep one of them.',
    },
    {
      code: 'duplicate-key',
      severity: 'error',
      path: ['a'],
      span: { start: 31, end: 39 },
      message:
        'Key "a" stands twice in one object, in line 2, column 3 and in line 3, column 3. Keep ' +
        'one of them.',
    },
  ])
  expect(readJson('[{ "a": 1 }, { "a": 1 }]').problems).toEqual([])
})

test.each([
  [
    '[1e400]',
    'Number 1e400 in line 1, column 2 is larger than 1.7976931348623157e+308, the largest. ' +
      'Write a smaller one, or text in double quotes.',
  ],
  [
    '[-9007199254740993]',
    'Number -9007199254740993 in line 1, column 2 is beyond 9007199254740991, up to which ' +
      'whole numbers are exact. Write it as text in double quotes.',
  ],
])('%s is refused, since it would become another number', (text, message) => {
  expect(readJson(text).problems).toMatchObject([{ code: 'number-too-large', message }])
})

test('nesting is read to the limit and refused beyond it, however deep it is', () => {
  expect(readJson('['.repeat(100) + ']'.repeat(100)).problems).toEqual([])
  for (const depth of [101, 1_000_000]) {
    expect(readJson('['.repeat(depth)).problems).toMatchObject([
      {
        code: 'json-too-deep',
        message:
          'In line 1, column 101 lists and objects stand more than 100 levels deep, the limit. ' +
          'Nest less.',
      },
    ])
  }
})

test('so many values are read as there may be, and no more', () => {
  const list = (count: number) => `[${'[],'.repeat(count - 1)}0]`
  expect(readJson(list(199_999)).problems).toEqual([])
  const [problem, ...others] = readJson(list(200_000)).problems
  expect(others).toEqual([])
  expect([problem?.code, problem?.message]).toEqual([
    'json-too-large',
    'Up to line 1, column 599999 there are more than 200000 values, the limit. Divide the text.',
  ])
})

test('hostile keys are own properties and change nothing else', () => {
  const { value } = readJson('{ "__proto__": { "polluted": true }, "constructor": 1 }')
  expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor'])
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
})

const SEED = 7
const PIECES = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"a"',
  '"b"',
  '1',
  '-0',
  '1.5e3',
  '.',
  'e',
  'true',
  'null',
]
const ODD = [
  '"',
  '\\',
  '\n',
  ' ',
  '\t',
  '/',
  '//',
  '/*',
  '*/',
  'x',
  "'",
  '0',
  '\u00a0',
  '\ufeff',
  '\u0001',
]
const SAMPLE = '{"a":[1,{"b":null,"c":"\\u00e9 \\" x"},-2.5e-3,true],"d":{"e":[]},"f":"text"}'

test(`20,000 random texts are accepted exactly if JSON.parse accepts them (seed ${SEED})`, () => {
  const random = createRandom(SEED)
  let accepted = 0
  for (let round = 0; round < 20_000; round++) {
    const text = random.below(2) === 0 ? assembled(random) : mutated(random)
    const codes = readJson(text).problems.map(({ code }) => code)
    const broken = codes.includes('broken-json')
    expect([text, broken]).toEqual([text, !isJson(text)])
    if (!broken) accepted++
  }
  expect(accepted).toBeGreaterThan(1_000)
})

test(`equal keys and numbers are found in 4,000 random texts as in their trees (seed ${SEED})`, () => {
  const random = createRandom(SEED)
  let refused = 0
  for (let round = 0; round < 4_000; round++) {
    const text = jsonText(random, 3)
    const found = readJson(text).problems.length > 0
    expect([text, found]).toEqual([text, isLossy(parseTree(text))])
    if (found) refused++
  }
  expect(refused).toBeGreaterThan(500)
})

const NUMBERS = ['0', '-0', '1e9', '1e400', '-1E+400', '9007199254740991', '9007199254740992']
const NAMES = ['"a"', '"b"', '"\\u0061"', '"__proto__"', '"0"', '":\\""', '"\\\\"']

function jsonText(random: Random, depth: number): string {
  const kind = random.below(depth === 0 ? 3 : 6)
  if (kind === 0) return random.pick(NUMBERS)
  if (kind === 1) return random.pick(NAMES)
  if (kind === 2) return random.pick(['null', 'true', '1.5', '1234567890.25', '0.1e-400'])
  const items = Array.from({ length: random.below(4) }, () => jsonText(random, depth - 1))
  if (kind === 3) return `[${items.join(random.pick([',', ' , ']))}]`
  return `{${items.map((item) => `${random.pick(NAMES)}:${item}`).join(',')}}`
}

/** By a reader of its own, which keeps every key and the text of what it reads. */
function isLossy(node: Node | undefined): boolean {
  if (node?.type === 'number') {
    const value = node.value as number
    return !Number.isFinite(value) || (Number.isInteger(value) && Math.abs(value) > 2 ** 53 - 1)
  }
  const children = node?.children ?? []
  const names = children.map((child) => child.children?.[0]?.value as unknown)
  if (node?.type === 'object' && new Set(names).size < names.length) return true
  return children.some(isLossy)
}

function assembled(random: Random): string {
  const length = random.below(7)
  return Array.from({ length }, () => random.pick(random.below(4) === 0 ? ODD : PIECES)).join('')
}

function mutated(random: Random): string {
  const at = random.below(SAMPLE.length)
  const end = at + random.below(3)
  return SAMPLE.slice(0, at) + random.pick([...ODD, ...PIECES, '']) + SAMPLE.slice(end)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
