/**
 * Every refusal of the expression language, as a user meets it: what is written, what is marked,
 * what is said.
 */

import { describe, expect, test } from 'vitest'
import { BOOLEAN, STRING } from '../type.ts'
import { checkAggregates } from './aggregates/index.ts'
import { checkExpression } from './expression.ts'
import { columnsOf, problemsOf } from './testing/evaluate.ts'

const COLUMNS = columnsOf({
  n: 'integer',
  ms: 'double',
  s: 'string',
  p: 'boolean',
  at: 'timestamp',
  doc: 'any',
  list: 'list<integer>',
  rec: 'record{x: integer, y: string}',
})

/** What is written in programming languages, and what SQL has for it. */
function foreignSigns(): readonly (readonly [text: string, problems: readonly string[]])[] {
  const known = [
    ['n > 1 && p', '&&', 'AND'],
    ['p & p', '&', 'AND'],
    ['!p', '!', 'NOT'],
    ['n == 1', '==', '='],
    ['n === 1', '===', '='],
    ['n !== 1', '!==', '<>'],
  ] as const
  return known.map(([text, sign, instead]) => [
    text,
    [
      `expression-character at "${sign}": "${sign}" is not known here: expressions are SQL. Write ${instead}.`,
    ],
  ])
}

/** The text, and `code at "the marked part": message` of each problem. */
const REFUSALS: readonly (readonly [text: string, problems: readonly string[]])[] = [
  [
    '',
    [
      'expression-empty at "": The expression is empty. Write a column, a literal or a function call.',
    ],
  ],
  [
    '1 +',
    ['expression-incomplete at "": The expression ends where a value should follow "+". Add it.'],
  ],
  [
    '(a',
    [
      'expression-incomplete at "": The expression ends where ")" should follow the value in parentheses. Add it.',
    ],
  ],
  [
    'a )',
    [
      'expression-syntax at ")": ")" stands where an operator or the end should follow the value before. Change it or take it out.',
    ],
  ],
  [
    'a b',
    [
      'expression-syntax at "b": "b" stands where an operator or the end should follow the value before. Change it or take it out.',
    ],
  ],
  [
    'a = = b',
    [
      'expression-syntax at "=": "=" stands where a value should follow "=". Change it or take it out.',
    ],
  ],
  [
    'f(a,',
    ['expression-incomplete at "": The expression ends where a value should follow ",". Add it.'],
  ],
  [
    'COUNT(*',
    [
      'expression-incomplete at "": The expression ends where ")" should follow the arguments of COUNT. Add it.',
    ],
  ],
  [
    'a.',
    ['expression-incomplete at "": The expression ends where a name should follow ".". Add it.'],
  ],
  [
    "'abc",
    [
      "expression-unclosed at \"'abc\": The string 'abc does not end. Close it with ', and write '' for ' inside.",
    ],
  ],
  [
    '`abc',
    [
      'expression-unclosed at "`abc": The name `abc does not end. Close it with `, and write `` for ` inside.',
    ],
  ],
  [
    '/* abc',
    [
      'expression-unclosed at "/* abc": The comment that begins with "/*" does not end. Close it with "*/".',
    ],
  ],
  [
    'a # b',
    [
      'expression-character at "#": The character # (U+0023) has no meaning in an expression. Write text in single quotes and column names of other letters in backquotes.',
    ],
  ],
  ...foreignSigns(),
  [
    '"a"',
    [
      'expression-character at """: The character " (U+0022) has no meaning in an expression. Write strings in \'single quotes\' and column names in `backquotes`.',
    ],
  ],
  [
    'а',
    [
      'expression-character at "а": The character а (U+0430) has no meaning in an expression. Write text in single quotes and column names of other letters in backquotes.',
    ],
  ],
  [
    'a ; b',
    [
      'expression-character at ";": The character ; (U+003B) has no meaning in an expression. Write text in single quotes and column names of other letters in backquotes.',
    ],
  ],
  [
    '1a',
    [
      'expression-syntax at "a": "a" stands where an operator or the end should follow the value before. Change it or take it out.',
    ],
  ],
  [
    'a < b < c',
    [
      'comparison-chained at "<": "<" compares the result of the comparison before it. Join two comparisons with AND or OR, or set parentheses.',
    ],
  ],
  [
    "s LIKE 'a' LIKE 'b'",
    [
      'comparison-chained at "LIKE": "LIKE" compares the result of the comparison before it. Join two comparisons with AND or OR, or set parentheses.',
    ],
  ],
  [
    'CASE n END',
    [
      'expression-syntax at "END": "END" stands where WHEN should follow CASE. Change it or take it out.',
    ],
  ],
  [
    'CASE WHEN p THEN 1',
    [
      'expression-incomplete at "": The expression ends where END should follow the results of CASE. Add it.',
    ],
  ],
  [
    'n IN ()',
    [
      'expression-syntax at ")": ")" stands where a value should follow IN (. Change it or take it out.',
    ],
  ],
  [
    'n BETWEEN 1 OR 2',
    [
      'expression-syntax at "OR": "OR" stands where AND should follow the lower bound of BETWEEN. Change it or take it out.',
    ],
  ],
  [
    'n IS 5',
    [
      'expression-syntax at "5": "5" stands where NULL, TRUE, FALSE, UNKNOWN, DISTINCT FROM or JSON should follow IS. Change it or take it out.',
    ],
  ],
  [
    '9007199254740993',
    [
      'number-too-large at "9007199254740993": 9007199254740993 is beyond 9007199254740991, up to which integers are exact. Write it as a double: 9.007199254740992e+15.',
    ],
  ],
  [
    '1e999',
    [
      'number-too-large at "1e999": 1e999 is beyond the largest double, 1.7976931348623157e+308. Write a smaller number.',
    ],
  ],
  [
    "DATE '2026-01-01'",
    [
      'type-not-available at "DATE": Type date is reserved and not available yet. Write TIMESTAMP \'2026-01-31 00:00:00\'.',
    ],
  ],
  [
    "TIMESTAMP 'soon'",
    [
      'timestamp-text at "\'soon\'": "soon" is not a timestamp. Write it like TIMESTAMP \'2026-01-31 12:00:00.000\'.',
    ],
  ],
  [
    "x'00'",
    [
      'expression-syntax at "\'00\'": A string cannot follow "x". Put an operator between them, or write TIMESTAMP or INTERVAL.',
    ],
  ],
  [
    "INTERVAL '1' FORTNIGHT",
    [
      'expression-syntax at "FORTNIGHT": "FORTNIGHT" stands where YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE or SECOND should follow the text of INTERVAL. Change it or take it out.',
    ],
  ],
  [
    "INTERVAL 'x' DAY",
    [
      'interval-text at "\'x\' DAY": "x" is not a number of days. Write it like INTERVAL \'1\' DAY.',
    ],
  ],
  [
    "INTERVAL '1:99' HOUR TO MINUTE",
    [
      'interval-text at "\'1:99\' HOUR TO MINUTE": "1:99" is not an interval from HOUR to MINUTE. Write it as H:M.',
    ],
  ],
  [
    "INTERVAL '1' DAY TO MONTH",
    [
      'interval-text at "\'1\' DAY TO MONTH": An interval cannot go from DAY to MONTH. Write YEAR TO MONTH, or DAY, HOUR or MINUTE to a smaller unit.',
    ],
  ],
  [
    "INTERVAL '1-13' YEAR TO MONTH",
    [
      'interval-text at "\'1-13\' YEAR TO MONTH": "1-13" is not years and months. Write it like INTERVAL \'1-6\' YEAR TO MONTH, with months up to 11.',
    ],
  ],
  [
    'EXTRACT(FORTNIGHT FROM at)',
    [
      'unit-unknown at "FORTNIGHT": "FORTNIGHT" is not a unit of time here. Choose one of MILLISECOND, SECOND, MINUTE, HOUR, DAY, WEEK, MONTH, QUARTER, YEAR, DECADE, CENTURY, MILLENNIUM, EPOCH, DOW, ISODOW, DOY, ISOYEAR.',
    ],
  ],
  [
    "EXTRACT(MONTH FROM INTERVAL '1' DAY)",
    [
      'unit-unknown at "MONTH": interval has no MONTH. Write DAY, HOUR, MINUTE, SECOND, MILLISECOND or EPOCH.',
    ],
  ],
  [
    'FLOOR(at TO DOW)',
    [
      'unit-unknown at "DOW": "DOW" is not a unit of time here. Choose one of MILLISECOND, SECOND, MINUTE, HOUR, DAY, WEEK, MONTH, QUARTER, YEAR.',
    ],
  ],
  [
    'CAST(n AS LONG)',
    ['type-not-available at "LONG": Type LONG is not available. Use INTEGER (exact to 2^53 - 1).'],
  ],
  [
    'CAST(n AS DECIMAL(10, 2))',
    ['type-not-available at "DECIMAL": Type DECIMAL is not available. Use DOUBLE.'],
  ],
  [
    'CAST(at AS DATE)',
    ['type-not-available at "DATE": Type DATE is not available. Use TIMESTAMP.'],
  ],
  ['CAST(s AS BYTES)', ['type-not-available at "BYTES": Type BYTES is not available. Use STRING.']],
  [
    'CAST(s AS MAP<STRING, STRING>)',
    ['type-not-available at "MAP": Type MAP is not available. Use ANY.'],
  ],
  [
    'CAST(s AS VARCHAR(10))',
    [
      'type-length at "VARCHAR": Strings have no declared length. Write STRING, and LEFT(x, n) to shorten.',
    ],
  ],
  [
    'CAST(at AS TIMESTAMP(6))',
    [
      'type-precision at "TIMESTAMP": Timestamps have milliseconds, which is precision 3, not 6. Write TIMESTAMP.',
    ],
  ],
  [
    'CAST(n AS NUMBER)',
    [
      'type-unknown at "NUMBER": "NUMBER" is not a type. Choose one of BOOLEAN, INTEGER, DOUBLE, STRING, TIMESTAMP, INTERVAL, ARRAY<T>, ROW<name T> and ANY.',
    ],
  ],
  [
    'CAST(s AS BOOLAEN)',
    [
      'type-unknown at "BOOLAEN": "BOOLAEN" is not a type. Did you mean "BOOLEAN"? Choose one of BOOLEAN, INTEGER, DOUBLE, STRING, TIMESTAMP, INTERVAL, ARRAY<T>, ROW<name T> and ANY.',
    ],
  ],
  [
    'CAST(n AS TIMESTAMP)',
    [
      'cast at "CAST(n AS TIMESTAMP)": "n" is integer, which cannot be CAST to timestamp. Write TO_TIMESTAMP_LTZ(n, 3) for milliseconds or TO_TIMESTAMP_LTZ(n, 0) for seconds.',
    ],
  ],
  [
    'CAST(at AS INTEGER)',
    [
      'cast at "CAST(at AS INTEGER)": "at" is timestamp, which cannot be CAST to integer. Write EXTRACT(EPOCH FROM at) for seconds since 1970.',
    ],
  ],
  [
    "CAST(INTERVAL '1' DAY AS DOUBLE)",
    [
      "cast at \"CAST(INTERVAL '1' DAY AS DOUBLE)\": \"INTERVAL '1' DAY\" is interval, which cannot be CAST to double. Write EXTRACT(EPOCH FROM INTERVAL '1' DAY) for its seconds.",
    ],
  ],
  [
    'CAST(n AS INTERVAL)',
    [
      'cast at "CAST(n AS INTERVAL)": "n" is integer, which cannot be CAST to interval. Multiply a number with a unit: x * INTERVAL \'1\' SECOND.',
    ],
  ],
  [
    'CAST(n AS ARRAY<INTEGER>)',
    [
      'cast at "CAST(n AS ARRAY<INTEGER>)": "n" is integer, which cannot be CAST to list<integer>. Write ARRAY[...] or ROW(...), or CAST a value of type any.',
    ],
  ],
  [
    'CAST(doc AS ROW<a INTEGER, a STRING>)',
    ['type-field-twice at "a": Field "a" stands twice. Give each field its own name.'],
  ],
  [
    'CAST(n',
    [
      'expression-incomplete at "": The expression ends where AS should follow the value of CAST. Add it.',
    ],
  ],
  [
    'mss',
    [
      'column-unknown at "mss": There is no column "mss". Did you mean "ms"? The columns are n, ms, s, p, at, doc, list, rec.',
    ],
  ],
  [
    'ms.x',
    [
      'no-fields at "x": "ms" is double, which has no fields, so ".x" cannot follow it. Take it out, or use a function.',
    ],
  ],
  [
    'nn + mss',
    [
      'column-unknown at "nn": There is no column "nn". Did you mean "n"? The columns are n, ms, s, p, at, doc, list, rec.',
      'column-unknown at "mss": There is no column "mss". Did you mean "ms"? The columns are n, ms, s, p, at, doc, list, rec.',
    ],
  ],
  [
    'left.x',
    [
      'column-unknown at "left": There is no column "left". The columns are n, ms, s, p, at, doc, list, rec.',
    ],
  ],
  [
    'FOO(1)',
    [
      'function-unknown at "FOO": There is no function FOO. The functions are listed in the docs under Expressions.',
    ],
  ],
  ['UPER(s)', ['function-unknown at "UPER": There is no function UPER. Did you mean "UPPER"?']],
  [
    'RAND()',
    [
      'function-not-available at "RAND": RAND is not available: its results could not be repeated in a replay. Use a column of the source, or a digest such as MD5.',
    ],
  ],
  [
    'CURRENT_DATE',
    [
      'function-not-available at "CURRENT_DATE": CURRENT_DATE is not available: type date is reserved and not available yet. Use FLOOR(CURRENT_TIMESTAMP TO DAY).',
    ],
  ],
  [
    'TO_DATE(s)',
    [
      'function-not-available at "TO_DATE": TO_DATE is not available: type date is reserved and not available yet. Use TO_TIMESTAMP(text, \'yyyy-MM-dd\').',
    ],
  ],
  [
    'UPPER()',
    [
      'argument-count at "UPPER": UPPER takes 1 argument, but none is given. Write UPPER(text: string).',
    ],
  ],
  [
    'UPPER(s, s)',
    [
      'argument-count at "UPPER": UPPER takes 1 argument, but 2 are given. Write UPPER(text: string).',
    ],
  ],
  [
    'SUBSTRING(s)',
    [
      'argument-count at "SUBSTRING": SUBSTRING takes 2 or 3 arguments, but 1 is given. Write SUBSTRING(text FROM start [FOR length]) or SUBSTRING(text, start[, length]).',
    ],
  ],
  [
    'UPPER(n)',
    [
      'argument-type at "n": Argument 1 (text) of UPPER must be string, but "n" is integer. Write CAST(n AS STRING).',
    ],
  ],
  [
    'UPPER(doc)',
    [
      'argument-type at "doc": Argument 1 (text) of UPPER must be string, but "doc" is any. Write CAST(doc AS STRING).',
    ],
  ],
  [
    'ROUND(s)',
    [
      'argument-type at "s": Argument 1 (value) of ROUND must be a number, but "s" is string. Write CAST(s AS DOUBLE).',
    ],
  ],
  [
    'TRIM(n)',
    [
      'argument-type at "n": The text of TRIM must be string, but "n" is integer. Write CAST(n AS STRING).',
    ],
  ],
  [
    "TRIM(LEADING 'x' s)",
    [
      'expression-syntax at "s": "s" stands where FROM should follow the characters of TRIM. Change it or take it out.',
    ],
  ],
  [
    "POSITION('a', s)",
    [
      'expression-syntax at ",": "," stands where IN should follow the text that POSITION looks for. Change it or take it out.',
    ],
  ],
  [
    's + 1',
    [
      'operator-types at "+": "+" cannot be used with string and integer. Join texts with ||, or CAST the text to a number.',
    ],
  ],
  [
    's - 1',
    [
      'operator-types at "-": "-" cannot be used with string and integer. Write CAST(s AS DOUBLE) to calculate with it.',
    ],
  ],
  [
    'p + 1',
    [
      'operator-types at "+": "+" cannot be used with boolean and integer. It takes numbers; CAST the operands.',
    ],
  ],
  [
    'at + 1',
    [
      'operator-types at "+": "+" cannot be used with timestamp and integer. Add or subtract an interval, such as INTERVAL \'1\' HOUR.',
    ],
  ],
  [
    'at + at',
    [
      'operator-types at "+": "+" cannot be used with timestamp and timestamp. Add or subtract an interval, such as INTERVAL \'1\' HOUR.',
    ],
  ],
  [
    '-s',
    [
      'operator-types at "-": "-" takes a number or an interval, but "s" is string. CAST it to one.',
    ],
  ],
  [
    'doc + 1',
    [
      'any-needs-cast at "doc": "doc" is any, whose type is known only record by record. Write CAST(doc AS DOUBLE), with the type you expect.',
    ],
  ],
  [
    "n = 'a'",
    ['operator-types at "=": "=" cannot compare integer with string. Write CAST(\'a\' AS DOUBLE).'],
  ],
  [
    "at > '2026-01-01'",
    [
      'operator-types at ">": ">" cannot compare timestamp with string. Write TIMESTAMP \'2026-01-01\'.',
    ],
  ],
  [
    'at = s',
    [
      'operator-types at "=": "=" cannot compare timestamp with string. Write CAST(s AS TIMESTAMP).',
    ],
  ],
  [
    'n = p',
    [
      'operator-types at "=": "=" cannot compare integer with boolean. CAST one of them to the type of the other.',
    ],
  ],
  [
    'n = at',
    [
      'operator-types at "=": "=" cannot compare integer with timestamp. CAST one of them to the type of the other.',
    ],
  ],
  [
    'list = 1',
    [
      'operator-types at "=": "=" cannot compare list<integer> with integer. CAST one of them to the type of the other.',
    ],
  ],
  [
    'list < list',
    [
      'operator-types at "<": "<" needs values that have an order, but list<integer> has none. Compare one of its parts.',
    ],
  ],
  [
    "n IN (1, 'a')",
    [
      'operator-types at "IN": "IN" cannot compare integer with string. Write CAST(\'a\' AS DOUBLE).',
    ],
  ],
  [
    's BETWEEN 1 AND 2',
    [
      'operator-types at "BETWEEN": "BETWEEN" cannot compare string with integer. Write CAST(s AS DOUBLE).',
    ],
  ],
  [
    's || n',
    ['operator-types at "n": "||" takes strings, but "n" is integer. Write CAST(n AS STRING).'],
  ],
  [
    'p || p',
    [
      'operator-types at "p": "||" takes strings, but "p" is boolean. Write OR between conditions, or CAST(p AS STRING).',
    ],
  ],
  [
    "n LIKE '1'",
    ['operator-types at "n": "LIKE" takes strings, but "n" is integer. Write CAST(n AS STRING).'],
  ],
  [
    "s LIKE 'a!b' ESCAPE '!'",
    [
      "pattern at \"'a!b'\": In the pattern 'a!b' the escape character ! stands before neither %, _ nor itself. Double it, or take it out.",
    ],
  ],
  [
    "s LIKE 'a' ESCAPE '!!'",
    ["pattern at \"'a'\": ESCAPE takes one character, but '!!' has 2. Write one, such as '\\'."],
  ],
  [
    "REGEXP(s, '(a')",
    [
      'pattern at "\'(a\'": The regular expression \'(a\' cannot be used: missing closing ): "(a". Back-references and look-around are not available; write it without them.',
    ],
  ],
  [
    "REGEXP(s, '(a)\\1')",
    [
      'pattern at "\'(a)\\1\'": The regular expression \'(a)\\1\' cannot be used: unusable escape sequence: "\\1". Back-references and look-around are not available; write it without them.',
    ],
  ],
  [
    "REGEXP(s, 'a{1000}{1000}')",
    [
      'pattern at "\'a{1000}{1000}\'": The regular expression \'a{1000}{1000}\' cannot be used: unusable nested repetition operator: "{1000}{1000}". Back-references and look-around are not available; write it without them.',
    ],
  ],
  [
    "s SIMILAR TO 'a('",
    [
      'pattern at "\'a(\'": The regular expression \'a(\' cannot be used: missing closing ): "a(?:". Back-references and look-around are not available; write it without them.',
    ],
  ],
  [
    'n AND p',
    [
      'condition-not-boolean at "n": AND takes a condition, but "n" is integer. Compare it with a value, or test it with IS NOT NULL.',
    ],
  ],
  [
    'NOT n',
    [
      'condition-not-boolean at "n": NOT takes a condition, but "n" is integer. Compare it with a value, or test it with IS NOT NULL.',
    ],
  ],
  [
    'p AND s',
    [
      'condition-not-boolean at "s": AND takes a condition, but "s" is string. Compare it with a value, or test it with IS NOT NULL.',
    ],
  ],
  [
    'doc AND p',
    [
      'condition-not-boolean at "doc": AND takes a condition, but "doc" is any. Write CAST(doc AS BOOLEAN), or compare it.',
    ],
  ],
  [
    'n IS TRUE',
    [
      'condition-not-boolean at "n": IS TRUE takes a condition, but "n" is integer. Compare it with a value, or test it with IS NOT NULL.',
    ],
  ],
  [
    'CASE WHEN n THEN 1 END',
    [
      'condition-not-boolean at "n": WHEN takes a condition, but "n" is integer. Compare it with a value, or test it with IS NOT NULL.',
    ],
  ],
  [
    "CASE n WHEN 'a' THEN 1 END",
    [
      'case-types at "\'a\'": CASE compares integer with string. CAST one of them to the type of the other.',
    ],
  ],
  [
    "CASE WHEN p THEN 1 ELSE 'a' END",
    [
      'case-types at "CASE WHEN p THEN 1 ELSE \'a\' END": The results of CASE have one type, but here are integer and string. CAST them to one type.',
    ],
  ],
  [
    'COALESCE(n, s)',
    [
      'argument-type at "s": Argument 2 of COALESCE must be integer, but "s" is string. Write CAST(s AS INTEGER).',
    ],
  ],
  [
    'IF(n, 1, 2)',
    [
      'argument-type at "n": Argument 1 (condition) of IF must be boolean, but "n" is integer. Write CAST(n AS BOOLEAN).',
    ],
  ],
  [
    'NULLIF(n, s)',
    [
      'argument-type at "s": Argument 2 (other) of NULLIF must be integer, but "s" is string. Write CAST(s AS INTEGER).',
    ],
  ],
  [
    "ARRAY[1, 'a']",
    [
      'list-types at "ARRAY[1, \'a\']": The elements of a list have one type, but here are integer and string. CAST them to one type.',
    ],
  ],
  [
    'list[0]',
    ['index-range at "0": The index 0 is below 1, where lists begin. Write a whole number from 1.'],
  ],
  [
    "list['a']",
    [
      'index-type at "\'a\'": The index of an element must be integer, but "\'a\'" is string. Write a whole number from 1.',
    ],
  ],
  [
    'list[p]',
    [
      'index-type at "p": The index of an element must be integer, but "p" is boolean. Write a whole number from 1.',
    ],
  ],
  [
    'n[1]',
    [
      'no-elements at "1": "n" is integer, which has no elements, so "[" cannot follow it. Take it out, or use a function.',
    ],
  ],
  [
    'n.x',
    [
      'no-fields at "x": "n" is integer, which has no fields, so ".x" cannot follow it. Take it out, or use a function.',
    ],
  ],
  [
    'rec.z',
    ['field-unknown at "z": "rec" has no field "z". Did you mean "x"? Its fields are x, y.'],
  ],
  [
    "DATE_FORMAT(at, 'yyyy-bb')",
    [
      'date-pattern at "\'yyyy-bb\'": "b" in the date pattern "yyyy-bb" has no meaning. Choose of y u M d H h k K m s S a E D X Z z Q, and put text in single quotes.',
    ],
  ],
  [
    "DATE_FORMAT(at, 'yyyy''')",
    [
      "date-pattern at \"'yyyy'''\": A quote in the date pattern \"yyyy'\" is not closed. Write '' for a quote, and text between two quotes.",
    ],
  ],
  [
    "CONVERT_TZ(s, 'UTC', 'Mars/Olympus')",
    [
      "time-zone at \"'Mars/Olympus'\": There is no time zone \"Mars/Olympus\". Write a name such as 'Europe/Berlin', or an offset such as 'GMT+02:00'.",
    ],
  ],
  [
    "JSON_VALUE(s, 'a')",
    [
      "json-path at \"'a'\": The JSON path 'a' does not begin with \"$\". Write it like '$.items[0].name'.",
    ],
  ],
  [
    "JSON_VALUE(s, '$.a[?(@.b)]')",
    [
      'json-path at "\'$.a[?(@.b)]\'": The JSON path \'$.a[?(@.b)]\' cannot be read from position 4. Write .name, ["name"], [0], [*] or .* there; filters and ".." are not available.',
    ],
  ],
  [
    "JSON_VALUE(s, '$.a' RETURNING TIMESTAMP)",
    [
      'json-returning at "RETURNING TIMESTAMP": JSON_VALUE cannot return timestamp. Write RETURNING STRING, BOOLEAN, INTEGER or DOUBLE, or CAST the result.',
    ],
  ],
  [
    "JSON_VALUE(s, '$.a' DEFAULT 5 ON EMPTY)",
    [
      'argument-type at "5": JSON_VALUE returns string, but its default "5" is integer. Write RETURNING INTEGER, or CAST the default.',
    ],
  ],
  [
    "JSON_VALUE(s, '$.a' NULL ON NOTHING)",
    [
      'expression-syntax at "NOTHING": "NOTHING" stands where EMPTY or ERROR, each once should follow ON. Change it or take it out.',
    ],
  ],
  [
    'JSON_OBJECT(n VALUE 1)',
    [
      'json-key at "n": A name in JSON_OBJECT must be string, but "n" is integer. Write CAST(n AS STRING).',
    ],
  ],
  [
    "JSON_OBJECT('a' 1)",
    [
      'expression-syntax at "1": "1" stands where VALUE should follow the key. Change it or take it out.',
    ],
  ],
  [
    '(at, at) OVERLAPS (at, n)',
    [
      'operator-types at "(at, n)": OVERLAPS takes two periods, but "(at, n)" is record{f0: timestamp, f1: integer}. Write (start, end) with timestamps, or (start, interval).',
    ],
  ],
  [
    'COUNT(*)',
    [
      'aggregate-not-allowed at "COUNT": COUNT is an aggregate of many records, but this expression sees one. Use it in the aggregates of a window or a group-aggregate.',
    ],
  ],
  [
    'SUM(n)',
    [
      'aggregate-not-allowed at "SUM": SUM is an aggregate of many records, but this expression sees one. Use it in the aggregates of a window or a group-aggregate.',
    ],
  ],
  [
    'UPPER(DISTINCT s)',
    [
      'not-an-aggregate at "UPPER": UPPER is not an aggregate, so it takes no DISTINCT. Take it out.',
    ],
  ],
  [
    'UPPER(s) FILTER (WHERE p)',
    ['not-an-aggregate at "UPPER": UPPER is not an aggregate, so it takes no FILTER. Take it out.'],
  ],
  [
    'ABS(*)',
    ['not-an-aggregate at "ABS": ABS is not an aggregate, so it takes no *. Take it out.'],
  ],
]

describe('an expression', () => {
  test.each(REFUSALS)('%s is refused', (text, problems) => {
    expect(problemsOf(text, COLUMNS)).toEqual(problems)
  })

  test('is refused in full sentences that say what to do next', () => {
    for (const [, problems] of REFUSALS) {
      for (const problem of problems) {
        expect(problem).toMatch(/^[a-z-]+ at ".*": .*\S[.?]$/s)
        expect(problem).not.toMatch(/\b(?:invalid|failed to|please|unexpected error)\b/i)
      }
    }
  })

  test('of another type than is needed is refused', () => {
    const scope = { relations: [{ columns: COLUMNS }] }
    expect(checkExpression('n + 1', scope, BOOLEAN).problems).toEqual([
      {
        code: 'expression-type',
        message:
          'The expression is integer, but boolean is needed. Write a condition, such as a comparison.',
        span: { start: 0, end: 5 },
      },
    ])
    expect(checkExpression('n', scope, STRING).problems[0]?.message).toBe(
      'The expression is integer, but string is needed. Write CAST(... AS STRING).',
    )
    expect(checkExpression('NULL', scope, BOOLEAN).problems).toEqual([])
  })
})

describe('in a join', () => {
  const scope = {
    relations: [
      { name: 'left', columns: columnsOf({ id: 'integer', price: 'double' }) },
      { name: 'right', columns: columnsOf({ id: 'integer', name: 'string' }) },
    ],
  }

  test.each([
    ['left.id = right.id AND price > 5', []],
    ['id = 1', ['Column "id" is in left and in right. Write left.id or right.id.']],
    ['left.name = 1', ['There is no column "name" in left. The columns are id, price.']],
    [
      'left.prise = 1',
      ['There is no column "prise" in left. Did you mean "price"? The columns are id, price.'],
    ],
    ['left = 1', ['"left" is an input, not a column. Write left.id, or another of its columns.']],
    [
      'lefd.id = 1',
      ['Nothing here is called "lefd". Did you mean "left"? Write left.id or right.id.'],
    ],
    ['Orders.price = 1', ['Nothing here is called "Orders". Write left.price.']],
    [
      'lefd.no = 1',
      ['There is no column "lefd". Did you mean "left"? The columns are id, price, id, name.'],
    ],
  ])('%s', (text, messages) => {
    expect(checkExpression(text, scope).problems.map(({ message }) => message)).toEqual(messages)
  })
})

describe('an aggregate', () => {
  test.each([
    ['COUNT(*)', []],
    [
      'n',
      [
        'column-not-grouped: Column "n" is neither grouped by nor inside an aggregate, so a group has many values of it. Add it to groupBy, or write MAX(n) or LAST_VALUE(n).',
      ],
    ],
    [
      's',
      [
        'aggregate-missing: "s" has no aggregate, so it says nothing about the records of a group. Write one, such as COUNT(*) or MAX(x).',
      ],
    ],
    [
      'SUM(s)',
      [
        'argument-type: The value of SUM must be a number, but "s" is string. Write CAST(s AS DOUBLE).',
      ],
    ],
    [
      'SUM(doc)',
      [
        'argument-type: The value of SUM must be a number, but "doc" is any. Write CAST(doc AS DOUBLE).',
      ],
    ],
    ['SUM(*)', ['argument-count: Only COUNT takes *. Write SUM([DISTINCT] value).']],
    [
      'SUM()',
      ['argument-count: SUM takes 1 argument, but none is given. Write SUM([DISTINCT] value).'],
    ],
    [
      'AVG(at)',
      [
        'argument-type: The value of AVG must be double, but "at" is timestamp. Write AVG([DISTINCT] value).',
      ],
    ],
    [
      'MAX(list)',
      [
        'argument-type: Argument 1 (value) of MAX must be a value with an order, but "list" is list<integer>. Write MAX(value).',
      ],
    ],
    ['COUNT(DISTINCT *)', ['distinct: COUNT(*) takes no DISTINCT. Take it out, or name a column.']],
    ['FIRST_VALUE(DISTINCT n)', ['distinct: FIRST_VALUE takes no DISTINCT. Take it out.']],
    [
      'MAX(SUM(n))',
      [
        'aggregate-not-allowed: SUM stands inside another aggregate. Compute the inner one in a step before.',
      ],
    ],
    [
      'COUNT(*) FILTER (WHERE n)',
      [
        'condition-not-boolean: FILTER (WHERE) takes a condition, but "n" is integer. Compare it with a value, or test it with IS NOT NULL.',
      ],
    ],
    [
      'PERCENTILE(ms, 99)',
      [
        'percentage: PERCENTILE takes constant percentages from 0 to 1, but here is "99". Write 0.99, or ARRAY[0.5, 0.99] for several.',
      ],
    ],
    [
      'PERCENTILE(ms, ms)',
      [
        'percentage: PERCENTILE takes constant percentages from 0 to 1, but here is "ms". Write 0.99, or ARRAY[0.5, 0.99] for several.',
      ],
    ],
    [
      'LISTAGG(s, s)',
      [
        'separator: The separator of LISTAGG must be a constant string, but here is "s". Write it in quotes: LISTAGG(x, \'; \').',
      ],
    ],
    [
      'MAX(NULL)',
      [
        'aggregate-type: NULL alone has no type. Write CAST(NULL AS STRING), with the type of the column.',
      ],
    ],
    [
      "MAX(INTERVAL '1' MONTH)",
      [
        'aggregate-type: A year-month interval cannot be a column. Add it to a timestamp, or CAST it to STRING.',
      ],
    ],
    ['SUMM(n)', ['function-unknown: There is no function SUMM. Did you mean "SUM"?']],
    [
      'SUM(mss)',
      [
        'column-unknown: There is no column "mss". Did you mean "ms"? The columns are n, ms, s, p, at, doc, list, rec.',
      ],
    ],
  ])('%s', (text, expected) => {
    const { problems } = checkAggregates({ result: text }, COLUMNS, ['s'])
    expect(problems.map(({ code, message }) => `${code}: ${message}`)).toEqual(expected)
    expect(problems.every(({ name }) => name === 'result')).toBe(true)
  })
})
