/**
 * What expressions mean: literals, operators, paths, NULL, casts, exactness. Functions have their
 * own file.
 */

import { describe, expect, test } from 'vitest'
import type { Value } from '../value.ts'
import { checkExpression, compileExpression } from './expression.ts'
import { columnsOf, evaluate, NOW_MS, TEST_CONTEXT } from './testing/evaluate.ts'
import { EMPTY_ROW } from './typed.ts'

const COLUMNS = columnsOf({
  n: 'integer',
  ms: 'double',
  s: 'string',
  p: 'boolean',
  at: 'timestamp',
  gap: 'interval',
  doc: 'any',
  list: 'list<integer>',
  rec: 'record{x: integer, `odd name`: list<record{y: string}>}',
  end: 'string',
  case: 'integer',
  interval: 'integer',
  'odd `name': 'integer',
  nothing: 'integer',
})

const DOC = JSON.parse(
  '{"a": {"b": [10, {"c": "deep"}]}, "n": 5, "t": "7", "odd name": 1, "f": 1.5, "z": null}',
) as Value

const ROW: readonly Value[] = [
  7,
  2.5,
  'abc',
  true,
  Date.UTC(2026, 2, 7, 15, 4, 5, 678),
  90_000,
  DOC,
  [10, 20, null],
  [1, [['why']]],
  'the end',
  8,
  9,
  10,
  null,
]

/** Expression, and what it gives, as an expression. */
const FORMS: readonly (readonly [expression: string, result: string])[] = [
  // Literals
  ['1', '1'],
  ['-5', '0 - 5'],
  ['1.5', '3.0 / 2'],
  ['.5', '0.5'],
  ['1e3', '1000.0'],
  ["'it''s'", "'it' || '''' || 's'"],
  ['TRUE', '1 = 1'],
  ['false', '1 = 2'],
  ['NULL', 'nothing'],
  ['9007199254740991', '9007199254740990 + 1'],
  ["TIMESTAMP '2026-03-07 15:04:05.678'", 'at'],
  ["TIMESTAMP '2026-03-07T15:04:05.678Z'", 'at'],
  ["TIMESTAMP '2026-03-07 16:04:05.678+01:00'", 'at'],
  ["TIMESTAMP '2026-03-07'", "TIMESTAMP '2026-03-07 00:00:00.000'"],
  ["INTERVAL '1' DAY", "INTERVAL '24' HOUR"],
  ["INTERVAL '1:30' HOUR TO MINUTE", "INTERVAL '90' MINUTE"],
  ["INTERVAL '1 02:03:04.005' DAY TO SECOND", "INTERVAL '93784.005' SECOND"],
  ["INTERVAL '-2' HOUR", "- INTERVAL '2' HOUR"],
  ["INTERVAL '2' WEEK", "INTERVAL '14' DAY"],
  ["INTERVAL '1' QUARTER", "INTERVAL '3' MONTH"],
  ["INTERVAL '1-6' YEAR TO MONTH", "INTERVAL '18' MONTH"],
  ["INTERVAL '10' DAYS", "INTERVAL '10' DAY"],
  ["INTERVAL '10' DAY(3)", "INTERVAL '10' DAY"],
  ['ARRAY[1, 2.5]', 'ARRAY[1.0, 2.5]'],
  ['ARRAY[]', 'ARRAY[]'],
  ['ROW(1, NULL)', '(1, NULL)'],
  ['7 -- the rest is a comment', '7'],
  ['/* before */ 7 /* after */', '7'],
  // Columns and paths
  ['n', '7'],
  ['`n`', '7'],
  ['`odd ``name`', '10'],
  ['end', "'the end'"],
  ['case', '8'],
  ['interval', '9'],
  ['case + interval', '17'],
  ['CASE WHEN case = 8 THEN end END', "'the end'"],
  ['list[1]', '10'],
  ['list[3]', 'NULL'],
  ['list[9]', 'NULL'],
  ['list[n - 5]', '20'],
  ['rec.x', '1'],
  ['rec.`odd name`[1].y', "'why'"],
  ['rec.`odd name`[2].y', 'NULL'],
  ['CAST(doc.n AS INTEGER)', '5'],
  ['CAST(doc.a.b[2].c AS STRING)', "'deep'"],
  ["CAST(doc['odd name'] AS INTEGER)", '1'],
  ['CAST(doc.`odd name` AS INTEGER)', '1'],
  ['doc.missing', 'NULL'],
  ['doc.a.b[9].c.d', 'NULL'],
  ['doc.z', 'NULL'],
  ['doc.constructor', 'NULL'],
  ['doc.__proto__', 'NULL'],
  ['doc.a.b.length', 'NULL'],
  ['doc.t.length', 'NULL'],
  ['doc.a.b[0 + n - 6]', 'doc.a.b[1]'],
  // Numbers
  ['7 / 2', '3'],
  ['-7 / 2', '-3'],
  ['7 / 2.0', '3.5'],
  ['1 / 3 * 3', '0'],
  ['7 % 3', '1'],
  ['-7 % 3', '-1'],
  ['7 % -3', '1'],
  ['5.5 % 2', '1.5'],
  ['1 + 2 * 3', '7'],
  ['(1 + 2) * 3', '9'],
  ['10 - 3 - 2', '5'],
  ['100 / 10 / 2', '5'],
  ['- - 5', '5'],
  ['+5', '5'],
  ['2 - -3', '5'],
  ['-n', '-7'],
  ['0 * -1', '0'],
  ['-1 / 2', '0'],
  ['- 0', '0'],
  ['n + ms', '9.5'],
  ['1 + NULL', 'NULL'],
  ['NULL + NULL', 'NULL'],
  ['nothing / 0', 'NULL'],
  // Time
  ["at + INTERVAL '1' DAY", "TIMESTAMP '2026-03-08 15:04:05.678'"],
  ["INTERVAL '1' DAY + at", "TIMESTAMP '2026-03-08 15:04:05.678'"],
  ["at - INTERVAL '1' MONTH", "TIMESTAMP '2026-02-07 15:04:05.678'"],
  ["TIMESTAMP '2024-01-31 00:00:00' + INTERVAL '1' MONTH", "TIMESTAMP '2024-02-29 00:00:00'"],
  ["TIMESTAMP '2023-12-31 00:00:00' + INTERVAL '2' MONTH", "TIMESTAMP '2024-02-29 00:00:00'"],
  ["at - TIMESTAMP '2026-03-07 15:04:05'", "INTERVAL '0.678' SECOND"],
  ["INTERVAL '1' HOUR * 3", "INTERVAL '3' HOUR"],
  ["1.5 * INTERVAL '1' HOUR", "INTERVAL '90' MINUTE"],
  ["INTERVAL '1' DAY / 2", "INTERVAL '12' HOUR"],
  ["INTERVAL '1' HOUR + INTERVAL '1' MINUTE", "INTERVAL '61' MINUTE"],
  ["INTERVAL '1' YEAR - INTERVAL '1' MONTH", "INTERVAL '11' MONTH"],
  ["gap > INTERVAL '1' MINUTE", 'TRUE'],
  ["at > TIMESTAMP '2026-03-07'", 'TRUE'],
  ['at + NULL', 'NULL'],
  // Comparisons
  ['n = 7', 'TRUE'],
  ['n <> 7', 'FALSE'],
  ['n != 8', 'TRUE'],
  ['7 = n', 'TRUE'],
  ['8 > n', 'TRUE'],
  ['8 <= n', 'FALSE'],
  ['n >= 7.0', 'TRUE'],
  ['n < ms', 'FALSE'],
  ["s < 'abd'", 'TRUE'],
  ["'B' < 'a'", 'TRUE'],
  ['FALSE < TRUE', 'TRUE'],
  ['list = ARRAY[10, 20, NULL]', 'TRUE'],
  ['list <> ARRAY[10]', 'TRUE'],
  ['(1, 2) = (1, 2)', 'TRUE'],
  ['nothing = 1', 'NULL'],
  ['nothing <> nothing', 'NULL'],
  ['NULL = NULL', 'NULL'],
  ['nothing IS DISTINCT FROM 1', 'TRUE'],
  ['nothing IS DISTINCT FROM NULL', 'FALSE'],
  ['n IS NOT DISTINCT FROM 7', 'TRUE'],
  ['list IS NOT DISTINCT FROM ARRAY[10]', 'FALSE'],
  ['0.0 = -0.0', 'TRUE'],
  ['12 BETWEEN 15 AND 12', 'FALSE'],
  ['12 BETWEEN SYMMETRIC 15 AND 12', 'TRUE'],
  ['12 BETWEEN 10 AND NULL', 'NULL'],
  ['12 BETWEEN NULL AND 10', 'FALSE'],
  ['12 BETWEEN SYMMETRIC NULL AND 12', 'NULL'],
  ['12 NOT BETWEEN 15 AND 12', 'TRUE'],
  ['12 NOT BETWEEN NULL AND 15', 'NULL'],
  ['12 NOT BETWEEN 15 AND NULL', 'TRUE'],
  ['n BETWEEN 7 AND 7', 'TRUE'],
  ["s BETWEEN 'a' AND 'b'", 'TRUE'],
  ['NULL BETWEEN 1 AND 2', 'NULL'],
  ['4 IN (1, 2, 3)', 'FALSE'],
  ['1 IN (1, 2, NULL)', 'TRUE'],
  ['4 IN (1, 2, NULL)', 'NULL'],
  ['4 NOT IN (1, 2, 3)', 'TRUE'],
  ['4 NOT IN (1, 2, NULL)', 'NULL'],
  ['1 NOT IN (1, NULL)', 'FALSE'],
  ['NULL IN (1)', 'NULL'],
  ['n IN (n - 1, n)', 'TRUE'],
  ['n IN (nothing, 1)', 'NULL'],
  ['n IN (7.0)', 'TRUE'],
  ["s IN ('abc')", 'TRUE'],
  ['list IN (list)', 'TRUE'],
  // Texts
  ["s || 'd' || s", "'abcdabc'"],
  ['s || NULL', 'NULL'],
  ["s LIKE 'a%'", 'TRUE'],
  ["s LIKE '_b_'", 'TRUE'],
  ["s LIKE '%c'", 'TRUE'],
  ["s LIKE '%b%'", 'TRUE'],
  ["s LIKE 'abc'", 'TRUE'],
  ["s LIKE 'ab'", 'FALSE'],
  ["s NOT LIKE 'x%'", 'TRUE'],
  ['s LIKE NULL', 'NULL'],
  ["'a%b' LIKE 'a!%b' ESCAPE '!'", 'TRUE'],
  ["'axb' LIKE 'a!%b' ESCAPE '!'", 'FALSE'],
  ["'a\\b' LIKE 'a\\b'", 'TRUE'],
  ["'aXbXc' LIKE 'a%b%c'", 'TRUE'],
  ["'' LIKE '%'", 'TRUE'],
  ["'' LIKE '_'", 'FALSE'],
  ["'a😀b' LIKE 'a_b'", 'TRUE'],
  ["'ABC' LIKE 'abc'", 'FALSE'],
  ["'abc' LIKE '%%c'", 'TRUE'],
  ["s LIKE s || '%'", 'TRUE'],
  ["s SIMILAR TO '(a|x)b_'", 'TRUE'],
  ["s SIMILAR TO 'b'", 'FALSE'],
  ["s SIMILAR TO '[a-c]{3}'", 'TRUE'],
  ["s NOT SIMILAR TO '%z%'", 'TRUE'],
  ["'a.c' SIMILAR TO 'a.c'", 'TRUE'],
  ["'abc' SIMILAR TO 'a.c'", 'FALSE'],
  ["'a%' SIMILAR TO 'a!%' ESCAPE '!'", 'TRUE'],
  ['\'{"a": 1}\' IS JSON', 'TRUE'],
  ["'{' IS JSON", 'FALSE'],
  ["'1' IS JSON SCALAR", 'TRUE'],
  ["'[1]' IS JSON ARRAY", 'TRUE'],
  ["'[1]' IS JSON OBJECT", 'FALSE'],
  ["'x' IS NOT JSON", 'TRUE'],
  ['CAST(NULL AS STRING) IS JSON', 'NULL'],
  // Conditions
  ['p AND n > 5', 'TRUE'],
  ['p IS TRUE', 'TRUE'],
  ['(nothing = 1) IS UNKNOWN', 'TRUE'],
  ['(nothing = 1) IS NOT TRUE', 'TRUE'],
  ['(nothing = 1) IS FALSE', 'FALSE'],
  ['nothing IS NULL', 'TRUE'],
  ['n IS NOT NULL', 'TRUE'],
  ['doc IS NULL', 'FALSE'],
  ['FALSE AND 1 / 0 = 1', 'FALSE'],
  ['TRUE OR 1 / 0 = 1', 'TRUE'],
  ['nothing = 1 AND FALSE AND 1 / 0 = 1', 'FALSE'],
  ['CASE WHEN n > 5 THEN 1 WHEN n > 1 THEN 2 ELSE 3 END', '1'],
  ['CASE WHEN nothing > 5 THEN 1 END', 'NULL'],
  ['CASE n WHEN 1 THEN 2 WHEN 6, 7 THEN 3 END', '3'],
  ['CASE nothing WHEN NULL THEN 1 ELSE 2 END', '2'],
  ['CASE WHEN p THEN 1 ELSE 2.5 END', '1.0'],
  ['CASE WHEN FALSE THEN 1 / 0 ELSE 5 END', '5'],
  [
    "(TIMESTAMP '2026-01-01', INTERVAL '1' HOUR) OVERLAPS (TIMESTAMP '2026-01-01 00:30:00', INTERVAL '2' HOUR)",
    'TRUE',
  ],
  [
    "(TIMESTAMP '2026-01-01', TIMESTAMP '2026-01-02') OVERLAPS (TIMESTAMP '2026-01-03', INTERVAL '3' HOUR)",
    'FALSE',
  ],
]

describe('an expression', () => {
  test.each(FORMS)('%s is %s', (expression, result) => {
    expect(evaluate(expression, COLUMNS, ROW)).toEqual(evaluate(result, COLUMNS, ROW))
  })

  test('reads the clock where it asks for the time', () => {
    for (const text of [
      'CURRENT_TIMESTAMP',
      'LOCALTIMESTAMP',
      'NOW()',
      'CURRENT_ROW_TIMESTAMP()',
    ]) {
      expect(evaluate(text)).toBe(NOW_MS)
    }
    expect(evaluate('UNIX_TIMESTAMP()')).toBe(Math.floor(NOW_MS / 1_000))
  })

  test('names the columns that it reads', () => {
    const scope = {
      relations: [
        { name: 'left', columns: COLUMNS },
        { name: 'right', columns: columnsOf({ id: 'integer' }) },
      ],
    }
    const { columns, evaluate: run } = compileExpression(
      'left.n + right.id + id',
      scope,
      TEST_CONTEXT,
    )
    expect(columns).toEqual([
      { relation: 0, index: 0 },
      { relation: 1, index: 0 },
    ])
    expect(run(ROW, [100])).toBe(207)
  })

  test('that is a column is read without a closure around it', () => {
    const scope = { relations: [{ columns: COLUMNS }] }
    const { type, evaluate: run } = compileExpression('ms', scope, TEST_CONTEXT)
    expect(type).toEqual({ kind: 'double' })
    expect(run(ROW, EMPTY_ROW)).toBe(2.5)
  })

  test.each([
    ['n + 1', 'integer'],
    ['n / 2', 'integer'],
    ['n + 0.5', 'double'],
    ['at - at', 'interval'],
    ["INTERVAL '1' MONTH", 'months'],
    ['doc.a', 'any'],
    ['NULL', 'null'],
    ['COALESCE(n, 1.5)', 'double'],
    ['list', 'list'],
    ['SPLIT(s, s)', 'list'],
    ['ROW(n, s)', 'record'],
    ['CASE WHEN p THEN NULL ELSE n END', 'integer'],
  ])('%s has type %s', (text, kind) => {
    expect(checkExpression(text, { relations: [{ columns: COLUMNS }] }).type.kind).toBe(kind)
  })
})

describe('three-valued logic', () => {
  const values = ['TRUE', 'FALSE', 'NULL']
  const AND = [
    ['TRUE', 'FALSE', 'NULL'],
    ['FALSE', 'FALSE', 'FALSE'],
    ['NULL', 'FALSE', 'NULL'],
  ]
  const OR = [
    ['TRUE', 'TRUE', 'TRUE'],
    ['TRUE', 'FALSE', 'NULL'],
    ['TRUE', 'NULL', 'NULL'],
  ]
  const booleans = columnsOf({ a: 'boolean', b: 'boolean', c: 'boolean' })
  const value = (word: string | undefined): Value => (word === 'NULL' ? null : word === 'TRUE')
  const pairs = values.flatMap((a, i) =>
    values.map((b, j) => [a, b, AND[i]?.[j], OR[i]?.[j]] as const),
  )

  test.each(pairs)('%s and %s', (a, b, both, one) => {
    const row = [value(a), value(b), true]
    expect(evaluate('a AND b', booleans, row)).toBe(value(both))
    expect(evaluate('a OR b', booleans, row)).toBe(value(one))
    expect(evaluate('a AND b AND c', booleans, row)).toBe(value(both))
    expect(evaluate('a OR b OR NOT c', booleans, row)).toBe(value(one))
    expect(evaluate('NOT (a AND b)', booleans, row)).toBe(evaluate('NOT a OR NOT b', booleans, row))
    expect(evaluate('(a = b) IS NOT UNKNOWN', booleans, row)).toBe(a !== 'NULL' && b !== 'NULL')
  })

  test('NOT NULL is NULL', () => {
    expect(evaluate('NOT a', booleans, [null, null, null])).toBe(null)
  })
})

/** What a record is refused with. */
function refusal(text: string): string {
  try {
    evaluate(text, COLUMNS, ROW)
    return 'no refusal'
  } catch (error) {
    return String(error)
  }
}

describe('a record is refused', () => {
  test.each([
    [
      'n / 0',
      'EvaluationError: Division by zero. Guard the divisor with NULLIF(x, 0), which gives NULL instead.',
    ],
    [
      'ms / (n - 7)',
      'EvaluationError: Division by zero. Guard the divisor with NULLIF(x, 0), which gives NULL instead.',
    ],
    [
      'n % 0',
      'EvaluationError: Division by zero. Guard the divisor with NULLIF(x, 0), which gives NULL instead.',
    ],
    [
      'MOD(n, 0)',
      'EvaluationError: Division by zero. Guard the divisor of MOD with NULLIF(x, 0), which gives NULL instead.',
    ],
    [
      '9007199254740991 + n',
      'EvaluationError: The result 9007199254740998 is beyond 9007199254740991, up to which integers are exact. CAST an operand to DOUBLE.',
    ],
    [
      '-9007199254740991 - n',
      'EvaluationError: The result -9007199254740998 is beyond 9007199254740991, up to which integers are exact. CAST an operand to DOUBLE.',
    ],
    [
      'n * 9007199254740991',
      'EvaluationError: The result 63050394783186936 is beyond 9007199254740991, up to which integers are exact. CAST an operand to DOUBLE.',
    ],
    [
      'CAST(s AS INTEGER)',
      'EvaluationError: "abc" cannot be CAST to integer; whole numbers are read. Use TRY_CAST, which gives NULL instead.',
    ],
    [
      "CAST('9007199254740993' AS INTEGER)",
      'EvaluationError: 9007199254740992 cannot be CAST to integer: integers are exact up to 9007199254740991. CAST it to DOUBLE.',
    ],
    [
      'CAST(1e300 AS INTEGER)',
      'EvaluationError: 1e+300 cannot be CAST to integer: integers are exact up to 9007199254740991. CAST it to DOUBLE.',
    ],
    [
      "CAST('soon' AS TIMESTAMP)",
      'EvaluationError: "soon" cannot be CAST to timestamp; ISO-8601 texts in the years 0000 to 9999 are read. Use TRY_CAST, which gives NULL instead.',
    ],
    [
      "CAST('+010000-01-01T00:00:00.000Z' AS TIMESTAMP)",
      'EvaluationError: "+010000-01-01T00:00:00.000Z" cannot be CAST to timestamp; ISO-8601 texts in the years 0000 to 9999 are read. Use TRY_CAST, which gives NULL instead.',
    ],
    [
      'CAST(doc AS INTEGER)',
      'EvaluationError: A JSON object cannot be CAST to integer. Read a part of it, or use TRY_CAST, which gives NULL instead.',
    ],
    [
      'CAST(doc.a.b AS DOUBLE)',
      'EvaluationError: A JSON array cannot be CAST to double. Read a part of it, or use TRY_CAST, which gives NULL instead.',
    ],
    [
      "at + INTERVAL '9000' YEAR",
      'EvaluationError: The timestamp is outside the years 0000 to 9999. Use a smaller interval.',
    ],
    [
      'ELEMENT(list)',
      'EvaluationError: ELEMENT takes a list of one element, but it has 3. Write list[1] for the first.',
    ],
    [
      'PARSE_JSON(s)',
      'EvaluationError: "abc" is not JSON. Use TRY_PARSE_JSON, which gives NULL instead.',
    ],
    [
      "JSON_VALUE('{}', '$.a' ERROR ON EMPTY)",
      'EvaluationError: The path selects nothing: JSON_VALUE was told ERROR. Write DEFAULT or NULL instead.',
    ],
    [
      "JSON_QUERY('1', '$' ERROR ON ERROR)",
      'EvaluationError: The JSON does not fit the path, or has a scalar there: JSON_QUERY was told ERROR. Write NULL, EMPTY ARRAY or EMPTY OBJECT instead.',
    ],
    [
      "JSON_EXISTS('x', '$' ERROR ON ERROR)",
      'EvaluationError: The JSON does not fit the path: JSON_EXISTS was told ERROR. Write FALSE or UNKNOWN instead.',
    ],
    [
      'JSON_OBJECT(CAST(doc.z AS STRING) VALUE 1)',
      'EvaluationError: A name in JSON_OBJECT is NULL. Guard it with COALESCE.',
    ],
    [
      "FROM_BASE64(s || '!')",
      'EvaluationError: "abc!" is not base64. Guard FROM_BASE64 with REGEXP.',
    ],
    [
      "REGEXP(s, s || '(')",
      'EvaluationError: The regular expression \'abc(\' cannot be used: missing closing ): "abc(". Back-references and look-around are not available; write it without them.',
    ],
    [
      "DATE_FORMAT(at, s || 'b')",
      'EvaluationError: "b" in the date pattern "abcb" has no meaning. Choose of y u M d H h k K m s S a E D X Z z Q, and put text in single quotes.',
    ],
    [
      "CONVERT_TZ('2026-01-01 00:00:00', 'UTC', s)",
      "EvaluationError: There is no time zone \"abc\". Write a name such as 'Europe/Berlin', or an offset such as 'GMT+02:00'.",
    ],
    [
      'TO_TIMESTAMP_LTZ(n, 6)',
      'EvaluationError: TO_TIMESTAMP_LTZ has precision 0 (seconds) or 3 (milliseconds), not 6. Write one of them.',
    ],
    [
      'TO_TIMESTAMP_LTZ(1e18)',
      'EvaluationError: The timestamp is outside the years 0000 to 9999. Use a smaller interval.',
    ],
    [
      'UNIX_TIMESTAMP(s)',
      'EvaluationError: "abc" is not a time of this pattern. Use TO_TIMESTAMP, which gives NULL instead.',
    ],
    [
      "s LIKE s || '!' ESCAPE '!'",
      "EvaluationError: In the pattern 'abc!' the escape character ! stands before neither %, _ nor itself. Double it, or take it out.",
    ],
    [
      "s SIMILAR TO s || '!' ESCAPE '!'",
      "EvaluationError: The pattern 'abc!' ends with the escape character. Double it, or take it out.",
    ],
  ])('%s', (text, message) => {
    expect(refusal(text)).toBe(message)
  })

  test('for the same reason as long as it comes, and not for others', () => {
    const scope = { relations: [{ columns: COLUMNS }] }
    const { evaluate: run } = compileExpression('10 / n', scope, TEST_CONTEXT)
    for (const n of [0, 5, 0, null, 2]) {
      if (n === 0) expect(() => run([n], EMPTY_ROW)).toThrow('Division by zero')
      else expect(run([n], EMPTY_ROW)).toBe(n === null ? null : 10 / n)
    }
  })
})

const R = 'refused'

/**
 * For each type, what its sample becomes as boolean, integer, double, string, timestamp and any.
 */
const CASTS: readonly (readonly [sample: string, ...results: unknown[]])[] = [
  ['TRUE', true, 1, 1, 'TRUE', undefined, true],
  ['0', false, 0, 0, '0', undefined, 0],
  ['42', true, 42, 42, '42', undefined, 42],
  ['2.75', true, 2, 2.75, '2.75', undefined, 2.75],
  ['-2.75', true, -2, -2.75, '-2.75', undefined, -2.75],
  ['100.0', true, 100, 100, '100.0', undefined, 100],
  ['1e10', true, 10_000_000_000, 1e10, '1.0E10', undefined, 1e10],
  ['0.00012', true, 0, 0.00012, '1.2E-4', undefined, 0.00012],
  ["'yes'", true, R, R, 'yes', R, 'yes'],
  ["'N'", false, R, R, 'N', R, 'N'],
  ["' 12 '", R, 12, 12, ' 12 ', R, ' 12 '],
  ["'-3.99'", R, -3, -3.99, '-3.99', R, '-3.99'],
  ["'1e2'", R, R, 100, '1e2', R, '1e2'],
  ["'0x10'", R, R, R, '0x10', R, '0x10'],
  ["''", R, R, R, '', R, ''],
  ["'NaN'", R, R, Number.NaN, 'NaN', R, 'NaN'],
  [
    "'2026-01-02 03:04:05.678901'",
    R,
    R,
    R,
    '2026-01-02 03:04:05.678901',
    1_767_323_045_678,
    '2026-01-02 03:04:05.678901',
  ],
  ["'2026-02-30'", R, R, R, '2026-02-30', R, '2026-02-30'],
  [
    "TIMESTAMP '2026-01-02 03:04:05.678'",
    undefined,
    undefined,
    undefined,
    '2026-01-02 03:04:05.678',
    1_767_323_045_678,
    '2026-01-02T03:04:05.678Z',
  ],
  [
    "INTERVAL '1 02:03:04.005' DAY TO SECOND",
    undefined,
    undefined,
    undefined,
    '+1 02:03:04.005',
    undefined,
    '+1 02:03:04.005',
  ],
  ["INTERVAL '-18' MONTH", undefined, undefined, undefined, '-1-06', undefined, '-1-06'],
  ['ARRAY[1, NULL]', undefined, undefined, undefined, '[1, NULL]', undefined, [1, null]],
  ["ROW(1, 'a')", undefined, undefined, undefined, '(1, a)', undefined, { f0: 1, f1: 'a' }],
  ["PARSE_JSON('true')", true, 1, 1, 'true', R, true],
  [
    "PARSE_JSON('1767323045678')",
    true,
    1_767_323_045_678,
    1_767_323_045_678,
    '1767323045678',
    1_767_323_045_678,
    1_767_323_045_678,
  ],
  ["PARSE_JSON('1.5')", true, 1, 1.5, '1.5', R, 1.5],
  ['PARSE_JSON(\'"7"\')', R, 7, 7, '7', R, '7'],
  [
    'PARSE_JSON(\'"2026-01-02T03:04:05Z"\')',
    R,
    R,
    R,
    '2026-01-02T03:04:05Z',
    1_767_323_045_000,
    '2026-01-02T03:04:05Z',
  ],
  ["PARSE_JSON('[1, 2]')", R, R, R, '[1,2]', R, [1, 2]],
  ['PARSE_JSON(\'{"a": 1}\')', R, R, R, '{"a":1}', R, { a: 1 }],
  ['NULL', null, null, null, null, null, null],
]

const TARGETS = ['BOOLEAN', 'INTEGER', 'DOUBLE', 'STRING', 'TIMESTAMP', 'ANY']

describe('CAST', () => {
  test.each(CASTS)('of %s', (sample, ...results) => {
    for (const [index, target] of TARGETS.entries()) {
      const cast = `CAST(${sample} AS ${target})`
      const expected = results[index]
      const { problems } = checkExpression(cast, { relations: [] })
      expect(problems.length, cast).toBe(expected === undefined ? 1 : 0)
      if (expected === undefined) continue
      if (expected === R) {
        expect(() => evaluate(cast), cast).toThrow(/cannot be CAST to .*\.$/)
        expect(evaluate(`TRY_${cast}`), cast).toBe(null)
      } else {
        expect(evaluate(cast), cast).toEqual(expected)
        expect(evaluate(`TRY_${cast}`), cast).toEqual(expected)
      }
    }
  })

  test.each([
    ['CAST(ARRAY[1, 2] AS list<string>)', ['1', '2']],
    ['CAST(ARRAY[1, 2] AS ARRAY<DOUBLE>)', [1, 2]],
    ["CAST(ROW(1, '2') AS ROW<a STRING, b INTEGER>)", ['1', 2]],
    ["CAST(ROW(1, '2') AS ROW<a STRING, b INTEGER>).b", 2],
    [
      'CAST(PARSE_JSON(\'{"y": [1, "2"], "x": true, "z": 5}\') AS record{x: boolean, y: list<integer>, w: any})',
      [true, [1, 2], null],
    ],
    [
      "CAST(CAST(ROW(1, TIMESTAMP '1970-01-01') AS ROW<a INTEGER, b TIMESTAMP>) AS ANY)",
      { a: 1, b: '1970-01-01T00:00:00.000Z' },
    ],
    ['CAST(1 AS BIGINT)', 1],
    ["CAST('a' AS VARCHAR)", 'a'],
    ['CAST(1 AS DOUBLE PRECISION)', 1],
    ["CAST(TIMESTAMP '1970-01-01' AS TIMESTAMP_LTZ(3))", 0],
  ])('%s', (text, result) => {
    expect(evaluate(text)).toEqual(result)
  })
})
