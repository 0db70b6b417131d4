/**
 * A checked part of an expression: its type, and how it becomes a closure.
 *
 * The checker builds these from the inside out. A part whose inputs are all constant is evaluated
 * at once, unless that cannot be done: then it stays, and is refused record by record, as in
 * Flink.
 */

import { type Type, typeText, UNKNOWN } from '../type.ts'
import type { Row, Value } from '../value.ts'
import { EvaluationError } from './errors.ts'
import type { Code } from './generate/code.ts'
import { COST_MAX, Meter } from './limits.ts'
import type { Span } from './syntax.ts'

/** What stands for the second row where an expression reads one relation. */
export const EMPTY_ROW: Row = []

/** `other` is the row of the second relation; `EMPTY_ROW` where there is one relation only. */
export type Evaluate = (row: Row, other: Row) => Value

export interface CompileContext {
  /** Processing time, read by CURRENT_TIMESTAMP. */
  nowMs(): number
  readonly meter: Meter
}

export interface ColumnRead {
  /** 0 or 1: its place in the scope. */
  readonly relation: number
  readonly index: number
}

export interface VolatileCall {
  readonly span: Span
  /** As it stands in the text. */
  readonly text: string
}

export interface Typed {
  readonly type: Type
  readonly span: Span
  /** As it stands in the text, for messages. */
  readonly text: string
  /** Present where the value is the same for every record. */
  readonly constant?: { readonly value: Value }
  /** Present where the value is a column as it is. */
  readonly column?: ColumnRead
  /** The call in it by which it may differ between two evaluations over the same row. */
  readonly volatile?: VolatileCall
  /** Whether evaluating it charges the meter. */
  readonly metered: boolean
  /** The function whose result it is. */
  readonly call?: string
  /** What that function is called with. */
  readonly args?: readonly Typed[]
  compile(context: CompileContext): Evaluate
  /** The same as JavaScript; absent where only the closure can do it. */
  readonly generate?: Generate
}

/** An expression over `row` and `other` in JavaScript, free of any text of a user. */
export type Generate = (code: Code) => string

export function constant(value: Value, type: Type, span: Span, text: string): Typed {
  return {
    type,
    span,
    text,
    constant: { value },
    metered: false,
    compile: () => () => value,
  }
}

export function column(read: ColumnRead, type: Type, span: Span, text: string): Typed {
  return {
    type,
    span,
    text,
    column: read,
    metered: false,
    compile: () => columnReader(read),
  }
}

/** What stands where a problem was reported. */
export function unknown(span: Span, text: string): Typed {
  return constant(null, UNKNOWN, span, text)
}

export interface DerivedOptions {
  readonly volatile?: boolean
  readonly metered?: boolean
  readonly call?: string
  readonly args?: readonly Typed[]
  readonly generate?: Generate | undefined
}

/** Budget for folding all constants of one expression. */
const FOLD_COST_MAX = COST_MAX / 64

/**
 * Makes parts that are computed from other parts; folds constants within one budget per
 * expression.
 */
export class Folder {
  #spent = 0

  derived(
    type: Type,
    span: Span,
    text: string,
    parts: readonly Typed[],
    compile: (context: CompileContext) => Evaluate,
    options: DerivedOptions = {},
  ): Typed {
    const volatile = options.volatile ? { span, text } : volatileCall(parts)
    const typed: Typed = {
      type,
      span,
      text,
      compile,
      metered: options.metered === true || parts.some((part) => part.metered),
      ...(volatile === undefined ? {} : { volatile }),
      ...(options.call === undefined ? {} : { call: options.call }),
      ...(options.args === undefined ? {} : { args: options.args }),
      ...(options.generate === undefined ? {} : { generate: options.generate }),
    }
    const foldable = volatile === undefined && parts.every((part) => part.constant !== undefined)
    if (!foldable || type.kind === 'unknown' || this.#spent > FOLD_COST_MAX) return typed
    const folded = this.#fold(typed)
    if (folded === undefined) return typed
    const { value } = folded
    return { ...typed, constant: { value }, metered: false, compile: () => () => value }
  }

  #fold(typed: Typed): { readonly value: Value } | undefined {
    const meter = new Meter(FOLD_COST_MAX)
    try {
      const value = typed.compile({ nowMs: () => 0, meter })(EMPTY_ROW, EMPTY_ROW)
      this.#spent += sizeInside(value)
      return { value }
    } catch (error) {
      if (error instanceof EvaluationError) return undefined
      throw error
    } finally {
      this.#spent += meter.spent
    }
  }
}

function volatileCall(parts: readonly Typed[]): VolatileCall | undefined {
  return parts.find((part) => part.volatile !== undefined)?.volatile
}

/** A type in a message. */
export function describe(type: Type): string {
  if (type.kind === 'null') return 'NULL'
  return typeText(type)
}

export function columnReader({ relation, index }: ColumnRead): Evaluate {
  // Rows are complete: the producer of an edge holds to its schema, so no column is undefined.
  if (relation === 0) return (row) => row[index] as Value
  return (_row, other) => other[index] as Value
}

function sizeInside(value: Value): number {
  return typeof value === 'string' || Array.isArray(value) ? value.length : 1
}
