/**
 * Reads the type after AS in CAST: names of documents (`list<string>`) and of Flink
 * (`ARRAY<STRING>`).
 */

import { didYouMean } from '../problem.ts'
import {
  ANY,
  BOOLEAN,
  type Column,
  DOUBLE,
  INTEGER,
  INTERVAL,
  listOf,
  MONTHS,
  STRING,
  TIMESTAMP,
  type Type,
} from '../type.ts'
import { SyntaxRefusal, type TokenReader } from './token-reader.ts'
import type { Token } from './tokenizer.ts'

const NAMES: ReadonlyMap<string, Type> = new Map([
  ['BOOLEAN', BOOLEAN],
  ['INTEGER', INTEGER],
  ['INT', INTEGER],
  ['BIGINT', INTEGER],
  ['DOUBLE', DOUBLE],
  ['STRING', STRING],
  ['VARCHAR', STRING],
  ['TIMESTAMP', TIMESTAMP],
  ['TIMESTAMP_LTZ', TIMESTAMP],
  ['ANY', ANY],
])

/** Types that Flink or the document format knows and that cannot be cast to. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['LONG', 'INTEGER (exact to 2^53 - 1)'],
  ['TINYINT', 'INTEGER'],
  ['SMALLINT', 'INTEGER'],
  ['DECIMAL', 'DOUBLE'],
  ['DEC', 'DOUBLE'],
  ['NUMERIC', 'DOUBLE'],
  ['FLOAT', 'DOUBLE'],
  ['REAL', 'DOUBLE'],
  ['DATE', 'TIMESTAMP'],
  ['TIME', 'TIMESTAMP'],
  ['CHAR', 'STRING'],
  ['BYTES', 'STRING'],
  ['BINARY', 'STRING'],
  ['VARBINARY', 'STRING'],
  ['MAP', 'ANY'],
  ['MULTISET', 'ARRAY<...>'],
  ['RAW', 'ANY'],
  ['VARIANT', 'ANY'],
])

const DEPTH_MAX = 32

export function sqlType(tokens: TokenReader, after: string): Type {
  return readType(tokens, after, 0)
}

function readType(tokens: TokenReader, after: string, depth: number): Type {
  const token = tokens.peek()
  if (token?.kind !== 'word') tokens.refuse('a type', after)
  if (depth > DEPTH_MAX) {
    throw refusal(
      'type-too-deep',
      token,
      `A type may be nested ${DEPTH_MAX} levels deep. Flatten it.`,
    )
  }
  tokens.next()
  const name = token.text.toUpperCase()
  if (name === 'LIST' || name === 'ARRAY') {
    tokens.expect('<', token.text)
    const of = readType(tokens, '"<"', depth + 1)
    tokens.expect('>', 'the type of the elements')
    return listOf(of)
  }
  if (name === 'RECORD' || name === 'ROW') return readRecord(tokens, token, depth)
  if (name === 'INTERVAL') return readInterval(tokens)
  const type = NAMES.get(name)
  if (type === undefined) throw refuseName(token, name)
  if (name === 'DOUBLE') tokens.acceptWord('PRECISION')
  if (name === 'TIMESTAMP' || name === 'TIMESTAMP_LTZ') refusePrecision(tokens, token)
  if (name === 'VARCHAR' && tokens.isOperator('(')) {
    throw refusal(
      'type-length',
      token,
      'Strings have no declared length. Write STRING, and LEFT(x, n) to shorten.',
    )
  }
  return type
}

function readRecord(tokens: TokenReader, token: Token, depth: number): Type {
  const close = tokens.accept('{') ? '}' : tokens.accept('<') ? '>' : tokens.accept('(') ? ')' : ''
  if (close === '') tokens.refuse('"<" or "{"', token.text)
  const fields: Column[] = []
  do {
    const { name, span } = tokens.expectName('the beginning of the fields')
    tokens.accept(':')
    if (fields.some((field) => field.name === name)) {
      throw new SyntaxRefusal(
        'type-field-twice',
        { start: span.start, end: span.end },
        `Field "${name}" stands twice. Give each field its own name.`,
      )
    }
    fields.push({ name, type: readType(tokens, `field "${name}"`, depth + 1) })
  } while (tokens.accept(','))
  tokens.expect(close, 'the fields')
  return { kind: 'record', fields }
}

function readInterval(tokens: TokenReader): Type {
  const months = tokens.isWord('YEAR') || tokens.isWord('MONTH')
  if (months || ['DAY', 'HOUR', 'MINUTE', 'SECOND'].some((unit) => tokens.isWord(unit))) {
    tokens.next()
    if (tokens.acceptWord('TO')) tokens.expectName('TO')
  }
  return months ? MONTHS : INTERVAL
}

function refusePrecision(tokens: TokenReader, token: Token): void {
  if (!tokens.accept('(')) return
  const precision = tokens.next()
  tokens.expect(')', 'the precision')
  if (precision?.text === '3') return
  throw refusal(
    'type-precision',
    token,
    `Timestamps have milliseconds, which is precision 3, not ${precision?.text ?? ''}. Write TIMESTAMP.`,
  )
}

function refuseName(token: Token, name: string): SyntaxRefusal {
  const instead = REFUSED.get(name)
  if (instead !== undefined) {
    const message = `Type ${token.text} is not available. Use ${instead}.`
    return refusal('type-not-available', token, message)
  }
  const names = [
    'BOOLEAN',
    'INTEGER',
    'DOUBLE',
    'STRING',
    'TIMESTAMP',
    'INTERVAL',
    'ANY',
    'ARRAY',
    'ROW',
  ]
  const message = `"${token.text}" is not a type.${didYouMean(token.text, names)} Choose one of BOOLEAN, INTEGER, DOUBLE, STRING, TIMESTAMP, INTERVAL, ARRAY<T>, ROW<name T> and ANY.`
  return refusal('type-unknown', token, message)
}

function refusal(code: string, token: Token, message: string): SyntaxRefusal {
  return new SyntaxRefusal(code, { start: token.start, end: token.end }, message)
}
