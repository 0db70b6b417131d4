/** Everything that could grow has a bound, and each bound is reached here. */

import { describe, expect, test } from 'vitest'
import type { Row } from '../value.ts'
import { checkExpression, compileExpression } from './expression.ts'
import { COST_MAX, LIST_MAX, PATTERN_MAX, STRING_MAX } from './limits.ts'
import { columnsOf, evaluate, problemsOf, TEST_CONTEXT } from './testing/evaluate.ts'
import { EMPTY_ROW } from './typed.ts'

const COLUMNS = columnsOf({ s: 'string', n: 'integer', list: 'list<integer>', doc: 'any' })

/** The first words of what a record is refused with. */
function refusal(text: string, row: Row): string {
  try {
    evaluate(text, COLUMNS, row)
    return 'no refusal'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

describe('the text of an expression', () => {
  test.each([
    [
      'is at most 16,384 characters',
      `'${'x'.repeat(16_383)}'`,
      'expression-too-long',
      'The expression has 16385 characters; the limit is 16384. Split it over several steps.',
    ],
    [
      'has at most 2,000 parts',
      `n IN (${Array.from({ length: 2_001 }, () => '1').join(',')})`,
      'expression-too-large',
      'The expression has more than 2000 parts. Split it over several steps.',
    ],
    [
      'is nested at most 64 levels deep in parentheses',
      `${'('.repeat(64)}n${')'.repeat(64)}`,
      'expression-too-deep',
      'The expression is nested more than 64 levels deep. Split it over several steps.',
    ],
    [
      'is nested at most 64 levels deep in calls',
      `${'ABS('.repeat(64)}n${')'.repeat(64)}`,
      'expression-too-deep',
      'The expression is nested more than 64 levels deep. Split it over several steps.',
    ],
    [
      'is nested at most 64 levels deep in signs',
      `${'- '.repeat(64)}n`,
      'expression-too-deep',
      'The expression is nested more than 64 levels deep. Split it over several steps.',
    ],
    [
      'is nested at most 64 levels deep in NOT',
      `${'NOT '.repeat(64)}n`,
      'expression-too-deep',
      'The expression is nested more than 64 levels deep. Split it over several steps.',
    ],
    [
      'is nested at most 64 levels deep in CASE',
      `${'CASE WHEN TRUE THEN '.repeat(64)}n${' END'.repeat(64)}`,
      'expression-too-deep',
      'The expression is nested more than 64 levels deep. Split it over several steps.',
    ],
    [
      'builds at most 256 operators on each other',
      `n${' - n'.repeat(256)}`,
      'expression-too-deep',
      'More than 256 operators build on each other. Split the expression over several steps.',
    ],
    [
      'builds at most 256 paths on each other',
      `doc${'.a'.repeat(256)}`,
      'expression-too-deep',
      'More than 256 operators build on each other. Split the expression over several steps.',
    ],
    [
      'nests types at most 32 levels deep',
      `CAST(doc AS ${'ARRAY<'.repeat(33)}ANY${'>'.repeat(33)})`,
      'type-too-deep',
      'A type may be nested 32 levels deep. Flatten it.',
    ],
  ])('%s', (_name, text, code, message) => {
    const { problems } = checkExpression(text, { relations: [{ columns: COLUMNS }] })
    expect(problems.map((problem) => [problem.code, problem.message])).toEqual([[code, message]])
  })

  test('may go up to its limits', () => {
    expect(problemsOf(`'${'x'.repeat(16_382)}'`)).toEqual([])
    expect(problemsOf(`${'('.repeat(63)}n${')'.repeat(63)}`, COLUMNS)).toEqual([])
    expect(evaluate(`n${' - 1'.repeat(255)}`, COLUMNS, ['', 255, [], null])).toBe(0)
    expect(
      evaluate(Array.from({ length: 600 }, () => 'n = 1').join(' OR '), COLUMNS, ['', 2, [], null]),
    ).toBe(false)
    expect(problemsOf(Array.from({ length: 900 }, () => 's').join(' || '), COLUMNS)).toEqual([])
  })

  test.each([
    '(',
    '[',
    '- ',
    'NOT ',
    'CASE WHEN ',
    'ARRAY[',
    'CAST(',
    'f(',
    'a.',
    'a IN (',
    'a BETWEEN ',
    '`',
    "'x",
    '/*',
    'CAST(a AS ARRAY<',
  ])('of any length that opens %s without end is refused at once', (piece) => {
    for (const length of [1_000, 16_000, 1_000_000]) {
      const text = piece.repeat(Math.ceil(length / piece.length))
      expect(checkExpression(text, { relations: [] }).problems.length).toBe(1)
    }
  })
})

describe('a string that an expression makes', () => {
  const half = 'x'.repeat(STRING_MAX / 2 + 1)
  const tooLong =
    /^A string of [\d.e+]+ characters would be made; the limit is 1048576\. Shorten the inputs\.$/

  test.each([
    ['s || s'],
    ['CONCAT(s, s)'],
    ["CONCAT_WS(',', s, s)"],
    ['REPEAT(s, 2)'],
    ['REPEAT(s, 9007199254740991)'],
    ["LPAD('', 2000000, s)"],
    ["RPAD('a', 2000000, 'b')"],
    ["REPLACE(s, 'x', 'abc')"],
    ["REGEXP_REPLACE(s, 'x', 'abc')"],
    ["REGEXP_REPLACE(s, '', 'abc')"],
    ['HEX(s)'],
    ['TO_BASE64(s || s)'],
    ['OVERLAY(s PLACING s FROM 5 FOR 0)'],
    ["URL_ENCODE(REPLACE(s, 'x', '%'))"],
    ["ARRAY_JOIN(ARRAY[s, s], '')"],
    ['JSON_STRING(ARRAY[s, s])'],
    ['CAST(ARRAY[s, s] AS STRING)'],
    ["TRANSLATE(s, '', '') || s"],
    ['UPPER(s) || s'],
    ['JSON_ARRAY(s, s)'],
    ["JSON_OBJECT('a' VALUE s, 'b' VALUE s)"],
  ])('%s is at most 1 MiB long', (text) => {
    expect(refusal(text, [half, 0, [], null])).toMatch(tooLong)
  })

  test('is refused before it is made, however often it is multiplied', () => {
    const bomb = `${'REPEAT('.repeat(30)}'x'${', 1000000)'.repeat(30)}`
    expect(refusal(bomb, ['', 0, [], null])).toMatch(tooLong)
    expect(
      refusal(Array.from({ length: 40 }, () => 's').join(' || '), [half, 0, [], null]),
    ).toMatch(tooLong)
  })
})

describe('a list that an expression makes', () => {
  const long = Array.from({ length: LIST_MAX }, (_, index) => index)

  test.each([
    ['ARRAY_CONCAT(list, list)'],
    ['ARRAY_APPEND(list, 1)'],
    ['ARRAY_PREPEND(list, 1)'],
    ['ARRAY_UNION(list, ARRAY[-1])'],
    ["SPLIT(s, ',')"],
    ["SPLIT(s, '')"],
    ["REGEXP_EXTRACT_ALL(s, ',')"],
  ])('%s has at most 100,000 elements', (text) => {
    expect(refusal(text, [','.repeat(LIST_MAX + 1), 0, long, null])).toMatch(
      /^A list of [12]0000\d elements would be made; the limit is 100000\. Shorten the inputs\.$/,
    )
  })

  test('may have 100,000', () => {
    expect(evaluate('CARDINALITY(ARRAY_REVERSE(list))', COLUMNS, ['', 0, long, null])).toBe(
      LIST_MAX,
    )
  })

  test('and what a JSON path selects is bounded too', () => {
    const wide = JSON.stringify(
      Array.from({ length: 400 }, () => Array.from({ length: 400 }, () => 1)),
    )
    expect(refusal("JSON_QUERY(s, '$[*][*]')", [wide, 0, [], null])).toMatch(
      /^A list of \d+ elements would be made; the limit is 100000\./,
    )
  })
})

describe('the cost of a record', () => {
  const costly = `The expression read and made more than ${COST_MAX} characters and elements for one record. Shorten its inputs, or split the work over several steps.`
  const megabyte = 'x'.repeat(1_000_000)

  test.each([
    [
      'by texts made one after another',
      Array.from({ length: 80 }, () => "CHAR_LENGTH(s || '')").join(' + '),
    ],
    ['by digests', Array.from({ length: 10 }, () => 'CHAR_LENGTH(SHA256(s))').join(' + ')],
    [
      'by regular expressions',
      Array.from({ length: 10 }, () => "REGEXP_COUNT(s, '(a|b)+c')").join(' + '),
    ],
    [
      'by lists',
      Array.from({ length: 200 }, () => 'ARRAY_POSITION(ARRAY_SORT(list), 1)').join(' + '),
    ],
    ['by JSON', Array.from({ length: 80 }, () => "CHAR_LENGTH(JSON_VALUE(s, '$.a'))").join(' + ')],
  ])('is bounded: %s', (_name, text) => {
    const list = Array.from({ length: 50_000 }, (_, index) => index)
    expect(refusal(text, [megabyte, 0, list, null])).toBe(costly)
  })

  test('is counted for each record anew', () => {
    const text = Array.from({ length: 30 }, () => "CHAR_LENGTH(s || '')").join(' + ')
    const { evaluate: run } = compileExpression(
      text,
      { relations: [{ columns: COLUMNS }] },
      TEST_CONTEXT,
    )
    for (let record = 0; record < 5; record++)
      expect(run([megabyte, 0, [], null], EMPTY_ROW)).toBe(30_000_000)
  })

  test('is bounded for LIKE, whose steps are counted', () => {
    expect(refusal(`s LIKE '%${'x'.repeat(200)}_y'`, [megabyte, 0, [], null])).toBe(
      'LIKE compared more than 16777216 characters for one record. Shorten the text, or use fewer % in the pattern.',
    )
  })

  test('of constants is bounded while typing: what costs too much is left to the records', () => {
    const text = Array.from({ length: 30 }, () => "CHAR_LENGTH(REPEAT('x', 1000000))").join(' + ')
    expect(problemsOf(text)).toEqual([])
    expect(evaluate(text)).toBe(30_000_000)
  })
})

describe('a pattern', () => {
  test('is at most 1,000 characters long', () => {
    expect(problemsOf(`REGEXP(s, '${'a'.repeat(PATTERN_MAX + 1)}')`, COLUMNS)).toEqual([
      `pattern at "'${'a'.repeat(1_001)}'": The regular expression has 1001 characters; the limit is 1000. Shorten it.`,
    ])
  })

  test('has at most 5,000 steps', () => {
    expect(problemsOf(`REGEXP(s, '(${'a{1000}'.repeat(6)})')`, COLUMNS)[0]).toMatch(
      /needs \d+ steps; the limit is 5000\. Lower its repeat counts\.$/,
    )
  })

  test.each([
    '(a+)+$',
    '(a|a)*$',
    '(a|aa)+$',
    '(.*)*x',
    '^(([a-z])+.)+[A-Z]([a-z])+$',
    '(x+x+)+y',
    'a?'.repeat(30) + 'a'.repeat(30),
  ])('%s is matched in linear time', (pattern) => {
    expect(evaluate(`REGEXP(s, '${pattern}!')`, COLUMNS, ['a'.repeat(20_000), 0, [], null])).toBe(
      false,
    )
  })

  test('that is not constant is prepared once for each that comes, and few are kept', () => {
    const { evaluate: run } = compileExpression(
      "REGEXP_EXTRACT('abc', s)",
      { relations: [{ columns: COLUMNS }] },
      TEST_CONTEXT,
    )
    for (let record = 0; record < 100; record++)
      expect(run([`b|x${record}`, 0, [], null], EMPTY_ROW)).toBe('b')
  })

  test('of a date is at most 200 characters long', () => {
    expect(problemsOf(`DATE_FORMAT(NOW(), '${'y'.repeat(201)}')`)[0]).toMatch(
      /The date pattern has 201 characters; the limit is 200\. Shorten it\.$/,
    )
  })

  test('of a JSON path is at most 1,000 characters long', () => {
    expect(problemsOf(`JSON_EXISTS(s, '$${'.a'.repeat(500)}')`, COLUMNS)[0]).toMatch(
      /The JSON path has 1001 characters; the limit is 1000\. Shorten it\.$/,
    )
  })
})

describe('JSON', () => {
  test('is read up to 512 levels deep', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
    expect(evaluate('s IS JSON', COLUMNS, [nested(512), 0, [], null])).toBe(true)
    expect(evaluate('s IS JSON', COLUMNS, [nested(513), 0, [], null])).toBe(false)
    expect(evaluate('s IS JSON', COLUMNS, [nested(400_000), 0, [], null])).toBe(false)
  })
})
