/** `CASE WHEN condition THEN ... END` and `CASE x WHEN value THEN ... END`. */

import { NULL } from '../../type.ts'
import { compareValues } from '../../value.ts'
import type { CheckContext } from '../check-context.ts'
import { commonType } from '../common-type.ts'
import type { Code } from '../generate/code.ts'
import type { CaseShape, Node } from '../syntax.ts'
import { type CompileContext, describe, type Evaluate, type Typed } from '../typed.ts'

interface Branch {
  readonly when: readonly Typed[]
  readonly result: Typed
}

export function checkCase(
  node: Node & CaseShape,
  check: (node: Node) => Typed,
  context: CheckContext,
): Typed {
  const operand = node.operand === undefined ? undefined : check(node.operand)
  const branches: Branch[] = node.branches.map(({ when, result }) => {
    return { when: when.map(check), result: check(result) }
  })
  const otherwise = node.otherwise === undefined ? undefined : check(node.otherwise)
  const conditions = branches.flatMap(({ when }) => when)
  const results = branches.map(({ result }) => result)
  if (otherwise !== undefined) results.push(otherwise)
  const parts = [...(operand === undefined ? [] : [operand]), ...conditions, ...results]
  if (!conditionsFit(node, operand, conditions, context) || !context.known(parts))
    return context.unknown(node)
  const type = commonType(results.map((result) => result.type))
  if (type === undefined) {
    const types = [...new Set(results.map((result) => describe(result.type)))].join(' and ')
    return context.refuse(
      'case-types',
      node.span,
      `The results of CASE have one type, but here are ${types}. CAST them to one type.`,
    )
  }
  return context.derived(
    node,
    type.kind === 'null' ? NULL : type,
    parts,
    (compile) => {
      const last = otherwise?.compile(compile) ?? (() => null)
      return chosen(
        branches.map((branch) => test(operand, branch, compile)),
        branches.map(({ result }) => result.compile(compile)),
        last,
      )
    },
    operand === undefined ? { generate: (code) => generateCase(branches, otherwise, code) } : {},
  )
}

function generateCase(
  branches: readonly Branch[],
  otherwise: Typed | undefined,
  code: Code,
): string {
  const chosen = branches.map(({ when: [condition], result }) => {
    const test = condition === undefined ? 'null' : code.value(condition)
    return `${test} === true ? ${code.value(result)} : `
  })
  return `(${chosen.join('')}${otherwise === undefined ? 'null' : code.value(otherwise)})`
}

function conditionsFit(
  node: Node & CaseShape,
  operand: Typed | undefined,
  conditions: readonly Typed[],
  context: CheckContext,
): boolean {
  if (operand === undefined) {
    let fitting = true
    for (const condition of conditions) fitting = context.condition(condition, 'WHEN') && fitting
    return fitting
  }
  const compared = [operand, ...conditions]
  if (!context.known(compared)) return true
  for (const part of compared) {
    if (!context.notAny(part, 'STRING')) return false
  }
  for (const condition of conditions) {
    if (commonType([operand.type, condition.type]) !== undefined) continue
    context.refuse(
      'case-types',
      condition.span,
      `CASE compares ${describe(operand.type)} with ${describe(condition.type)}. CAST one of them to the type of the other.`,
      node.span,
    )
    return false
  }
  return true
}

function test(operand: Typed | undefined, { when }: Branch, compile: CompileContext): Evaluate {
  const reads = when.map((part) => part.compile(compile))
  const [first] = reads
  if (operand === undefined) return first ?? (() => null)
  const read = operand.compile(compile)
  return (row, other) => {
    const value = read(row, other)
    if (value === null) return false
    return reads.some((candidate) => {
      const wanted = candidate(row, other)
      return wanted !== null && compareValues(value, wanted) === 0
    })
  }
}

function chosen(
  tests: readonly Evaluate[],
  results: readonly Evaluate[],
  otherwise: Evaluate,
): Evaluate {
  return (row, other) => {
    for (let index = 0; index < tests.length; index++) {
      if (tests[index]?.(row, other) === true) return results[index]?.(row, other) ?? null
    }
    return otherwise(row, other)
  }
}
