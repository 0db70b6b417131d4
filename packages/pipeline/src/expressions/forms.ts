/**
 * The calls and literals of SQL that have a grammar of their own: `TRIM(BOTH ' ' FROM x)`,
 * `INTERVAL '1' DAY`.
 */

import { didYouMean } from '../problem.ts'
import { INTERVAL, MONTHS, NULL, TIMESTAMP, type Type } from '../type.ts'
import type { Value } from '../value.ts'
import { parseInterval } from './interval.ts'
import type { Node, NodeShape, Span } from './syntax.ts'
import { parseBoundedTimestamp } from './timestamp.ts'
import { SyntaxRefusal, shortened, type TokenReader } from './token-reader.ts'
import { stringValue, type Token } from './tokenizer.ts'

/** What a form needs of the parser. The parser has taken the name and the parenthesis after it. */
export interface FormReader {
  readonly tokens: TokenReader
  expression(after: string, precedence?: number): Node
  node(shape: NodeShape, span: Span, children: readonly Node[]): Node
  literal(value: Value, type: Type, span: Span): Node
  spanFrom(start: number): Span
  type(after: string): Type
}

/** Returns undefined, with nothing taken, where the call is written with plain arguments. */
type Form = (reader: FormReader, name: Token) => Node | undefined

export const UNITS = [
  'MILLISECOND',
  'SECOND',
  'MINUTE',
  'HOUR',
  'DAY',
  'WEEK',
  'MONTH',
  'QUARTER',
  'YEAR',
]

const EXTRACT_UNITS = [
  ...UNITS,
  'DECADE',
  'CENTURY',
  'MILLENNIUM',
  'EPOCH',
  'DOW',
  'ISODOW',
  'DOY',
  'ISOYEAR',
]

export const FORMS: ReadonlyMap<string, Form> = new Map<string, Form>([
  ['CAST', (reader, name) => cast(reader, name, false)],
  ['TRY_CAST', (reader, name) => cast(reader, name, true)],
  ['EXTRACT', extract],
  ['FLOOR', roundToUnit],
  ['CEIL', roundToUnit],
  ['CEILING', roundToUnit],
  ['TIMESTAMPADD', unitFirst],
  ['TIMESTAMPDIFF', unitFirst],
  ['TRIM', trim],
  ['SUBSTRING', substring],
  ['SUBSTR', substring],
  ['POSITION', position],
  ['OVERLAY', overlay],
  ['JSON_VALUE', jsonValue],
  ['JSON_QUERY', jsonQuery],
  ['JSON_EXISTS', jsonExists],
  ['JSON_OBJECT', jsonObject],
  ['JSON_ARRAY', jsonArray],
  ['ROW', row],
])

/** `FILTER (WHERE condition)` after an aggregate. */
export function filterClause(reader: FormReader): Node | undefined {
  const tokens: TokenReader = reader.tokens
  if (!tokens.isWord('FILTER') || !tokens.isOperator('(', 1)) return undefined
  tokens.acceptWord('FILTER')
  tokens.expect('(', 'FILTER')
  tokens.expectWord('WHERE', 'FILTER (')
  const condition = reader.expression('WHERE')
  tokens.expect(')', 'the condition of FILTER')
  return condition
}

/** `TIMESTAMP '...'` and `INTERVAL '...' unit`. */
export function typedLiteral(reader: FormReader, word: string, token: Token): Node {
  const tokens: TokenReader = reader.tokens
  tokens.next()
  const text = tokens.next()
  if (text === undefined) return tokens.refuse('a string', word)
  const value = stringValue(text)
  if (word === 'TIMESTAMP') {
    const timestampMs = parseBoundedTimestamp(value)
    if (timestampMs !== null)
      return reader.literal(timestampMs, TIMESTAMP, reader.spanFrom(token.start))
    const message = `"${shortened(value)}" is not a timestamp. Write it like TIMESTAMP '2026-01-31 12:00:00.000'.`
    throw new SyntaxRefusal('timestamp-text', { start: text.start, end: text.end }, message)
  }
  if (word === 'INTERVAL') return interval(reader, token, text)
  const span = { start: token.start, end: token.end }
  if (word === 'DATE' || word === 'TIME') {
    const message = `Type ${word.toLowerCase()} is reserved and not available yet. Write TIMESTAMP '2026-01-31 00:00:00'.`
    throw new SyntaxRefusal('type-not-available', span, message)
  }
  const message = `A string cannot follow "${shortened(token.text)}". Put an operator between them, or write TIMESTAMP or INTERVAL.`
  throw new SyntaxRefusal('expression-syntax', { start: text.start, end: text.end }, message)
}

function interval(reader: FormReader, token: Token, text: Token): Node {
  const tokens: TokenReader = reader.tokens
  const from = intervalUnit(reader, 'the text of INTERVAL')
  const to = tokens.acceptWord('TO') ? intervalUnit(reader, 'TO') : from
  const result = parseInterval(stringValue(text), from, to)
  if ('message' in result) {
    throw new SyntaxRefusal('interval-text', { start: text.start, end: tokens.end }, result.message)
  }
  const type = result.months ? MONTHS : INTERVAL
  return reader.literal(result.value, type, reader.spanFrom(token.start))
}

function intervalUnit(reader: FormReader, after: string): string {
  const tokens: TokenReader = reader.tokens
  const unit = tokens.wordAt(0)
  const units = ['YEAR', 'QUARTER', 'MONTH', 'WEEK', 'DAY', 'HOUR', 'MINUTE', 'SECOND']
  const singular = unit?.endsWith('S') === true ? unit.slice(0, -1) : unit
  if (singular === undefined || !units.includes(singular)) {
    tokens.refuse('YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE or SECOND', after)
  }
  tokens.next()
  if (tokens.accept('(')) {
    tokens.next()
    if (tokens.accept(',')) tokens.next()
    tokens.expect(')', 'the precision')
  }
  return singular
}

function cast(reader: FormReader, name: Token, attempt: boolean): Node {
  const word = name.text.toUpperCase()
  const of = reader.expression(`"${word}("`)
  reader.tokens.expectWord('AS', `the value of ${word}`)
  const to = reader.type('AS')
  reader.tokens.expect(')', `the type of ${word}`)
  return reader.node({ kind: 'cast', of, to, attempt }, reader.spanFrom(name.start), [of])
}

function extract(reader: FormReader, name: Token): Node {
  const unit = unitKeyword(reader, EXTRACT_UNITS, '"EXTRACT("')
  reader.tokens.expectWord('FROM', 'the unit of EXTRACT')
  return finish(reader, name, [unit, reader.expression('FROM')])
}

/** `FLOOR(x TO HOUR)`; `FLOOR(x)` is a plain call. */
function roundToUnit(reader: FormReader, name: Token): Node | undefined {
  if (reader.tokens.isOperator(')')) return undefined
  const value = reader.expression(`"${name.text.toUpperCase()}("`)
  if (!reader.tokens.acceptWord('TO')) return finish(reader, name, [value])
  return finish(reader, name, [value, unitKeyword(reader, UNITS, 'TO')])
}

function unitFirst(reader: FormReader, name: Token): Node {
  const word = name.text.toUpperCase()
  const args = [unitKeyword(reader, UNITS, `"${word}("`)]
  while (reader.tokens.accept(',')) args.push(reader.expression('","'))
  return finish(reader, name, args)
}

function trim(reader: FormReader, name: Token): Node {
  const tokens: TokenReader = reader.tokens
  const side = ['BOTH', 'LEADING', 'TRAILING'].find((word) => {
    return tokens.isWord(word) && !tokens.isOperator(')', 1) && tokens.acceptWord(word)
  })
  const keyword = reader.node(
    { kind: 'keyword', word: side ?? 'BOTH' },
    reader.spanFrom(name.start),
    [],
  )
  const space = (): Node => reader.literal(' ', { kind: 'string' }, reader.spanFrom(name.start))
  if (side !== undefined && tokens.acceptWord('FROM')) {
    return finish(reader, name, [keyword, space(), reader.expression('FROM')])
  }
  const value = reader.expression('"TRIM("')
  if (tokens.acceptWord('FROM'))
    return finish(reader, name, [keyword, value, reader.expression('FROM')])
  if (side !== undefined) tokens.refuse('FROM', 'the characters of TRIM')
  return finish(reader, name, [keyword, space(), value])
}

function substring(reader: FormReader, name: Token): Node | undefined {
  if (reader.tokens.isOperator(')')) return undefined
  const args = [reader.expression(`"${name.text.toUpperCase()}("`)]
  if (reader.tokens.acceptWord('FROM')) {
    args.push(reader.expression('FROM'))
    if (reader.tokens.acceptWord('FOR')) args.push(reader.expression('FOR'))
  } else while (reader.tokens.accept(',')) args.push(reader.expression('","'))
  return finish(reader, name, args)
}

/** The first operand binds more closely than the IN after it. */
function position(reader: FormReader, name: Token): Node {
  const needle = reader.expression('"POSITION("', 33)
  reader.tokens.expectWord('IN', 'the text that POSITION looks for')
  return finish(reader, name, [needle, reader.expression('IN')])
}

function overlay(reader: FormReader, name: Token): Node | undefined {
  if (reader.tokens.isOperator(')')) return undefined
  const args = [reader.expression('"OVERLAY("')]
  if (reader.tokens.acceptWord('PLACING')) {
    args.push(reader.expression('PLACING'))
    reader.tokens.expectWord('FROM', 'the text that OVERLAY places')
    args.push(reader.expression('FROM'))
    if (reader.tokens.acceptWord('FOR')) args.push(reader.expression('FOR'))
  } else while (reader.tokens.accept(',')) args.push(reader.expression('","'))
  return finish(reader, name, args)
}

function row(reader: FormReader, name: Token): Node {
  const items = [reader.expression('"ROW("')]
  while (reader.tokens.accept(',')) items.push(reader.expression('","'))
  reader.tokens.expect(')', 'the values of ROW')
  return reader.node({ kind: 'row', items }, reader.spanFrom(name.start), items)
}

/**
 * Args: text, path, type, what is done when empty, its default, what is done on an error, its
 * default.
 */
function jsonValue(reader: FormReader, name: Token): Node {
  const tokens: TokenReader = reader.tokens
  const args = jsonAndPath(reader, name)
  const start = tokens.start
  const returning = tokens.acceptWord('RETURNING') ? reader.type('RETURNING').kind : 'string'
  args.push(keywordNode(reader, returning.toUpperCase(), start))
  const behaviours = new Map<string, readonly [Node, Node]>()
  while (!tokens.isOperator(')')) {
    const word = tokens.wordAt(0)
    if (word !== 'NULL' && word !== 'ERROR' && word !== 'DEFAULT') {
      tokens.refuse('RETURNING, NULL, ERROR, DEFAULT or ")"', 'the path of JSON_VALUE')
    }
    tokens.next()
    const behaviour = keywordNode(reader, word)
    const value = word === 'DEFAULT' ? reader.expression('DEFAULT') : nullNode(reader)
    behaviours.set(onWhat(reader, behaviours), [behaviour, value])
  }
  for (const event of ['EMPTY', 'ERROR']) {
    args.push(...(behaviours.get(event) ?? [keywordNode(reader, 'NULL'), nullNode(reader)]))
  }
  return finish(reader, name, args)
}

/** Args: text, path, wrapper, what is done when empty, what is done on an error. */
function jsonQuery(reader: FormReader, name: Token): Node {
  const tokens: TokenReader = reader.tokens
  const args = jsonAndPath(reader, name)
  let wrapper = 'WITHOUT'
  if (tokens.acceptWord('WITHOUT')) tokens.acceptWord('ARRAY')
  else if (tokens.acceptWord('WITH')) {
    wrapper = tokens.acceptWord('CONDITIONAL') ? 'CONDITIONAL' : 'UNCONDITIONAL'
    tokens.acceptWord('UNCONDITIONAL')
    tokens.acceptWord('ARRAY')
  }
  tokens.acceptWord('WRAPPER')
  args.push(keywordNode(reader, wrapper))
  const behaviours = new Map<string, Node>()
  while (!tokens.isOperator(')')) {
    const choices = [['EMPTY', 'ARRAY'], ['EMPTY', 'OBJECT'], ['NULL'], ['ERROR']]
    const choice = choices.find((words) => tokens.acceptWord(...words))
    if (choice === undefined) {
      tokens.refuse(
        'a wrapper, NULL, EMPTY ARRAY, EMPTY OBJECT, ERROR or ")"',
        'the path of JSON_QUERY',
      )
    }
    behaviours.set(onWhat(reader, behaviours), keywordNode(reader, choice.join(' ')))
  }
  for (const event of ['EMPTY', 'ERROR'])
    args.push(behaviours.get(event) ?? keywordNode(reader, 'NULL'))
  return finish(reader, name, args)
}

function jsonExists(reader: FormReader, name: Token): Node {
  const tokens: TokenReader = reader.tokens
  const args = jsonAndPath(reader, name)
  const choice = ['TRUE', 'FALSE', 'UNKNOWN', 'ERROR'].find((word) => tokens.acceptWord(word))
  if (choice !== undefined) {
    tokens.expectWord('ON', choice)
    tokens.expectWord('ERROR', 'ON')
  }
  args.push(keywordNode(reader, choice ?? 'FALSE'))
  return finish(reader, name, args)
}

/** Args: NULL or ABSENT, then keys and values in turn. */
function jsonObject(reader: FormReader, name: Token): Node {
  const tokens: TokenReader = reader.tokens
  const args: Node[] = []
  if (!tokens.isOperator(')') && !tokens.isWord('NULL', 'ON') && !tokens.isWord('ABSENT', 'ON')) {
    do {
      if (tokens.isWord('KEY') && !tokens.isWord('KEY', 'VALUE')) tokens.acceptWord('KEY')
      args.push(reader.expression('JSON_OBJECT'))
      if (!tokens.accept(':')) tokens.expectWord('VALUE', 'the key')
      args.push(reader.expression('VALUE'))
    } while (tokens.accept(','))
  }
  return finish(reader, name, [onNull(reader, 'NULL'), ...args])
}

/** Args: NULL or ABSENT, then the elements. */
function jsonArray(reader: FormReader, name: Token): Node {
  const tokens: TokenReader = reader.tokens
  const args: Node[] = []
  if (!tokens.isOperator(')') && !tokens.isWord('NULL', 'ON') && !tokens.isWord('ABSENT', 'ON')) {
    do args.push(reader.expression('JSON_ARRAY'))
    while (tokens.accept(','))
  }
  return finish(reader, name, [onNull(reader, 'ABSENT'), ...args])
}

function onNull(reader: FormReader, usual: string): Node {
  const word = ['NULL', 'ABSENT'].find((choice) => reader.tokens.acceptWord(choice, 'ON', 'NULL'))
  return keywordNode(reader, word ?? usual)
}

function jsonAndPath(reader: FormReader, name: Token): Node[] {
  const word = name.text.toUpperCase()
  const json = reader.expression(`"${word}("`)
  reader.tokens.expect(',', `the JSON text of ${word}`)
  return [json, reader.expression('","')]
}

/** `ON EMPTY` or `ON ERROR`, each at most once and in this order. */
function onWhat(reader: FormReader, seen: ReadonlyMap<string, unknown>): string {
  reader.tokens.expectWord('ON', 'what is to be done')
  const event = ['EMPTY', 'ERROR'].find((word) => reader.tokens.isWord(word) && !seen.has(word))
  if (event === undefined || seen.has('ERROR'))
    reader.tokens.refuse('EMPTY or ERROR, each once', 'ON')
  reader.tokens.next()
  return event
}

function keywordNode(reader: FormReader, word: string, start = reader.tokens.end): Node {
  return reader.node(
    { kind: 'keyword', word },
    reader.spanFrom(Math.min(start, reader.tokens.end)),
    [],
  )
}

function nullNode(reader: FormReader): Node {
  return reader.literal(null, NULL, reader.spanFrom(reader.tokens.end))
}

function unitKeyword(reader: FormReader, units: readonly string[], after: string): Node {
  const tokens: TokenReader = reader.tokens
  const token = tokens.peek()
  const word = tokens.wordAt(0)
  if (token === undefined || word === undefined) tokens.refuse('a unit of time', after)
  // Flink also takes the names that JDBC gave them: SQL_TSI_DAY.
  const plain = word.replace(/^SQL_TSI_/, '')
  const unit = units.find((known) => known === plain || `${known}S` === plain)
  if (unit === undefined) {
    const message = `"${token.text}" is not a unit of time here.${didYouMean(plain, units)} Choose one of ${units.join(', ')}.`
    throw new SyntaxRefusal('unit-unknown', { start: token.start, end: token.end }, message)
  }
  tokens.next()
  return reader.node({ kind: 'keyword', word: unit }, token, [])
}

function finish(reader: FormReader, name: Token, args: readonly Node[]): Node {
  const word = name.text.toUpperCase()
  reader.tokens.expect(')', `the arguments of ${word}`)
  const nameSpan = { start: name.start, end: name.end }
  const shape: NodeShape = {
    kind: 'call',
    name: word,
    nameSpan,
    args,
    star: false,
    distinct: false,
  }
  return reader.node(shape, reader.spanFrom(name.start), args)
}
