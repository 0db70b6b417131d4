/** Turns checked expressions into functions: generated where that is possible, else closures. */

import type { Row, Value } from '../../value.ts'
import { Meter } from '../limits.ts'
import { type CompileContext, columnReader, type Evaluate, type Typed } from '../typed.ts'
import { Code } from './code.ts'
import { rowStatements } from './row-text.ts'

/** Compiles the body of a function with these parameters: `vm.compileFunction` in Node. */
export type CompileFunction = (
  body: string,
  parameters: readonly string[],
) => (...values: never[]) => unknown

export interface ExpressionContext {
  /** Processing time in milliseconds, for CURRENT_TIMESTAMP, NOW and UNIX_TIMESTAMP. */
  nowMs(): number
  /** Where it holds no `compile`, expressions are closures. */
  readonly env?: { readonly compile?: CompileFunction }
}

/** A checked expression as a function, with a budget for each evaluation where it needs one. */
export function compileTyped(typed: Typed, context: ExpressionContext): Evaluate {
  if (typed.column !== undefined) return columnReader(typed.column)
  const inner = compileContext(context)
  const { constant, generate } = typed
  if (context.env?.compile !== undefined && constant === undefined && generate !== undefined) {
    return generated(context.env.compile, inner, (code) => code.whole(typed)) as Evaluate
  }
  const evaluate = typed.compile(inner)
  if (!typed.metered) return evaluate
  const { meter } = inner
  return (row, other) => {
    meter.spent = 0
    return evaluate(row, other)
  }
}

/** Makes a row out of these columns; each expression has a budget of its own. */
export function compileTypedRow(
  columns: readonly Typed[],
  context: ExpressionContext,
): (row: Row, other: Row) => Row {
  if (context.env?.compile !== undefined) {
    const make = generated(context.env.compile, compileContext(context), (code) => {
      const made = code.temporary()
      const values = columns.map((column) => code.whole(column))
      return `(${rowStatements(made, values).join(', ')}, ${made})`
    })
    return make as (row: Row, other: Row) => Row
  }
  const count = columns.length
  const evaluates = columns.map((column) => compileTyped(column, context))
  return (row, other) => {
    const made: Value[] = new Array(count)
    for (let index = 0; index < count; index++) {
      made[index] = (evaluates[index] as Evaluate)(row, other)
    }
    return made
  }
}

export function compileContext(context: ExpressionContext): CompileContext {
  return { nowMs: () => context.nowMs(), meter: new Meter() }
}

function generated(
  compile: CompileFunction,
  context: CompileContext,
  write: (code: Code) => string,
): (row: Row, other: Row) => unknown {
  const code = new Code(context)
  const body = [`return ${write(code)}`]
  return functionOf(compile, code, ['row', 'other'], body) as (row: Row, other: Row) => unknown
}

/** A function with this body, in which the code's names are known. */
export function functionOf(
  compile: CompileFunction,
  code: Code,
  parameters: readonly string[],
  body: readonly string[],
): unknown {
  const names = code.captured.map((_value, index) => `const c${index} = captured[${index}]`)
  const held = code.temporaries.length === 0 ? [] : [`let ${code.temporaries.join(', ')}`]
  const lines = [
    "'use strict'",
    ...names,
    `return (${parameters.join(', ')}) => {`,
    ...held,
    ...body,
    '}',
  ]
  const make = compile(lines.join('\n'), ['captured']) as (captured: readonly unknown[]) => unknown
  return make(code.captured)
}
