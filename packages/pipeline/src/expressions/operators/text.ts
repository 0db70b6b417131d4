/** `||`, LIKE, SIMILAR TO and IS JSON. */

import { BOOLEAN, STRING } from '../../type.ts'
import type { Value } from '../../value.ts'
import { type CheckContext, quoted } from '../check-context.ts'
import { EvaluationError } from '../errors.ts'
import { parseJson } from '../json.ts'
import { compileLike } from '../like.ts'
import { checkStringLength } from '../limits.ts'
import {
  compilePattern,
  matchesWhole,
  PatternAwaited,
  PatternCache,
  similarPattern,
} from '../regexp.ts'
import type { Node, OperatorShape } from '../syntax.ts'
import { type CompileContext, describe, type Evaluate, type Typed } from '../typed.ts'

type OperatorNode = Node & OperatorShape

export function checkConcatenation(
  node: OperatorNode,
  operands: readonly Typed[],
  context: CheckContext,
): Typed {
  if (!textsOnly(node, operands, context)) return context.unknown(node)
  return context.derived(node, STRING, operands, (compile) => concatenation(operands, compile), {
    metered: true,
  })
}

function concatenation(
  operands: readonly Typed[],
  { meter, ...context }: CompileContext,
): Evaluate {
  const reads = operands.map((operand) => operand.compile({ meter, ...context }))
  return (row, other) => {
    let text = ''
    for (const read of reads) {
      const value = read(row, other)
      if (value === null) return null
      checkStringLength(text.length + (value as string).length)
      text += value as string
    }
    meter.charge(text.length)
    return text
  }
}

type Test = (text: string) => boolean

export function checkLike(
  node: OperatorNode,
  operands: readonly Typed[],
  context: CheckContext,
): Typed {
  return checkMatch(node, operands, context, compileLike)
}

export function checkSimilar(
  node: OperatorNode,
  operands: readonly Typed[],
  context: CheckContext,
): Typed {
  return checkMatch(node, operands, context, (pattern, escapeText) => {
    const compiled = compilePattern(similarPattern(pattern, escapeText), pattern)
    return (text) => matchesWhole(compiled, text)
  })
}

/**
 * A constant pattern is prepared once and refused while typing; another one is prepared when it
 * changes.
 */
function checkMatch(
  node: OperatorNode,
  operands: readonly Typed[],
  context: CheckContext,
  prepare: (pattern: string, escapeText: string | null) => Test,
): Typed {
  if (!textsOnly(node, operands, context)) return context.unknown(node)
  const [text, pattern, escapeText] = operands
  if (text === undefined || pattern === undefined) return context.unknown(node)
  const constantPattern = pattern.constant?.value
  const constantEscape = escapeText === undefined ? null : escapeText.constant?.value
  if (typeof constantPattern === 'string' && constantEscape !== undefined) {
    try {
      prepare(constantPattern, constantEscape as string | null)
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error
      if (!(error instanceof PatternAwaited)) {
        return context.refuse('pattern', pattern.span, error.message, node.span)
      }
    }
  }
  const negated = node.operator.startsWith('NOT')
  return context.derived(
    node,
    BOOLEAN,
    operands,
    (compile) => {
      const reads = operands.map((operand) => operand.compile(compile))
      return matching(reads, negated, prepare, compile)
    },
    { metered: true },
  )
}

function matching(
  reads: readonly Evaluate[],
  negated: boolean,
  prepare: (pattern: string, escapeText: string | null) => Test,
  { meter }: CompileContext,
): Evaluate {
  const tests = new PatternCache<Test>()
  const [readText, readPattern, readEscape] = reads
  return (row, other) => {
    const text = readText?.(row, other) ?? null
    const pattern = readPattern?.(row, other) ?? null
    const escapeText = readEscape?.(row, other) ?? null
    if (text === null || pattern === null || (readEscape !== undefined && escapeText === null))
      return null
    const key =
      escapeText === null ? (pattern as string) : `${escapeText as string}\0${pattern as string}`
    const test = tests.get(key, () => prepare(pattern as string, escapeText as string | null))
    meter.charge((text as string).length)
    return test(text as string) !== negated
  }
}

export function checkIsJson(
  node: OperatorNode,
  operands: readonly Typed[],
  context: CheckContext,
): Typed {
  const [text, kind] = operands
  if (text === undefined || kind === undefined || !textsOnly(node, operands, context))
    return context.unknown(node)
  const wanted = kind.constant?.value
  const negated = node.operator === 'IS NOT JSON'
  return context.derived(
    node,
    BOOLEAN,
    operands,
    (compile) => {
      const read = text.compile(compile)
      return (row, other) => {
        const value = read(row, other)
        if (value === null) return null
        compile.meter.charge((value as string).length)
        const parsed = parseJson(value as string)
        return (parsed !== undefined && isKind(parsed, wanted)) !== negated
      }
    },
    { metered: true },
  )
}

function isKind(value: Value, kind: Value | undefined): boolean {
  if (kind === 'VALUE') return true
  if (kind === 'ARRAY') return Array.isArray(value)
  const composite = typeof value === 'object' && value !== null
  return kind === 'SCALAR' ? !composite : composite && !Array.isArray(value)
}

/** In programming languages the same sign stands between conditions. */
function castAdvice(operator: string, operand: Typed): string {
  const cast = `CAST(${operand.text} AS STRING)`
  const isCondition = operator === '||' && operand.type.kind === 'boolean'
  return isCondition ? `Write OR between conditions, or ${cast}.` : `Write ${cast}.`
}

function textsOnly(node: OperatorNode, operands: readonly Typed[], context: CheckContext): boolean {
  if (!context.known(operands)) return false
  for (const operand of operands) {
    const { kind } = operand.type
    if (kind === 'string' || kind === 'null') continue
    if (!context.notAny(operand, 'STRING')) return false
    context.refuse(
      'operator-types',
      operand.span,
      `"${node.operator}" takes strings, but ${quoted(operand)} is ${describe(operand.type)}. ${castAdvice(node.operator, operand)}`,
    )
    return false
  }
  return true
}
