/**
 * What a function says about itself: to the checker, to the compiler, to completion and to the
 * docs.
 */

import { type Type, UNKNOWN } from '../../type.ts'
import type { Value } from '../../value.ts'
import type { CheckContext } from '../check-context.ts'
import { sizeOf } from '../limits.ts'
import type { CompileContext, Evaluate, Generate, Typed } from '../typed.ts'

export interface FunctionDefinition {
  /** In capitals. */
  readonly name: string
  /** Other names for the same. */
  readonly aliases?: readonly string[]
  /** Tried in order; the first that fits decides. */
  readonly signatures: readonly string[]
  /** How it is written, where it is not a plain call. */
  readonly usage?: string
  /** One or two sentences. */
  readonly description: string
  /** Expressions and what they give, as expressions. Each is shown in the docs and is a test. */
  readonly examples: readonly (readonly [expression: string, result: string])[]
  /** Computes the value; not called where an argument is NULL: then the call is NULL. */
  readonly apply?: (...values: never[]) => Value
  /** A shorter way to the same value, where an argument is a call itself. */
  readonly shortcut?: (args: readonly Typed[]) => Shortcut | undefined
  /** In place of `apply`, for functions that see NULL, prepare constants or read the clock. */
  readonly compile?: (args: readonly Typed[], context: CompileContext) => Evaluate
  /** Checks what types do not say; reports and returns false where it does not hold. */
  readonly check?: (args: readonly Typed[], context: CheckContext) => boolean
  /**
   * What a character or element that is read or made costs. Absent where the work does not grow
   * with size.
   */
  readonly weight?: number
  /** When it may differ between two evaluations over the same row. */
  readonly volatile?: 'always' | 'without-arguments'
  /** The arguments after the first may have any types, side by side. */
  readonly anyArguments?: boolean
  /** In place of the signature's result, where it depends on a constant. */
  readonly resultType?: (args: readonly Typed[]) => Type
}

/** Computes the value of a call from what stands in place of its arguments. */
export interface Shortcut {
  readonly apply: (...values: never[]) => Value
  readonly args: readonly Typed[]
}

/** Lets the parameters of `apply` have their own types: the signature has been checked. */
type Apply = (...values: readonly Value[]) => Value

export function compileCall(
  definition: FunctionDefinition,
  args: readonly Typed[],
  context: CompileContext,
): Evaluate {
  if (definition.compile !== undefined) return definition.compile(args, context)
  const shortcut = definition.shortcut?.(args)
  const apply = (shortcut ?? definition).apply as Apply | undefined
  if (apply === undefined) throw new Error(`Function ${definition.name} has no implementation.`)
  const reads = (shortcut?.args ?? args).map((arg) => arg.compile(context))
  return strict(charged(apply, definition.weight, context), reads)
}

/** A call of `apply`; what has a `compile` of its own stays a closure. */
export function generateCall(
  definition: FunctionDefinition,
  args: readonly Typed[],
): Generate | undefined {
  const shortcut = definition.shortcut?.(args)
  const apply = (shortcut ?? definition).apply as Apply | undefined
  if (definition.compile !== undefined || apply === undefined) return undefined
  const { weight } = definition
  const given = shortcut?.args ?? args
  return (code) => {
    const name = code.capture(apply)
    const call = (...values: string[]) => `${name}(${values.join(', ')})`
    if (weight === undefined) return code.untilNull(given, call)
    const meter = code.capture(code.context.meter)
    const size = code.capture(sizeOf)
    return code.untilNull(given, (...values) => {
      const sizes = values.map((value, index) => sizeSource(value, given[index], size))
      const before = `${meter}.charge((${sizes.join(' + ')}) * ${weight})`
      const result = code.temporary()
      const after = `${meter}.charge(${size}(${result}))`
      return `(${before}, ${result} = ${call(...values)}, ${after}, ${result})`
    })
  }
}

/** What is known of the type need not be found out record by record. */
function sizeSource(value: string, arg: Typed | undefined, size: string): string {
  const { kind } = arg?.type ?? UNKNOWN
  if (kind === 'string' || kind === 'list') return `${value}.length`
  if (kind === 'integer' || kind === 'double' || kind === 'timestamp') return '1'
  return `${size}(${value})`
}

/** NULL where an argument is NULL. */
export function strict(apply: Apply, reads: readonly Evaluate[]): Evaluate {
  const [a, b] = reads
  if (reads.length === 1 && a !== undefined) {
    return (row, other) => {
      const x = a(row, other)
      return x === null ? null : apply(x)
    }
  }
  if (reads.length === 2 && a !== undefined && b !== undefined) {
    return (row, other) => {
      const x = a(row, other)
      if (x === null) return null
      const y = b(row, other)
      return y === null ? null : apply(x, y)
    }
  }
  return (row, other) => {
    const values: Value[] = []
    for (const read of reads) {
      const value = read(row, other)
      if (value === null) return null
      values.push(value)
    }
    return apply(...values)
  }
}

/** Charges for what goes in before the work and for what comes out after it. */
function charged(apply: Apply, weight: number | undefined, context: CompileContext): Apply {
  if (weight === undefined) return apply
  const { meter } = context
  return (...values) => {
    let size = 0
    for (const value of values) size += sizeOf(value)
    meter.charge(size * weight)
    const result = apply(...values)
    meter.charge(sizeOf(result))
    return result
  }
}
