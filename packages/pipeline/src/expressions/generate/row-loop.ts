/**
 * Several neighbouring steps over rows, each a condition or new columns, as one loop. A row goes
 * through all steps before the next one begins. Generated code where the host can compile it; there
 * a part that occurs more than once, also in another step, is computed once for each row.
 */

import type { Row, Value } from '../../value.ts'
import { Meter } from '../limits.ts'
import { EMPTY_ROW, type Evaluate, type Typed } from '../typed.ts'
import { Code } from './code.ts'
import { compileTyped, compileTypedRow, type ExpressionContext } from './compile.ts'
import { Repeats } from './repeats.ts'
import { rowStatements } from './row-text.ts'

/** A condition that lets rows through, or the columns of the row that takes a row's place. */
export type TypedStep =
  | { readonly kind: 'filter'; readonly where: Typed }
  | { readonly kind: 'select'; readonly columns: readonly Typed[] }

/** Rows [from, to) go through the steps. What throws is told, and its row goes no further. */
export type RowLoop = (input: LoopInput, from: number, to: number, out: LoopOutput) => void

export interface LoopInput {
  readonly rows: readonly Row[]
  readonly times: readonly number[] | undefined
  readonly origins: readonly number[] | undefined
}

export interface LoopOutput {
  /** How many rows have left: they stand at the beginning of `rows`. */
  count: number
  readonly rows: Row[]
  /** Times and origins of the rows that have left. Where no step filters they are not written. */
  readonly times: number[]
  readonly origins: number[]
  /** How many rows each step has let through. */
  readonly passed: number[]
  /** `row` is what came to the step. */
  refuse(step: number, row: Row, error: unknown, at: number): void
}

export interface LoopSettings {
  readonly timed: boolean
  readonly tracksOrigins: boolean
}

export function compileLoop(
  steps: readonly TypedStep[],
  settings: LoopSettings,
  context: ExpressionContext,
): RowLoop {
  const filters = steps.some(({ kind }) => kind === 'filter')
  const written = {
    timed: filters && settings.timed,
    tracksOrigins: filters && settings.tracksOrigins,
  }
  const compile = context.env?.compile
  if (compile === undefined) return loopOfClosures(steps, written, context)
  const inner = { nowMs: () => context.nowMs(), meter: new Meter() }
  const repeats = new Repeats()
  writeSteps(steps, new Code(inner, repeats))
  repeats.counted()
  const code = new Code(inner, repeats)
  const body = writeLoop(writeSteps(steps, code), code, repeats, written)
  const make = compile(body, ['captured', 'other']) as (
    captured: readonly unknown[],
    other: Row,
  ) => RowLoop
  return make(code.captured, EMPTY_ROW)
}

interface Written {
  readonly lines: readonly string[]
  /** For each step, the variable with the row that comes to it; then the one that leaves. */
  readonly rowNames: readonly string[]
}

function writeSteps(steps: readonly TypedStep[], code: Code): Written {
  const rowNames = ['r0']
  const lines = steps.flatMap((step, index) => {
    code.row = rowNames[index] ?? 'r0'
    const begins = `step = ${index}`
    if (step.kind === 'filter') {
      rowNames.push(code.row)
      return [begins, `if (${code.whole(step.where)} !== true) continue`, `p${index}++`]
    }
    const made = `r${index + 1}`
    const values = step.columns.map((column) => code.whole(column))
    rowNames.push(made)
    return [begins, ...rowStatements(made, values), `p${index}++`]
  })
  return { lines, rowNames }
}

function writeLoop(
  { lines, rowNames }: Written,
  code: Code,
  repeats: Repeats,
  { timed, tracksOrigins }: LoopSettings,
): string {
  const steps = rowNames.slice(0, -1)
  const held = code.temporaries.length === 0 ? [] : [`let ${code.temporaries.join(', ')}`]
  const came = steps.map((name, index) => `step === ${index} ? ${name} : `).join('')
  return [
    "'use strict'",
    ...code.captured.map((_value, index) => `const c${index} = captured[${index}]`),
    'return (input, from, to, out) => {',
    'const rows = input.rows, times = input.times, origins = input.origins',
    'const outRows = out.rows, outTimes = out.times, outOrigins = out.origins',
    'let at = from, count = out.count, step = 0',
    `let ${[...new Set(rowNames)].join(', ')}`,
    `let ${steps.map((_name, index) => `p${index} = 0`).join(', ')}`,
    ...repeats.declared,
    ...held,
    'try {',
    'for (;;) {',
    'try {',
    'for (; at < to; at++) {',
    'r0 = rows[at]',
    ...lines,
    `outRows[count] = ${rowNames.at(-1)}`,
    ...(timed ? ['outTimes[count] = times[at]'] : []),
    ...(tracksOrigins ? ['outOrigins[count] = origins[at]'] : []),
    'count++',
    '}',
    'break',
    '} catch (error) {',
    `out.refuse(step, ${came}r0, error, at)`,
    'at++',
    '}',
    '}',
    '} finally {',
    'out.count = count',
    ...steps.map((_name, index) => `out.passed[${index}] += p${index}`),
    '}',
    '}',
  ].join('\n')
}

/** The row that leaves, or undefined where the step lets none through. */
type MakeRow = (row: Row) => Row | undefined

function loopOfClosures(
  steps: readonly TypedStep[],
  { timed, tracksOrigins }: LoopSettings,
  context: ExpressionContext,
): RowLoop {
  const makers = steps.map((step) => closureOf(step, context))
  const through = (first: Row, at: number, out: LoopOutput): Row | undefined => {
    let row = first
    for (let step = 0; step < makers.length; step++) {
      let made: Row | undefined
      try {
        made = makers[step]?.(row)
      } catch (error) {
        out.refuse(step, row, error, at)
        return undefined
      }
      if (made === undefined) return undefined
      out.passed[step] = (out.passed[step] ?? 0) + 1
      row = made
    }
    return row
  }
  return ({ rows, times, origins }, from, to, out) => {
    for (let at = from; at < to; at++) {
      const made = through(rows[at] ?? EMPTY_ROW, at, out)
      if (made === undefined) continue
      out.rows[out.count] = made
      if (timed) out.times[out.count] = times?.[at] ?? Number.NaN
      if (tracksOrigins) out.origins[out.count] = origins?.[at] ?? 0
      out.count++
    }
  }
}

function closureOf(step: TypedStep, context: ExpressionContext): MakeRow {
  if (step.kind === 'filter') {
    const evaluate: Evaluate = compileTyped(step.where, context)
    return (row) => ((evaluate(row, EMPTY_ROW) as Value) === true ? row : undefined)
  }
  const make = compileTypedRow(step.columns, context)
  return (row) => make(row, EMPTY_ROW)
}
