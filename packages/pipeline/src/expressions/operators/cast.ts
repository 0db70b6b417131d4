/** CAST and TRY_CAST. */

import { type Type, typeText } from '../../type.ts'
import type { Value } from '../../value.ts'
import { conversion } from '../cast.ts'
import { type CheckContext, quoted } from '../check-context.ts'
import { EvaluationError } from '../errors.ts'
import { sizeOf } from '../limits.ts'
import type { Node } from '../syntax.ts'
import { type CompileContext, describe, type Typed } from '../typed.ts'

type CastNode = Node & { readonly kind: 'cast' }

export function checkCast(node: CastNode, of: Typed, context: CheckContext): Typed {
  if (!context.known([of])) return context.unknown(node)
  const convert = conversion(of.type, node.to)
  if (convert === undefined) {
    return context.refuse(
      'cast',
      node.span,
      `${quoted(of)} is ${describe(of.type)}, which cannot be CAST to ${typeText(node.to)}.${hint(of, node.to)}`,
    )
  }
  return context.derived(
    node,
    node.to,
    [of],
    (compile) => {
      const read = of.compile(compile)
      const apply = converter(convert, node.attempt, compile)
      return (row, other) => {
        const value = read(row, other)
        return value === null ? null : apply(value)
      }
    },
    {
      metered: of.type.kind !== 'integer' && of.type.kind !== 'double',
      generate: (code) => {
        const name = code.capture(converter(convert, node.attempt, code.context))
        return code.allThen([of], (value) => `${name}(${value})`)
      },
    },
  )
}

function converter(
  convert: (value: Value) => Value,
  attempt: boolean,
  { meter }: CompileContext,
): (value: Value) => Value {
  if (!attempt) {
    return (value) => {
      meter.charge(sizeOf(value))
      return convert(value)
    }
  }
  return (value) => {
    meter.charge(sizeOf(value))
    try {
      return convert(value)
    } catch (error) {
      if (error instanceof EvaluationError) return null
      throw error
    }
  }
}

function hint(of: Typed, to: Type): string {
  const { kind } = of.type
  if (to.kind === 'timestamp' && (kind === 'integer' || kind === 'double')) {
    return ` Write TO_TIMESTAMP_LTZ(${of.text}, 3) for milliseconds or TO_TIMESTAMP_LTZ(${of.text}, 0) for seconds.`
  }
  if (kind === 'timestamp' && (to.kind === 'integer' || to.kind === 'double')) {
    return ` Write EXTRACT(EPOCH FROM ${of.text}) for seconds since 1970.`
  }
  if (kind === 'interval' && (to.kind === 'integer' || to.kind === 'double')) {
    return ` Write EXTRACT(EPOCH FROM ${of.text}) for its seconds.`
  }
  if (to.kind === 'interval') return " Multiply a number with a unit: x * INTERVAL '1' SECOND."
  if (to.kind === 'months') return " Multiply a number with a unit: x * INTERVAL '1' MONTH."
  if (to.kind === 'list' || to.kind === 'record')
    return ' Write ARRAY[...] or ROW(...), or CAST a value of type any.'
  return ' CAST it to STRING, or use a function.'
}
