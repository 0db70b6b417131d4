/**
 * `= <> < <= > >=`, `IS [NOT] DISTINCT FROM`, `BETWEEN`, `IN` and `OVERLAPS`, with NULL as
 * unknown.
 */

import { BOOLEAN, type Type } from '../../type.ts'
import { compareValues, type Value } from '../../value.ts'
import { type CheckContext, quoted } from '../check-context.ts'
import { commonType, isNumeric } from '../common-type.ts'
import type { Code } from '../generate/code.ts'
import type { Node, Operator, OperatorShape } from '../syntax.ts'
import { type CompileContext, describe, type Evaluate, type Typed } from '../typed.ts'

export type Comparison = '=' | '<>' | '<' | '<=' | '>' | '>='
type OperatorNode = Node & OperatorShape

const ORDERED: readonly string[] = [
  'boolean',
  'integer',
  'double',
  'string',
  'timestamp',
  'interval',
  'months',
  'null',
]

export function checkComparison(
  node: OperatorNode,
  operands: readonly Typed[],
  context: CheckContext,
): Typed {
  const [a, b] = operands
  if (a === undefined || b === undefined) return context.unknown(node)
  const ordered =
    node.operator !== '=' && node.operator !== '<>' && !node.operator.endsWith('DISTINCT FROM')
  const type = comparedType(node, operands, ordered, context)
  if (type === undefined) return context.unknown(node)
  const { operator } = node
  return context.derived(
    node,
    BOOLEAN,
    operands,
    (compile) => {
      if (operator === 'IS DISTINCT FROM' || operator === 'IS NOT DISTINCT FROM') {
        return distinction(operator, isFlat(type), a.compile(compile), b.compile(compile))
      }
      if (!isFlat(type))
        return deepEquality(operator === '=', a.compile(compile), b.compile(compile))
      return comparison(operator as Comparison, a, b, compile)
    },
    isFlat(type) ? { generate: (code) => generateComparison(operator, a, b, code) } : {},
  )
}

const SCRIPT: Readonly<Record<Comparison, string>> = {
  '=': '===',
  '<>': '!==',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
}

function generateComparison(operator: Operator, a: Typed, b: Typed, code: Code): string {
  if (operator === 'IS DISTINCT FROM') return `(${code.value(a)} !== ${code.value(b)})`
  if (operator === 'IS NOT DISTINCT FROM') return `(${code.value(a)} === ${code.value(b)})`
  return code.allThen([a, b], (x, y) => `${x} ${SCRIPT[operator as Comparison]} ${y}`)
}

/** The type in which the operands are compared; reports where they have none. */
export function comparedType(
  node: OperatorNode,
  operands: readonly Typed[],
  ordered: boolean,
  context: CheckContext,
): Type | undefined {
  if (!context.known(operands)) return undefined
  const concrete = operands.find(({ type }) => type.kind !== 'any' && type.kind !== 'null')
  for (const operand of operands) {
    if (!context.notAny(operand, castName(concrete?.type))) return undefined
  }
  const type = commonType(operands.map((operand) => operand.type))
  if (type === undefined) {
    context.refuse('operator-types', node.operatorSpan, typesRefusal(node.operator, operands))
    return undefined
  }
  if (ordered && !ORDERED.includes(type.kind)) {
    context.refuse(
      'operator-types',
      node.operatorSpan,
      `"${node.operator}" needs values that have an order, but ${describe(type)} has none. Compare one of its parts.`,
    )
    return undefined
  }
  return type
}

/** Values of this type are compared with `===`. */
export function isFlat(type: Type): boolean {
  return type.kind !== 'list' && type.kind !== 'record' && type.kind !== 'any'
}

export function checkBetween(
  node: OperatorNode,
  operands: readonly Typed[],
  context: CheckContext,
): Typed {
  const [value, low, high] = operands
  const type = comparedType(node, operands, true, context)
  if (value === undefined || low === undefined || high === undefined || type === undefined)
    return context.unknown(node)
  const negated = node.operator.startsWith('NOT')
  const symmetric = node.operator.endsWith('SYMMETRIC')
  return context.derived(
    node,
    BOOLEAN,
    operands,
    (compile) => {
      const [x, a, b] = [value.compile(compile), low.compile(compile), high.compile(compile)]
      return (row, other) => {
        const v = x(row, other)
        const first = a(row, other)
        const second = b(row, other)
        const inside = symmetric
          ? either(within(v, first, second), within(v, second, first))
          : within(v, first, second)
        return inside === null ? null : inside !== negated
      }
    },
    symmetric ? {} : { generate: (code) => generateBetween([value, low, high], negated, code) },
  )
}

function generateBetween(operands: readonly Typed[], negated: boolean, code: Code): string {
  const steps = operands.map((operand) => `${code.value(operand)}`)
  const inside = `${code.capture(within)}(${steps.join(', ')})`
  if (!negated) return inside
  const name = code.temporary()
  return `((${name} = ${inside}) === null ? null : !${name})`
}

/**
 * `v >= low AND v <= high`: false as soon as one bound is known to be passed, even if the other
 * is NULL.
 */
function within(v: Value, low: Value, high: Value): boolean | null {
  if (v === null) return null
  if (low !== null && v < low) return false
  if (high !== null && v > high) return false
  if (low === null || high === null) return null
  return v >= low && v <= high
}

function either(a: boolean | null, b: boolean | null): boolean | null {
  if (a === true || b === true) return true
  return a === null || b === null ? null : false
}

export function checkIn(
  node: OperatorNode,
  operands: readonly Typed[],
  context: CheckContext,
): Typed {
  const type = comparedType(node, operands, false, context)
  const [value, ...items] = operands
  if (value === undefined || type === undefined) return context.unknown(node)
  const negated = node.operator === 'NOT IN'
  const constants = items.every((item) => item.constant !== undefined)
  return context.derived(
    node,
    BOOLEAN,
    operands,
    (compile) => {
      const read = value.compile(compile)
      if (constants && isFlat(type))
        return inSet(
          read,
          items.map((item) => item.constant?.value ?? null),
          negated,
        )
      return inList(
        read,
        items.map((item) => item.compile(compile)),
        isFlat(type),
        negated,
      )
    },
    constants && isFlat(type)
      ? { generate: (code) => generateInSet(value, items, negated, code) }
      : {},
  )
}

/** NaN is not equal to itself, so it is in no list. */
function knownValues(values: readonly Value[]): ReadonlySet<Value> {
  return new Set(values.filter((value) => value !== null && !Number.isNaN(value)))
}

function generateInSet(
  value: Typed,
  items: readonly Typed[],
  negated: boolean,
  code: Code,
): string {
  const values = items.map((item) => item.constant?.value ?? null)
  const known = code.capture(knownValues(values))
  const otherwise = values.includes(null) ? null : negated
  return code.allThen([value], (name) => `${known}.has(${name}) ? ${!negated} : ${otherwise}`)
}

function inSet(read: Evaluate, values: readonly Value[], negated: boolean): Evaluate {
  const known = knownValues(values)
  const otherwise = values.includes(null) ? null : negated
  return (row, other) => {
    const value = read(row, other)
    if (value === null) return null
    return known.has(value) ? !negated : otherwise
  }
}

function inList(
  read: Evaluate,
  items: readonly Evaluate[],
  flat: boolean,
  negated: boolean,
): Evaluate {
  return (row, other) => {
    const value = read(row, other)
    if (value === null) return null
    let unknown = false
    for (const item of items) {
      const candidate = item(row, other)
      if (candidate === null) unknown = true
      else if (flat ? candidate === value : compareValues(candidate, value) === 0) return !negated
    }
    return unknown ? null : negated
  }
}

/** `(start, end) OVERLAPS (start, end)`, where the end may be an interval after the start. */
export function checkOverlaps(
  node: OperatorNode,
  operands: readonly Typed[],
  context: CheckContext,
): Typed {
  if (!context.known(operands)) return context.unknown(node)
  for (const operand of operands) {
    const { type } = operand
    const kinds = type.kind === 'record' ? type.fields.map((field) => field.type.kind) : []
    const fitting =
      kinds.length === 2 &&
      kinds[0] === 'timestamp' &&
      (kinds[1] === 'timestamp' || kinds[1] === 'interval')
    if (fitting) continue
    return context.refuse(
      'operator-types',
      operand.span,
      `OVERLAPS takes two periods, but ${quoted(operand)} is ${describe(type)}. Write (start, end) with timestamps, or (start, interval).`,
      node.span,
    )
  }
  return context.derived(node, BOOLEAN, operands, (compile) => {
    const [a, b] = operands.map((operand) => period(operand, compile))
    return (row, other) => {
      const first = a?.(row, other) ?? null
      const second = b?.(row, other) ?? null
      if (first === null || second === null) return null
      return first[0] <= second[1] && second[0] <= first[1]
    }
  })
}

function period(
  operand: Typed,
  compile: CompileContext,
): (...rows: Parameters<Evaluate>) => [number, number] | null {
  const read = operand.compile(compile)
  const relative =
    operand.type.kind === 'record' && operand.type.fields[1]?.type.kind === 'interval'
  return (row, other) => {
    const [start, end] = read(row, other) as readonly Value[]
    if (typeof start !== 'number' || typeof end !== 'number') return null
    const last = relative ? start + end : end
    return start <= last ? [start, last] : [last, start]
  }
}

function distinction(operator: Operator, flat: boolean, a: Evaluate, b: Evaluate): Evaluate {
  const negated = operator === 'IS NOT DISTINCT FROM'
  if (flat) {
    return (row, other) => {
      const x = a(row, other)
      const y = b(row, other)
      return (x !== y) !== negated
    }
  }
  return (row, other) => (compareValues(a(row, other), b(row, other)) !== 0) !== negated
}

function deepEquality(equal: boolean, a: Evaluate, b: Evaluate): Evaluate {
  return (row, other) => {
    const x = a(row, other)
    const y = b(row, other)
    return x === null || y === null ? null : (compareValues(x, y) === 0) === equal
  }
}

const MIRRORED: Readonly<Record<Comparison, Comparison>> = {
  '=': '=',
  '<>': '<>',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
}

/** A column against a constant reads the row directly: filters spend their time here. */
export function comparison(
  operator: Comparison,
  a: Typed,
  b: Typed,
  context: CompileContext,
): Evaluate {
  if (a.column?.relation === 0 && b.constant !== undefined && b.constant.value !== null) {
    return columnAndConstant(operator, a.column.index, b.constant.value)
  }
  if (b.column?.relation === 0 && a.constant !== undefined && a.constant.value !== null) {
    return columnAndConstant(MIRRORED[operator], b.column.index, a.constant.value)
  }
  return compared(operator, a.compile(context), b.compile(context))
}

function columnAndConstant(
  operator: Comparison,
  index: number,
  limit: boolean | number | string | object,
): Evaluate {
  // Numbers, strings and booleans alike: the types were checked, so JavaScript's operators mean
  // what SQL's do.
  const constant = limit as number
  if (operator === '=') return (row) => (row[index] === null ? null : row[index] === constant)
  if (operator === '<>') return (row) => (row[index] === null ? null : row[index] !== constant)
  if (operator === '<')
    return (row) => (row[index] === null ? null : (row[index] as number) < constant)
  if (operator === '<=')
    return (row) => (row[index] === null ? null : (row[index] as number) <= constant)
  if (operator === '>')
    return (row) => (row[index] === null ? null : (row[index] as number) > constant)
  return (row) => (row[index] === null ? null : (row[index] as number) >= constant)
}

function compared(operator: Comparison, a: Evaluate, b: Evaluate): Evaluate {
  if (operator === '=')
    return (row, other) => {
      const x = a(row, other)
      const y = b(row, other)
      return x === null || y === null ? null : x === y
    }
  if (operator === '<>')
    return (row, other) => {
      const x = a(row, other)
      const y = b(row, other)
      return x === null || y === null ? null : x !== y
    }
  if (operator === '<')
    return (row, other) => {
      const x = a(row, other)
      const y = b(row, other)
      return x === null || y === null ? null : x < y
    }
  if (operator === '<=')
    return (row, other) => {
      const x = a(row, other)
      const y = b(row, other)
      return x === null || y === null ? null : x <= y
    }
  if (operator === '>')
    return (row, other) => {
      const x = a(row, other)
      const y = b(row, other)
      return x === null || y === null ? null : x > y
    }
  return (row, other) => {
    const x = a(row, other)
    const y = b(row, other)
    return x === null || y === null ? null : x >= y
  }
}

function castName(type: Type | undefined): string {
  if (type === undefined || type.kind === 'list' || type.kind === 'record') return 'STRING'
  return isNumeric(type) ? 'DOUBLE' : type.kind.toUpperCase()
}

function typesRefusal(operator: Operator, operands: readonly Typed[]): string {
  const [first] = operands
  const second = operands.find(
    (operand) => first !== undefined && commonType([first.type, operand.type]) === undefined,
  )
  if (first === undefined || second === undefined)
    return `"${operator}" compares values of different types. CAST them to one type.`
  const types = `"${operator}" cannot compare ${describe(first.type)} with ${describe(second.type)}.`
  const text =
    first.type.kind === 'string' ? first : second.type.kind === 'string' ? second : undefined
  const against = text === first ? second : first
  if (text === undefined) return `${types} CAST one of them to the type of the other.`
  if (against.type.kind === 'timestamp') {
    if (text.constant !== undefined) return `${types} Write TIMESTAMP ${text.text}.`
    return `${types} Write CAST(${text.text} AS TIMESTAMP).`
  }
  return `${types} Write CAST(${text.text} AS ${castName(against.type)}).`
}
