/** Functions that choose between values: COALESCE, NULLIF, IF, GREATEST, LEAST. */

import type { Value } from '../../value.ts'
import { compareValues } from '../../value.ts'
import type { CompileContext, Evaluate, Typed } from '../typed.ts'
import type { FunctionDefinition } from './definition.ts'

export const CONDITIONAL_FUNCTIONS: readonly FunctionDefinition[] = [
  {
    name: 'COALESCE',
    signatures: ['COALESCE(...values: T): T'],
    description: 'The first argument that is not NULL, or NULL. Later arguments are not evaluated.',
    examples: [
      ["COALESCE(NULL, 'default')", "'default'"],
      ['COALESCE(NULL, 2, 1 / 0)', '2'],
    ],
    compile: coalesce,
  },
  {
    name: 'IFNULL',
    signatures: ['IFNULL(value: T, replacement: T): T'],
    description: 'The replacement where the value is NULL, otherwise the value.',
    examples: [['IFNULL(NULL, 5)', '5']],
    compile: coalesce,
  },
  {
    name: 'NULLIF',
    signatures: ['NULLIF(value: T, other: T): T'],
    description:
      'NULL where both are equal, otherwise the value. It guards a divisor: `a / NULLIF(b, 0)`.',
    examples: [
      ['NULLIF(5, 5)', 'NULL'],
      ['NULLIF(5, 0)', '5'],
      ['NULLIF(5, NULL)', '5'],
    ],
    compile: nullIf,
  },
  {
    name: 'IF',
    signatures: ['IF(condition: boolean, then: T, otherwise: T): T'],
    description: 'The second argument where the condition is TRUE, otherwise the third.',
    examples: [
      ["IF(5 > 3, 'yes', 'no')", "'yes'"],
      ["IF(NULL, 'yes', 'no')", "'no'"],
    ],
    compile: choose,
  },
  {
    name: 'GREATEST',
    signatures: ['GREATEST(...values: C): C'],
    description: 'The greatest argument; NULL where one is NULL.',
    examples: [
      ['GREATEST(1, 3.5, 2)', '3.5'],
      ["GREATEST('b', 'a')", "'b'"],
      ['GREATEST(1, NULL)', 'NULL'],
    ],
    apply: (...values: Value[]) => extreme(values, 1),
  },
  {
    name: 'LEAST',
    signatures: ['LEAST(...values: C): C'],
    description: 'The least argument; NULL where one is NULL.',
    examples: [
      ['LEAST(1, 3.5, 2)', '1'],
      ['LEAST(1, NULL)', 'NULL'],
    ],
    apply: (...values: Value[]) => extreme(values, -1),
  },
]

function coalesce(args: readonly Typed[], context: CompileContext): Evaluate {
  const reads = args.map((arg) => arg.compile(context))
  return (row, other) => {
    for (const read of reads) {
      const value = read(row, other)
      if (value !== null) return value
    }
    return null
  }
}

function nullIf(args: readonly Typed[], context: CompileContext): Evaluate {
  const [a, b] = args.map((arg) => arg.compile(context))
  return (row, other) => {
    const value = a?.(row, other) ?? null
    const guard = b?.(row, other) ?? null
    return value !== null && guard !== null && compareValues(value, guard) === 0 ? null : value
  }
}

function choose(args: readonly Typed[], context: CompileContext): Evaluate {
  const [condition, yes, no] = args.map((arg) => arg.compile(context))
  return (row, other) => (condition?.(row, other) === true ? yes : no)?.(row, other) ?? null
}

function extreme(values: readonly Value[], sign: number): Value {
  let best = values[0] ?? null
  for (const value of values) if (compareValues(value, best) * sign > 0) best = value
  return best
}
