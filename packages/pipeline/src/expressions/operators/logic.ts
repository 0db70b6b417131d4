/** AND, OR, NOT and the tests after IS, in three-valued logic: NULL is unknown. */

import { BOOLEAN } from '../../type.ts'
import type { Value } from '../../value.ts'
import type { CheckContext } from '../check-context.ts'
import type { Code } from '../generate/code.ts'
import type { Node, OperatorShape } from '../syntax.ts'
import type { Evaluate, Typed } from '../typed.ts'

type OperatorNode = Node & OperatorShape

export function checkLogic(
  node: OperatorNode,
  operands: readonly Typed[],
  context: CheckContext,
): Typed {
  let fitting = true
  for (const operand of operands) fitting = context.condition(operand, node.operator) && fitting
  if (!fitting || !context.known(operands)) return context.unknown(node)
  return context.derived(
    node,
    BOOLEAN,
    operands,
    (compile) => {
      const parts = operands.map((operand) => operand.compile(compile))
      return node.operator === 'AND' ? conjunction(parts) : disjunction(parts)
    },
    { generate: (code) => generateLogic(node.operator === 'AND', operands, code) },
  )
}

/** Evaluates part by part until one decides, as the closures do. */
function generateLogic(and: boolean, operands: readonly Typed[], code: Code): string {
  const decisive = String(!and)
  const names = operands.map((operand) => ({ source: code.value(operand), name: code.temporary() }))
  const decided = names.map(({ name, source }) => `(${name} = ${source}) === ${decisive}`)
  const unknown = names.map(({ name }) => `${name} === null`)
  return `(${decided.join(' || ')} ? ${decisive} : ${unknown.join(' || ')} ? null : ${and})`
}

/** Stops at the first FALSE: what stands after it is not evaluated, so it can guard a division. */
function conjunction(parts: readonly Evaluate[]): Evaluate {
  const [a, b] = parts
  if (parts.length === 2 && a !== undefined && b !== undefined) {
    return (row, other) => {
      const x = a(row, other)
      if (x === false) return false
      const y = b(row, other)
      return y === false ? false : x === null || y === null ? null : true
    }
  }
  return (row, other) => {
    let result: Value = true
    for (const part of parts) {
      const value = part(row, other)
      if (value === false) return false
      if (value === null) result = null
    }
    return result
  }
}

/** Stops at the first TRUE. */
function disjunction(parts: readonly Evaluate[]): Evaluate {
  const [a, b] = parts
  if (parts.length === 2 && a !== undefined && b !== undefined) {
    return (row, other) => {
      const x = a(row, other)
      if (x === true) return true
      const y = b(row, other)
      return y === true ? true : x === null || y === null ? null : false
    }
  }
  return (row, other) => {
    let result: Value = false
    for (const part of parts) {
      const value = part(row, other)
      if (value === true) return true
      if (value === null) result = null
    }
    return result
  }
}

export function checkNot(
  node: OperatorNode,
  operands: readonly Typed[],
  context: CheckContext,
): Typed {
  const [operand] = operands
  if (operand === undefined || !context.condition(operand, 'NOT') || !context.known(operands)) {
    return context.unknown(node)
  }
  return context.derived(
    node,
    BOOLEAN,
    operands,
    (compile) => {
      const read = operand.compile(compile)
      return (row, other) => {
        const value = read(row, other)
        return value === null ? null : value !== true
      }
    },
    { generate: (code) => code.allThen([operand], (value) => `${value} !== true`) },
  )
}

/** `IS [NOT] NULL | TRUE | FALSE | UNKNOWN`: never NULL themselves. */
export function checkIs(
  node: OperatorNode,
  operands: readonly Typed[],
  context: CheckContext,
): Typed {
  const [operand] = operands
  if (operand === undefined || !context.known(operands)) return context.unknown(node)
  const word = node.operator.split(' ').at(-1) ?? 'NULL'
  if (word !== 'NULL' && !context.condition(operand, node.operator)) return context.unknown(node)
  const wanted = word === 'TRUE' ? true : word === 'FALSE' ? false : null
  const negated = node.operator.startsWith('IS NOT')
  return context.derived(
    node,
    BOOLEAN,
    operands,
    (compile) => {
      const read = operand.compile(compile)
      if (negated) return (row, other) => read(row, other) !== wanted
      return (row, other) => read(row, other) === wanted
    },
    { generate: (code) => `(${code.value(operand)} ${negated ? '!==' : '==='} ${wanted})` },
  )
}
