/**
 * Splits the text of an expression into tokens: for the parser, and for the highlighter of the
 * editor.
 */

export type TokenKind =
  /** A keyword, a function or a column name; the parser knows which by its place. */
  | 'word'
  /** A name in backquotes. */
  | 'name'
  | 'number'
  | 'string'
  | 'operator'
  | 'comment'
  /** A character that means nothing in an expression. */
  | 'unknown'

export interface Token {
  readonly kind: TokenKind
  /** As it stands in the text. */
  readonly text: string
  /** In UTF-16 code units: [start, end). */
  readonly start: number
  readonly end: number
  /** False for a string, a name or a comment whose end is missing. */
  readonly closed: boolean
}

const SPACE = /[ \t\r\n\f\v]+/y
// Words are ASCII only: a letter of another script that looks like an ASCII one never names
// anything.
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y
const NUMBER = /(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/y
const STRING = /'[^']*(?:''[^']*)*'?/y
const NAME = /`[^`]*(?:``[^`]*)*`?/y
const COMMENT = /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y
// Colon and braces occur in types only: CAST(x AS record{a: string}).
const OPERATOR = /<>|!=|<=|>=|\|\||[-+*/%=<>()[\],.:{}]/y

/** Total: every text has tokens, and they cover all of it but white space. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  let position = 0
  while (position < text.length) {
    const space = match(SPACE, text, position)
    if (space !== undefined) {
      position += space.length
      continue
    }
    const token = nextToken(text, position)
    tokens.push(token)
    position = token.end
  }
  return tokens
}

/** The text that a string token stands for. */
export function stringValue(token: Token): string {
  return token.text.slice(1, token.closed ? -1 : undefined).replaceAll("''", "'")
}

/** The name that a word or a name in backquotes stands for. */
export function nameValue(token: Token): string {
  if (token.kind !== 'name') return token.text
  return token.text.slice(1, token.closed ? -1 : undefined).replaceAll('``', '`')
}

function nextToken(text: string, start: number): Token {
  const token = (kind: TokenKind, found: string, closed = true): Token => {
    return { kind, text: found, start, end: start + found.length, closed }
  }
  const word = match(WORD, text, start)
  if (word !== undefined) return token('word', word)
  const number = match(NUMBER, text, start)
  if (number !== undefined) return token('number', number)
  const first = text[start]
  if (first === "'") {
    const found = match(STRING, text, start) ?? first
    return token('string', found, isClosed(found, "'"))
  }
  if (first === '`') {
    const found = match(NAME, text, start) ?? first
    return token('name', found, isClosed(found, '`'))
  }
  const comment = match(COMMENT, text, start)
  if (comment !== undefined) {
    const closed = comment.startsWith('--') || (comment.length >= 4 && comment.endsWith('*/'))
    return token('comment', comment, closed)
  }
  const operator = match(OPERATOR, text, start)
  if (operator !== undefined) return token('operator', operator)
  const character = String.fromCodePoint(text.codePointAt(start) ?? 0)
  return token('unknown', character)
}

/** Whether the quotes are even, so that the last one closes what the first one opened. */
function isClosed(found: string, quote: string): boolean {
  if (found.length < 2 || !found.endsWith(quote)) return false
  let quotes = 0
  for (const character of found) if (character === quote) quotes++
  return quotes % 2 === 0
}

function match(pattern: RegExp, text: string, position: number): string | undefined {
  pattern.lastIndex = position
  return pattern.exec(text)?.[0]
}
