/**
 * `+ - * / %` and signs over numbers, timestamps and intervals.
 *
 * Integers stay exact: a result beyond 2^53 - 1 is refused, and division cuts towards zero. A
 * zero added to a product turns -0 into 0, which integers do not have. Division by zero is
 * refused for doubles too, since neither JSON nor a user has a use for infinity.
 */

import { DOUBLE, INTEGER, INTERVAL, MONTHS, TIMESTAMP, type Type } from '../../type.ts'
import type { Value } from '../../value.ts'
import { type CheckContext, quoted } from '../check-context.ts'
import { isNumeric } from '../common-type.ts'
import { EvaluationError } from '../errors.ts'
import type { Code } from '../generate/code.ts'
import { INTEGER_MAX } from '../limits.ts'
import type { Node, OperatorShape } from '../syntax.ts'
import { daysInMonth, fromParts, TIMESTAMP_MAX, TIMESTAMP_MIN, toDateParts } from '../timestamp.ts'
import { type CompileContext, describe, type Evaluate, type Typed } from '../typed.ts'

type Arithmetic = '+' | '-' | '*' | '/' | '%'
type Combine = (a: number, b: number) => number

interface Rule {
  readonly type: Type
  readonly combine: Combine
}

export function checkArithmetic(
  node: Node & OperatorShape,
  operands: readonly Typed[],
  context: CheckContext,
): Typed {
  const [a, b] = operands
  if (a === undefined || b === undefined || !context.known(operands)) return context.unknown(node)
  const operator = node.operator as Arithmetic
  if (!context.notAny(a, 'DOUBLE') || !context.notAny(b, 'DOUBLE')) return context.unknown(node)
  const rule = ruleFor(operator, a.type, b.type)
  if (rule === undefined) {
    return context.refuse('operator-types', node.operatorSpan, refusal(operator, a, b), node.span)
  }
  return context.derived(
    node,
    rule.type,
    operands,
    (compile) => combined(operator, rule, a, b, compile),
    { generate: (code) => generateArithmetic(operator, rule, a, b, code) },
  )
}

export function checkSign(
  node: Node & OperatorShape,
  operands: readonly Typed[],
  context: CheckContext,
): Typed {
  const [operand] = operands
  if (operand === undefined || !context.known(operands)) return context.unknown(node)
  if (!context.notAny(operand, 'DOUBLE')) return context.unknown(node)
  const { kind } = operand.type
  const fitting =
    isNumeric(operand.type) || kind === 'interval' || kind === 'months' || kind === 'null'
  if (!fitting) {
    const sign = node.operator === 'negate' ? '-' : '+'
    return context.refuse(
      'operator-types',
      node.operatorSpan,
      `"${sign}" takes a number or an interval, but ${quoted(operand)} is ${describe(operand.type)}. CAST it to one.`,
      node.span,
    )
  }
  const type = kind === 'null' ? INTEGER : operand.type
  return context.derived(
    node,
    type,
    operands,
    (compile) => {
      const read = operand.compile(compile)
      if (node.operator === 'plus') return read
      return (row, other) => {
        const value = read(row, other)
        return value === null ? null : 0 - (value as number)
      }
    },
    {
      generate: (code) => {
        if (node.operator === 'plus') return code.value(operand)
        return code.allThen([operand], (value) => `0 - ${value}`)
      },
    },
  )
}

/** Which operation two types have, or undefined where there is none. */
function ruleFor(operator: Arithmetic, a: Type, b: Type): Rule | undefined {
  if (a.kind === 'null')
    return ruleFor(operator, b.kind === 'null' ? INTEGER : nullBeside(operator, b), b)
  if (b.kind === 'null') return ruleFor(operator, a, nullBeside(operator, a))
  if (isNumeric(a) && isNumeric(b)) {
    const integers = a.kind === 'integer' && b.kind === 'integer'
    return integers
      ? { type: INTEGER, combine: INTEGERS[operator] }
      : { type: DOUBLE, combine: DOUBLES[operator] }
  }
  return timeRule(operator, a, b)
}

/** The type that NULL has beside another operand. */
function nullBeside(operator: Arithmetic, type: Type): Type {
  if (type.kind === 'timestamp') return INTERVAL
  const scaled = operator === '*' || operator === '/'
  return scaled && (type.kind === 'interval' || type.kind === 'months') ? INTEGER : type
}

function timeRule(operator: Arithmetic, a: Type, b: Type): Rule | undefined {
  const kinds = `${a.kind} ${operator} ${b.kind}`
  if (kinds === 'timestamp + interval')
    return { type: TIMESTAMP, combine: (x, y) => timestamp(x + y) }
  if (kinds === 'timestamp - interval')
    return { type: TIMESTAMP, combine: (x, y) => timestamp(x - y) }
  if (kinds === 'interval + timestamp')
    return { type: TIMESTAMP, combine: (x, y) => timestamp(x + y) }
  if (kinds === 'timestamp + months') return { type: TIMESTAMP, combine: addMonths }
  if (kinds === 'timestamp - months')
    return { type: TIMESTAMP, combine: (x, y) => addMonths(x, -y) }
  if (kinds === 'months + timestamp') return { type: TIMESTAMP, combine: (x, y) => addMonths(y, x) }
  if (kinds === 'timestamp - timestamp') return { type: INTERVAL, combine: INTEGERS['-'] }
  if (a.kind === 'interval' || a.kind === 'months') {
    const type = a.kind === 'interval' ? INTERVAL : MONTHS
    if (a.kind === b.kind && (operator === '+' || operator === '-'))
      return { type, combine: INTEGERS[operator] }
    if (isNumeric(b) && (operator === '*' || operator === '/')) {
      return { type, combine: operator === '*' ? scaled : divided }
    }
  }
  if ((b.kind === 'interval' || b.kind === 'months') && isNumeric(a) && operator === '*') {
    return { type: b, combine: scaled }
  }
  return undefined
}

const INTEGERS: Readonly<Record<Arithmetic, Combine>> = {
  '+': (a, b) => exact(a + b),
  '-': (a, b) => exact(a - b),
  '*': (a, b) => exact(a * b + 0),
  '/': (a, b) => Math.trunc(a / nonZero(b)) + 0,
  '%': (a, b) => (a % nonZero(b)) + 0,
}

const DOUBLES: Readonly<Record<Arithmetic, Combine>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / nonZero(b),
  '%': (a, b) => a % nonZero(b),
}

function scaled(a: number, b: number): number {
  return exact(Math.trunc(a * b) + 0)
}

function divided(a: number, b: number): number {
  return exact(Math.trunc(a / nonZero(b)) + 0)
}

/**
 * Hot cases have closures of their own, so that each stays monomorphic and does no call per
 * operand.
 */
function combined(
  operator: Arithmetic,
  rule: Rule,
  a: Typed,
  b: Typed,
  context: CompileContext,
): Evaluate {
  if (rule.type.kind === 'double') return doubles(operator, a.compile(context), b.compile(context))
  if (rule.type.kind === 'integer')
    return integers(operator, a.compile(context), b.compile(context))
  const { combine } = rule
  return both(a.compile(context), b.compile(context), combine)
}

/** Sums, differences and products in place; the rest through the rule's function. */
function generateArithmetic(
  operator: Arithmetic,
  { type, combine }: Rule,
  a: Typed,
  b: Typed,
  code: Code,
): string {
  const plain = operator === '+' || operator === '-' || operator === '*'
  if (plain && type.kind === 'double')
    return code.allThen([a, b], (x, y) => `${x} ${operator} ${y}`)
  if (plain && type.kind === 'integer') {
    const name = code.capture(exact)
    const zero = operator === '*' ? ' + 0' : ''
    return code.allThen([a, b], (x, y) => `${name}(${x} ${operator} ${y}${zero})`)
  }
  const name = code.capture(combine)
  return code.allThen([a, b], (x, y) => `${name}(${x}, ${y})`)
}

function doubles(operator: Arithmetic, a: Evaluate, b: Evaluate): Evaluate {
  if (operator === '+') {
    return (row, other) => {
      const x = a(row, other)
      const y = b(row, other)
      return x === null || y === null ? null : (x as number) + (y as number)
    }
  }
  if (operator === '-') {
    return (row, other) => {
      const x = a(row, other)
      const y = b(row, other)
      return x === null || y === null ? null : (x as number) - (y as number)
    }
  }
  if (operator === '*') {
    return (row, other) => {
      const x = a(row, other)
      const y = b(row, other)
      return x === null || y === null ? null : (x as number) * (y as number)
    }
  }
  return both(a, b, DOUBLES[operator])
}

function integers(operator: Arithmetic, a: Evaluate, b: Evaluate): Evaluate {
  if (operator === '+') {
    return (row, other) => {
      const x = a(row, other)
      const y = b(row, other)
      return x === null || y === null ? null : exact((x as number) + (y as number))
    }
  }
  return both(a, b, INTEGERS[operator])
}

function both(a: Evaluate, b: Evaluate, combine: Combine): Evaluate {
  return (row, other) => {
    const x: Value = a(row, other)
    const y: Value = b(row, other)
    return x === null || y === null ? null : combine(x as number, y as number)
  }
}

/** The integer, unless it is beyond the range in which integers are exact. */
export function exact(value: number): number {
  if (value <= INTEGER_MAX && value >= -INTEGER_MAX) return value
  throw new EvaluationError(
    `The result ${value} is beyond ${INTEGER_MAX}, up to which integers are exact. CAST an operand to DOUBLE.`,
    'integer-overflow',
  )
}

export function timestamp(value: number): number {
  if (value >= TIMESTAMP_MIN && value <= TIMESTAMP_MAX) return value
  throw new EvaluationError(
    'The timestamp is outside the years 0000 to 9999. Use a smaller interval.',
    'timestamp-out-of-range',
  )
}

/** The same day of a later month, or its last day where it is shorter. */
export function addMonths(timestampMs: number, months: number): number {
  const { year, month, day } = toDateParts(timestampMs)
  const total = year * 12 + month - 1 + months
  const newYear = Math.floor(total / 12)
  if (newYear < 0 || newYear > 9999) return timestamp(Number.POSITIVE_INFINITY)
  const newMonth = total - newYear * 12 + 1
  const date =
    fromParts(newYear, newMonth, Math.min(day, daysInMonth(newYear, newMonth)), 0, 0, 0, 0) ?? 0
  return date + timestampMs - Math.floor(timestampMs / 86_400_000) * 86_400_000
}

function nonZero(divisor: number): number {
  if (divisor !== 0) return divisor
  throw new EvaluationError(
    'Division by zero. Guard the divisor with NULLIF(x, 0), which gives NULL instead.',
    'division-by-zero',
  )
}

function refusal(operator: Arithmetic, a: Typed, b: Typed): string {
  const types = `"${operator}" cannot be used with ${describe(a.type)} and ${describe(b.type)}.`
  const strings = a.type.kind === 'string' || b.type.kind === 'string'
  if (operator === '+' && strings)
    return `${types} Join texts with ||, or CAST the text to a number.`
  if (strings) {
    const text = a.type.kind === 'string' ? a : b
    return `${types} Write CAST(${text.text} AS DOUBLE) to calculate with it.`
  }
  if (a.type.kind === 'timestamp' || b.type.kind === 'timestamp') {
    return `${types} Add or subtract an interval, such as INTERVAL '1' HOUR.`
  }
  return `${types} It takes numbers; CAST the operands.`
}
