/** Walks over the tokens of an expression, and says what is missing where. */

import { TEXT_MAX } from './limits.ts'
import type { ExpressionProblem, Span } from './syntax.ts'
import { nameValue, type Token, tokenize } from './tokenizer.ts'

/** Thrown inside the parser only: the first thing that does not fit ends the reading. */
export class SyntaxRefusal extends Error {
  readonly problem: ExpressionProblem

  constructor(code: string, span: Span, message: string) {
    super(message)
    this.problem = { code, message, span }
  }
}

export class TokenReader {
  readonly #text: string
  readonly #tokens: readonly Token[]
  #index = 0

  constructor(text: string) {
    if (text.length > TEXT_MAX) {
      const message = `The expression has ${text.length} characters; the limit is ${TEXT_MAX}. Split it over several steps.`
      throw new SyntaxRefusal('expression-too-long', { start: 0, end: text.length }, message)
    }
    this.#text = text
    this.#tokens = tokenize(text).filter((token) => token.kind !== 'comment' || !token.closed)
    for (const token of this.#tokens) {
      refuseForeign(text, token)
      refuseBroken(token)
    }
  }

  peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#index + ahead]
  }

  next(): Token | undefined {
    const token = this.peek()
    if (token !== undefined) this.#index++
    return token
  }

  /** Where the next token begins, or the end of the text. */
  get start(): number {
    return this.peek()?.start ?? this.#text.length
  }

  /** Where the last token that was taken ends. */
  get end(): number {
    return this.#tokens[this.#index - 1]?.end ?? 0
  }

  textOf(span: Span): string {
    return this.#text.slice(span.start, span.end)
  }

  isOperator(sign: string, ahead = 0): boolean {
    const token = this.peek(ahead)
    return token !== undefined && token.kind === 'operator' && token.text === sign
  }

  /** Whether these words come next, in any case. */
  isWord(...words: readonly string[]): boolean {
    return words.every((word, ahead) => this.wordAt(ahead) === word)
  }

  /** The word at this place in capitals, or undefined where something else stands. */
  wordAt(ahead: number): string | undefined {
    const token = this.peek(ahead)
    return token?.kind === 'word' ? token.text.toUpperCase() : undefined
  }

  /** Whether this word stands anywhere in the rest. */
  hasWordAhead(word: string): boolean {
    const rest = this.#tokens.slice(this.#index)
    return rest.some((token) => token.kind === 'word' && token.text.toUpperCase() === word)
  }

  accept(sign: string): boolean {
    if (!this.isOperator(sign)) return false
    this.#index++
    return true
  }

  acceptWord(...words: readonly string[]): boolean {
    if (!this.isWord(...words)) return false
    this.#index += words.length
    return true
  }

  /** `after` says what came before, for the message: `the arguments of ROUND`. */
  expect(sign: string, after: string): void {
    if (!this.accept(sign)) this.refuse(`"${sign}"`, after)
  }

  expectWord(word: string, after: string): void {
    if (!this.acceptWord(word)) this.refuse(word, after)
  }

  expectName(after: string): { readonly name: string; readonly span: Span } {
    const token = this.peek()
    if (token === undefined || (token.kind !== 'word' && token.kind !== 'name')) {
      this.refuse('a name', after)
    }
    this.#index++
    return { name: nameValue(token), span: token }
  }

  /** Ends the reading: `wanted` should stand here, and something else or nothing does. */
  refuse(wanted: string, after: string): never {
    const token = this.peek()
    if (token === undefined) {
      const span = { start: this.end, end: this.#text.length }
      const message = `The expression ends where ${wanted} should follow ${after}. Add it.`
      throw new SyntaxRefusal('expression-incomplete', span, message)
    }
    const message = `"${shortened(token.text)}" stands where ${wanted} should follow ${after}. Change it or take it out.`
    throw new SyntaxRefusal('expression-syntax', { start: token.start, end: token.end }, message)
  }
}

export function shortened(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 39)}…`
}

/** Signs of programming languages, by what SQL has for them. */
const FOREIGN: ReadonlyMap<string, string> = new Map([
  ['&&', 'AND'],
  ['&', 'AND'],
  ['!', 'NOT'],
  ['==', '='],
  ['===', '='],
  ['!==', '<>'],
])
const FOREIGN_SIGN = /&&?|!==|!(?!=)|===?/y

function refuseForeign(text: string, { kind, start }: Token): void {
  if (kind !== 'unknown' && kind !== 'operator') return
  FOREIGN_SIGN.lastIndex = start
  const [sign = ''] = FOREIGN_SIGN.exec(text) ?? []
  const instead = FOREIGN.get(sign)
  if (instead === undefined) return
  const message = `"${sign}" is not known here: expressions are SQL. Write ${instead}.`
  throw new SyntaxRefusal('expression-character', { start, end: start + sign.length }, message)
}

function refuseBroken(token: Token): void {
  const span = { start: token.start, end: token.end }
  if (token.kind === 'unknown') {
    throw new SyntaxRefusal('expression-character', span, unknownCharacter(token.text))
  }
  if (token.closed) return
  if (token.kind === 'comment') {
    const message = 'The comment that begins with "/*" does not end. Close it with "*/".'
    throw new SyntaxRefusal('expression-unclosed', span, message)
  }
  const [what, quote] = token.kind === 'name' ? ['name', '`'] : ['string', "'"]
  const message = `The ${what} ${shortened(token.text)} does not end. Close it with ${quote}, and write ${quote}${quote} for ${quote} inside.`
  throw new SyntaxRefusal('expression-unclosed', span, message)
}

function unknownCharacter(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  const shown = /[\p{C}\p{Z}]/u.test(character) ? `U+${code}` : `${character} (U+${code})`
  const instead =
    character === '"'
      ? "Write strings in 'single quotes' and column names in `backquotes`."
      : 'Write text in single quotes and column names of other letters in backquotes.'
  return `The character ${shown} has no meaning in an expression. ${instead}`
}
