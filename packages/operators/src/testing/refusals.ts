/** What an operator says to a config or an input that it refuses, as lines for tables in tests. */

import type { OperatorDefinition } from '@millrace/engine'
import { RefusedByOperator, runOperator, type TestStream } from '@millrace/engine/testing'
import { createConfigProblems, problemLine } from '@millrace/pipeline'

type Inputs = { readonly [port: string]: TestStream | readonly TestStream[] }

/** One line for each problem: code, place, message. None where the operator takes what it got. */
export function refusals(
  operator: OperatorDefinition,
  config: unknown,
  inputs: Inputs = {},
): readonly string[] {
  const read = operator.config.safeParse(config)
  if (!read.success) {
    const owner = { name: `operator "${operator.id}"`, schema: operator.config }
    return createConfigProblems(read.error, config, owner).map(problemLine)
  }
  try {
    runOperator(operator, config, inputs)
    return []
  } catch (error) {
    if (!(error instanceof RefusedByOperator)) throw error
    return error.problems.map(({ nodeId: _, ...problem }) => problemLine(problem))
  }
}

/** A stream of these columns with nothing in it. */
export function columns(
  schema: { readonly [column: string]: string },
  eventTime = true,
): TestStream {
  return { schema, elements: [], eventTime }
}
