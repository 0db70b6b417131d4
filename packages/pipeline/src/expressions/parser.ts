/**
 * Reads an expression into a syntax tree: operators by precedence climbing (Pratt), the strongest
 * last.
 *
 * Precedence and associativity are those of Flink SQL (Calcite). Comparisons cannot be chained,
 * as in PostgreSQL. Nothing is reserved: a word is a keyword only at a place where the grammar
 * has one, so columns may be called `end`, `interval` or `at`. Depth is bounded, so the stack is
 * never exhausted.
 */

import { BOOLEAN, DOUBLE, INTEGER, NULL, STRING, type Type } from '../type.ts'
import type { Value } from '../value.ts'
import { FORMS, type FormReader, filterClause, typedLiteral } from './forms.ts'
import { HEIGHT_MAX, INTEGER_MAX, NESTING_MAX, NODES_MAX } from './limits.ts'
import { sqlType } from './sql-type.ts'
import type { ExpressionProblem, Node, NodeShape, Operator, Span } from './syntax.ts'
import { SyntaxRefusal, shortened, TokenReader } from './token-reader.ts'
import { nameValue, stringValue, type Token } from './tokenizer.ts'

export type Parsed = { readonly node: Node } | { readonly problem: ExpressionProblem }

/** Of so many texts, none longer, what was read is kept: in all no more than a few megabytes. */
const KEPT_MAX = 500
const KEPT_LENGTH_MAX = 500

/**
 * Trees never change, and a text is read again whenever its pipeline is checked and its job starts.
 */
const kept = new Map<string, Parsed>()

export function parseExpression(text: string): Parsed {
  const known = kept.get(text)
  if (known !== undefined) return known
  const parsed = parse(text)
  if (text.length > KEPT_LENGTH_MAX) return parsed
  if (kept.size >= KEPT_MAX) kept.clear()
  kept.set(text, parsed)
  return parsed
}

function parse(text: string): Parsed {
  try {
    return { node: new Parser(new TokenReader(text)).whole() }
  } catch (error) {
    if (error instanceof SyntaxRefusal) return { problem: error.problem }
    throw error
  }
}

const OR = 22
const AND = 24
const NOT = 26
const IS = 28
const COMPARISON = 30
const BETWEEN = 32
const SUM = 40
const PRODUCT = 60
const SIGN = 80

const INFIX: ReadonlyMap<string, readonly [Operator, number]> = new Map([
  ['=', ['=', COMPARISON]],
  ['<>', ['<>', COMPARISON]],
  ['!=', ['<>', COMPARISON]],
  ['<', ['<', COMPARISON]],
  ['<=', ['<=', COMPARISON]],
  ['>', ['>', COMPARISON]],
  ['>=', ['>=', COMPARISON]],
  ['+', ['+', SUM]],
  ['-', ['-', SUM]],
  ['*', ['*', PRODUCT]],
  ['/', ['/', PRODUCT]],
  ['%', ['%', PRODUCT]],
  ['||', ['||', PRODUCT]],
] as const)

/** Words that may follow NOT between operands. */
const RANGE_WORDS: ReadonlySet<string> = new Set(['BETWEEN', 'IN', 'LIKE', 'SIMILAR'])

interface Step {
  readonly node: Node
  /** How closely the last operator binds; 0 where there was none. */
  readonly strength: number
}

class Parser implements FormReader {
  readonly tokens: TokenReader
  #nesting = 0
  #nodes = 0
  /** Nodes in parentheses, whose operators are not joined with those around them. */
  readonly #closed = new WeakSet<Node>()

  constructor(tokens: TokenReader) {
    this.tokens = tokens
  }

  whole(): Node {
    if (this.tokens.peek() === undefined) {
      const message = 'The expression is empty. Write a column, a literal or a function call.'
      throw new SyntaxRefusal('expression-empty', { start: 0, end: 0 }, message)
    }
    const node = this.expression('the beginning')
    if (this.tokens.peek() !== undefined)
      this.tokens.refuse('an operator or the end', 'the value before')
    return node
  }

  /** `after` says what came before, for the message. */
  expression(after: string, precedence = 0): Node {
    this.#enter()
    const first = this.#postfix(this.#prefix(after))
    this.#nesting--
    let step: Step = { node: first, strength: 0 }
    for (;;) {
      const next = this.#infix(step, precedence)
      if (next === undefined) return step.node
      step = next
    }
  }

  /**
   * Called wherever the grammar can begin anew without end; what returns lowers `#nesting` again.
   */
  #enter(): void {
    if (++this.#nesting <= NESTING_MAX) return
    const message = `The expression is nested more than ${NESTING_MAX} levels deep. Split it over several steps.`
    const span = { start: this.tokens.start, end: this.tokens.peek()?.end ?? this.tokens.start }
    throw new SyntaxRefusal('expression-too-deep', span, message)
  }

  node(shape: NodeShape, span: Span, children: readonly Node[]): Node {
    let height = 1
    for (const child of children) height = Math.max(height, child.height + 1)
    if (++this.#nodes > NODES_MAX) {
      const message = `The expression has more than ${NODES_MAX} parts. Split it over several steps.`
      throw new SyntaxRefusal('expression-too-large', { start: span.start, end: span.end }, message)
    }
    if (height > HEIGHT_MAX) {
      const message = `More than ${HEIGHT_MAX} operators build on each other. Split the expression over several steps.`
      throw new SyntaxRefusal('expression-too-deep', { start: span.start, end: span.end }, message)
    }
    // It was made for this call; to copy it would take half of all that reading takes.
    return Object.assign(shape, { span: { start: span.start, end: span.end }, height })
  }

  literal(value: Value, type: Type, span: Span): Node {
    return this.node({ kind: 'literal', value, type }, span, [])
  }

  /** From `start` to the end of the last token. */
  spanFrom(start: number): Span {
    return { start, end: this.tokens.end }
  }

  #prefix(after: string): Node {
    const token = this.tokens.peek()
    if (token === undefined) this.tokens.refuse('a value', after)
    if (token.kind === 'number') return this.#number(token)
    if (token.kind === 'string') {
      this.tokens.next()
      return this.literal(stringValue(token), STRING, token)
    }
    if (token.kind === 'name') {
      this.tokens.next()
      return this.node({ kind: 'name', name: nameValue(token), quoted: true }, token, [])
    }
    if (token.kind === 'word') return this.#word(token)
    if (token.text === '-' || token.text === '+') return this.#sign(token)
    if (token.text === '(') return this.#parentheses(token)
    return this.tokens.refuse('a value', after)
  }

  #sign(token: Token): Node {
    this.tokens.next()
    const operand = this.expression(`"${token.text}"`, SIGN)
    const span = this.spanFrom(token.start)
    if (token.text === '-' && operand.kind === 'literal' && typeof operand.value === 'number') {
      return this.literal(operand.value === 0 ? 0 : -operand.value, operand.type, span)
    }
    return this.#operator(token.text === '-' ? 'negate' : 'plus', [operand], span, token)
  }

  #parentheses(open: Token): Node {
    this.tokens.next()
    const items = [this.expression('"("')]
    while (this.tokens.accept(',')) items.push(this.expression('","'))
    this.tokens.expect(')', 'the value in parentheses')
    const first = items[0]
    if (items.length > 1 || first === undefined) {
      return this.node({ kind: 'row', items }, this.spanFrom(open.start), items)
    }
    this.#closed.add(first)
    return first
  }

  #number(token: Token): Node {
    this.tokens.next()
    const value = Number(token.text)
    const integer = /^[0-9]+$/.test(token.text)
    if (integer && value > INTEGER_MAX) {
      const message = `${shortened(token.text)} is beyond ${INTEGER_MAX}, up to which integers are exact. Write it as a double: ${value.toExponential()}.`
      throw new SyntaxRefusal('number-too-large', { start: token.start, end: token.end }, message)
    }
    if (!Number.isFinite(value)) {
      const message = `${shortened(token.text)} is beyond the largest double, ${Number.MAX_VALUE}. Write a smaller number.`
      throw new SyntaxRefusal('number-too-large', { start: token.start, end: token.end }, message)
    }
    return this.literal(value, integer ? INTEGER : DOUBLE, token)
  }

  #word(token: Token): Node {
    const word = token.text.toUpperCase()
    if (word === 'TRUE' || word === 'FALSE') {
      this.tokens.next()
      return this.literal(word === 'TRUE', BOOLEAN, token)
    }
    if (word === 'NULL') {
      this.tokens.next()
      return this.literal(null, NULL, token)
    }
    const following = this.tokens.peek(1)
    const formed = word === 'NOT' || word === 'CASE'
    if (following?.kind === 'string' && !formed) return typedLiteral(this, word, token)
    if (this.tokens.isOperator('(', 1) && !formed) return this.#call(token)
    if (word === 'ARRAY' && this.tokens.isOperator('[', 1)) return this.#list(token)
    if (formed && !this.#isColumnHere(word)) {
      return word === 'NOT' ? this.#not(token) : this.#case(token)
    }
    this.tokens.next()
    return this.node({ kind: 'name', name: token.text, quoted: false }, token, [])
  }

  /**
   * Whether CASE or NOT, which begin a form, cannot do so because no value follows: then it names
   * a column.
   */
  #isColumnHere(word: string): boolean {
    const next = this.tokens.peek(1)
    if (next === undefined) return true
    if (word === 'CASE' && this.tokens.wordAt(1) === 'WHEN') return false
    if (next.kind !== 'operator') return false
    if (!['(', '-', '+'].includes(next.text)) return true
    return word === 'CASE' && !this.tokens.hasWordAhead('WHEN')
  }

  /**
   * Reaches as far as it can, also behind an operator that binds more closely, as in PostgreSQL.
   */
  #not(token: Token): Node {
    this.tokens.next()
    const operand = this.expression('NOT', NOT)
    return this.#operator('NOT', [operand], this.spanFrom(token.start), token)
  }

  #list(token: Token): Node {
    this.tokens.next()
    this.tokens.next()
    const items: Node[] = []
    if (!this.tokens.isOperator(']')) {
      do items.push(this.expression(items.length === 0 ? '"["' : '","'))
      while (this.tokens.accept(','))
    }
    this.tokens.expect(']', 'the elements of the list')
    return this.node({ kind: 'list', items }, this.spanFrom(token.start), items)
  }

  #case(token: Token): Node {
    this.tokens.next()
    const operand = this.tokens.isWord('WHEN') ? undefined : this.expression('CASE')
    const branches: { when: Node[]; result: Node }[] = []
    while (this.tokens.acceptWord('WHEN')) {
      const when = [this.expression('WHEN')]
      while (operand !== undefined && this.tokens.accept(',')) when.push(this.expression('","'))
      this.tokens.expectWord('THEN', 'the condition of WHEN')
      branches.push({ when, result: this.expression('THEN') })
    }
    if (branches.length === 0) this.tokens.refuse('WHEN', 'CASE')
    const otherwise = this.tokens.acceptWord('ELSE') ? this.expression('ELSE') : undefined
    this.tokens.expectWord('END', 'the results of CASE')
    const children = branches.flatMap(({ when, result }) => [...when, result])
    if (operand !== undefined) children.push(operand)
    if (otherwise !== undefined) children.push(otherwise)
    const shape: NodeShape = {
      kind: 'case',
      branches,
      ...(operand === undefined ? {} : { operand }),
      ...(otherwise === undefined ? {} : { otherwise }),
    }
    return this.node(shape, this.spanFrom(token.start), children)
  }

  #call(token: Token): Node {
    this.tokens.next()
    this.tokens.next()
    const name = token.text.toUpperCase()
    const nameSpan = { start: token.start, end: token.end }
    const form = FORMS.get(name)
    const special = form?.(this, token)
    if (special !== undefined) return special
    const distinct = this.tokens.acceptWord('DISTINCT')
    const starOf = this.#starOf()
    const star = this.tokens.isOperator('*') && this.#endsAfterStar()
    const args: Node[] = []
    if (star) this.tokens.next()
    else if (!this.tokens.isOperator(')')) {
      do args.push(this.expression(args.length === 0 ? `"${name}("` : '","'))
      while (this.tokens.accept(','))
    }
    this.tokens.expect(')', `the arguments of ${name}`)
    const filter = filterClause(this)
    const children = filter === undefined ? args : [...args, filter]
    const shape: NodeShape = {
      kind: 'call',
      name,
      nameSpan,
      args,
      star,
      distinct,
      ...(starOf === undefined ? {} : { starOf }),
      ...(filter === undefined ? {} : { filter }),
    }
    return this.node(shape, this.spanFrom(token.start), children)
  }

  /** Whether a star stands for all: nothing follows it but what ends the arguments, or should. */
  #endsAfterStar(): boolean {
    return this.tokens.isOperator(')', 1) || this.tokens.peek(1) === undefined
  }

  /** The name in `a.*)`, which is read up to the star. */
  #starOf(): string | undefined {
    const token = this.tokens.peek()
    if (token?.kind !== 'word' && token?.kind !== 'name') return undefined
    const isOperator = (text: string, ahead: number) => this.tokens.isOperator(text, ahead)
    if (!isOperator('.', 1) || !isOperator('*', 2) || !isOperator(')', 3)) return undefined
    this.tokens.next()
    this.tokens.next()
    return token.kind === 'name' ? nameValue(token) : token.text
  }

  /** `.name` and `[index]`, which bind most closely. */
  #postfix(node: Node): Node {
    let left = node
    for (;;) {
      if (this.tokens.accept('.')) {
        const { name, span } = this.tokens.expectName('"."')
        const shape: NodeShape = {
          kind: 'field',
          of: left,
          name,
          nameSpan: { start: span.start, end: span.end },
        }
        left = this.node(shape, this.spanFrom(left.span.start), [left])
      } else if (this.tokens.accept('[')) {
        const index = this.expression('"["')
        this.tokens.expect(']', 'the index of the element')
        left = this.node({ kind: 'element', of: left, index }, this.spanFrom(left.span.start), [
          left,
          index,
        ])
      } else return left
    }
  }

  #infix(before: Step, precedence: number): Step | undefined {
    const left = before.node
    const token = this.tokens.peek()
    if (token === undefined) return undefined
    if (token.kind === 'operator') {
      const infix = INFIX.get(token.text)
      if (infix === undefined) return undefined
      const [operator, strength] = infix
      if (strength < precedence) return undefined
      if (strength === COMPARISON && before.strength === COMPARISON) refuseChain(token)
      this.tokens.next()
      const right = this.expression(`"${token.text}"`, strength + 1)
      const node = this.#joined(operator, left, right, token)
      return { node, strength }
    }
    if (token.kind !== 'word') return undefined
    return this.#wordInfix(before, precedence, token)
  }

  #wordInfix(before: Step, precedence: number, token: Token): Step | undefined {
    const left = before.node
    const word = token.text.toUpperCase()
    if (word === 'AND' || word === 'OR') {
      const strength = word === 'AND' ? AND : OR
      if (strength < precedence) return undefined
      this.tokens.next()
      const right = this.expression(word, strength + 1)
      return { node: this.#joined(word, left, right, token), strength }
    }
    if (word === 'IS') {
      if (IS < precedence) return undefined
      if (before.strength === IS) refuseChain(token)
      this.tokens.next()
      const node = this.#is(left, token)
      const compares = node.kind === 'operator' && node.operator.endsWith('DISTINCT FROM')
      return { node, strength: compares ? IS : 0 }
    }
    if (word === 'OVERLAPS') {
      if (COMPARISON < precedence) return undefined
      this.tokens.next()
      const right = this.expression(word, COMPARISON + 1)
      return { node: this.#joined(word, left, right, token), strength: COMPARISON }
    }
    const negated = word === 'NOT'
    const range = negated ? this.tokens.wordAt(1) : word
    if (range === undefined || !RANGE_WORDS.has(range) || BETWEEN < precedence) return undefined
    if (before.strength === BETWEEN) refuseChain(token)
    if (negated) this.tokens.next()
    this.tokens.next()
    const node = this.#range(left, range, negated ? 'NOT ' : '', token)
    // The values of IN are closed by a parenthesis, so another operator may follow.
    return { node, strength: range === 'IN' ? 0 : BETWEEN }
  }

  #is(left: Node, token: Token): Node {
    const not = this.tokens.acceptWord('NOT') ? 'NOT ' : ''
    if (this.tokens.acceptWord('DISTINCT', 'FROM')) {
      const right = this.expression('DISTINCT FROM', IS + 1)
      const operator: Operator = not === '' ? 'IS DISTINCT FROM' : 'IS NOT DISTINCT FROM'
      return this.#operator(operator, [left, right], this.spanFrom(left.span.start), token)
    }
    for (const word of ['NULL', 'TRUE', 'FALSE', 'UNKNOWN'] as const) {
      if (!this.tokens.acceptWord(word)) continue
      return this.#operator(`IS ${not}${word}`, [left], this.spanFrom(left.span.start), token)
    }
    if (this.tokens.acceptWord('JSON')) {
      const start = this.tokens.start
      const kind = ['VALUE', 'SCALAR', 'ARRAY', 'OBJECT'].find((word) =>
        this.tokens.acceptWord(word),
      )
      const span = kind === undefined ? token : this.spanFrom(start)
      const keyword = this.node({ kind: 'keyword', word: kind ?? 'VALUE' }, span, [])
      return this.#operator(`IS ${not}JSON`, [left, keyword], this.spanFrom(left.span.start), token)
    }
    return this.tokens.refuse(
      'NULL, TRUE, FALSE, UNKNOWN, DISTINCT FROM or JSON',
      `IS${not === '' ? '' : ' NOT'}`,
    )
  }

  #range(left: Node, word: string, not: '' | 'NOT ', token: Token): Node {
    if (word === 'IN') return this.#in(left, `${not}IN`, token)
    if (word === 'BETWEEN') {
      const symmetric = this.tokens.acceptWord('SYMMETRIC')
      if (!symmetric) this.tokens.acceptWord('ASYMMETRIC')
      const low = this.expression('BETWEEN', BETWEEN + 1)
      this.tokens.expectWord('AND', 'the lower bound of BETWEEN')
      const high = this.expression('AND', BETWEEN + 1)
      const operator: Operator = symmetric ? `${not}BETWEEN SYMMETRIC` : `${not}BETWEEN`
      return this.#operator(operator, [left, low, high], this.spanFrom(left.span.start), token)
    }
    if (word === 'SIMILAR') this.tokens.expectWord('TO', 'SIMILAR')
    const operator: Operator = word === 'LIKE' ? `${not}LIKE` : `${not}SIMILAR TO`
    const operands = [left, this.expression(operator, BETWEEN + 1)]
    if (this.tokens.acceptWord('ESCAPE')) operands.push(this.expression('ESCAPE', BETWEEN + 1))
    return this.#operator(operator, operands, this.spanFrom(left.span.start), token)
  }

  #in(left: Node, operator: 'IN' | 'NOT IN', token: Token): Node {
    this.tokens.expect('(', operator)
    this.#enter()
    const items: Node[] = [left]
    do items.push(this.expression(items.length === 1 ? `${operator} (` : '","'))
    while (this.tokens.accept(','))
    this.#nesting--
    this.tokens.expect(')', `the values of ${operator}`)
    return this.#operator(operator, items, this.spanFrom(left.span.start), token)
  }

  /** `a AND b AND c` is one node of three, so that long chains stay flat. */
  #joined(operator: Operator, left: Node, right: Node, token: Token): Node {
    const span = this.spanFrom(left.span.start)
    const flat = operator === 'AND' || operator === 'OR' || operator === '||'
    if (flat && left.kind === 'operator' && left.operator === operator && !this.#closed.has(left)) {
      this.#nodes--
      return this.#operator(operator, [...left.operands, right], span, token)
    }
    return this.#operator(operator, [left, right], span, token)
  }

  #operator(operator: Operator, operands: readonly Node[], span: Span, token: Token): Node {
    const operatorSpan = { start: token.start, end: token.end }
    return this.node({ kind: 'operator', operator, operands, operatorSpan }, span, operands)
  }

  /** The type after AS in CAST, RETURNING and the like. */
  type(after: string): Type {
    return sqlType(this.tokens, after)
  }
}

function refuseChain(token: Token): never {
  const message = `"${token.text}" compares the result of the comparison before it. Join two comparisons with AND or OR, or set parentheses.`
  throw new SyntaxRefusal('comparison-chained', { start: token.start, end: token.end }, message)
}
