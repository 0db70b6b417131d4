/** The entrance: checks expressions against the columns they may read, and compiles them. */

import { type Type, typeText, UNKNOWN } from '../type.ts'
import type { Row } from '../value.ts'
import { CheckContext } from './check-context.ts'
import { Checker, type Scope } from './checker.ts'
import { fits } from './common-type.ts'
import { compileTyped, compileTypedRow, type ExpressionContext } from './generate/compile.ts'
import { compileLoop, type LoopSettings, type RowLoop } from './generate/row-loop.ts'
import { parseExpression } from './parser.ts'
import type { ExpressionProblem } from './syntax.ts'
import {
  type ColumnRead,
  column,
  describe,
  type Evaluate,
  type Typed,
  type VolatileCall,
} from './typed.ts'

export { compileTyped, type ExpressionContext }

export interface CompiledExpression {
  readonly type: Type
  /**
   * Throws EvaluationError where a record has no value: the message is the reason. Cost is
   * bounded. It keeps nothing between records but the last few patterns that came as data,
   * prepared.
   */
  readonly evaluate: Evaluate
  /** The columns it reads, by relation and index. */
  readonly columns: readonly ColumnRead[]
}

export interface CheckedExpression {
  readonly type: Type
  readonly problems: readonly ExpressionProblem[]
  /** The call by which it may differ between two evaluations over the same row, such as NOW(). */
  readonly volatile?: VolatileCall
}

/** `expected` is what must come out: `boolean` for a condition. */
export function checkExpression(text: string, scope: Scope, expected?: Type): CheckedExpression {
  const { typed, problems } = analyse(text, scope)
  if (problems.length > 0 || typed === undefined) return { type: typed?.type ?? UNKNOWN, problems }
  if (expected !== undefined && !fits(typed.type, expected)) {
    const problem = {
      code: 'expression-type',
      span: typed.span,
      message: expectedRefusal(typed, expected),
    }
    return { type: typed.type, problems: [problem] }
  }
  const { type, volatile } = typed
  return { type, problems, ...(volatile === undefined ? {} : { volatile }) }
}

/** Throws where the text has problems: callers check first. */
export function compileExpression(
  text: string,
  scope: Scope,
  context: ExpressionContext,
): CompiledExpression {
  const { typed, reads } = checked(text, scope)
  return { type: typed.type, evaluate: compileTyped(typed, context), columns: reads }
}

function checked(text: string, scope: Scope): { typed: Typed; reads: readonly ColumnRead[] } {
  const { typed, problems, reads } = analyse(text, scope)
  const [problem] = problems
  if (typed === undefined || problem !== undefined) {
    throw new Error(`The expression "${text}" was not checked: ${problem?.message ?? ''}`)
  }
  return { typed, reads }
}

/**
 * Makes rows: each column is computed by a text, which must have been checked, or by a function, or
 * is a column as it is. Throws as `CompiledExpression.evaluate` does.
 */
export function compileRow(
  columns: readonly (string | ColumnRead | Evaluate)[],
  scope: Scope,
  context: ExpressionContext,
): (row: Row, other: Row) => Row {
  return compileTypedRow(
    columns.map((source) => typedColumn(source, scope)),
    context,
  )
}

function typedColumn(source: string | ColumnRead | Evaluate, scope: Scope): Typed {
  const span = { start: 0, end: 0 }
  if (typeof source === 'string') return checked(source, scope).typed
  if (typeof source !== 'function') return column(source, UNKNOWN, span, '')
  const compile = () => source
  return { type: UNKNOWN, span, text: '', volatile: { span, text: '' }, metered: false, compile }
}

/**
 * What becomes of each row by expressions alone, over the columns in `scope`: it stays where a
 * condition is TRUE, or a row of these columns takes its place.
 */
export type RowStep =
  | { readonly kind: 'filter'; readonly where: string; readonly scope: Scope }
  | {
      readonly kind: 'select'
      readonly columns: readonly (string | ColumnRead)[]
      readonly scope: Scope
    }

/** One loop for steps that follow one another. All expressions must have been checked. */
export function compileSteps(
  steps: readonly RowStep[],
  settings: LoopSettings,
  context: ExpressionContext,
): RowLoop {
  const typed = steps.map((step) => {
    const { kind, scope } = step
    if (kind === 'filter') return { kind, where: checked(step.where, scope).typed }
    return { kind, columns: step.columns.map((source) => typedColumn(source, scope)) }
  })
  return compileLoop(typed, settings, context)
}

/** Why values of this type cannot be a column, or undefined where they can. */
export function columnTypeRefusal(type: Type): string | undefined {
  if (type.kind === 'null')
    return 'NULL alone has no type. Write CAST(NULL AS STRING), with the type of the column.'
  if (type.kind === 'months') {
    return 'A year-month interval cannot be a column. Add it to a timestamp, or CAST it to STRING.'
  }
  if (type.kind === 'list') return columnTypeRefusal(type.of)
  if (type.kind !== 'record') return undefined
  for (const field of type.fields) {
    const refusal = columnTypeRefusal(field.type)
    if (refusal !== undefined) return refusal
  }
  return undefined
}

function analyse(
  text: string,
  scope: Scope,
): {
  typed: Typed | undefined
  problems: readonly ExpressionProblem[]
  reads: readonly ColumnRead[]
} {
  const parsed = parseExpression(text)
  if ('problem' in parsed) return { typed: undefined, problems: [parsed.problem], reads: [] }
  const context = new CheckContext(text)
  const checker = new Checker(scope, context)
  const typed = checker.check(parsed.node)
  return { typed, problems: context.problems, reads: [...checker.reads.values()] }
}

export function expectedRefusal(typed: Typed, expected: Type): string {
  const fact = `The expression is ${describe(typed.type)}, but ${typeText(expected)} is needed.`
  if (expected.kind === 'boolean') return `${fact} Write a condition, such as a comparison.`
  return `${fact} Write CAST(... AS ${expected.kind.toUpperCase()}).`
}
