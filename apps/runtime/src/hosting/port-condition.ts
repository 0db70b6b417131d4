/** A condition over the records of one port, as somebody who looks at it has written it. */

import {
  BOOLEAN,
  checkExpression,
  compileExpression,
  EMPTY_ROW,
  EvaluationError,
  type Row,
  type StreamSchema,
} from '@millrace/pipeline'
import { Refusal } from '../supervision/refusal.ts'

export interface PortCondition {
  readonly where: string | undefined
  readonly schema: StreamSchema
  nowMs(): number
}

/** A record for which the condition has no value does not pass. Throws a `Refusal`. */
export function createCondition({ where, schema, nowMs }: PortCondition): (row: Row) => boolean {
  if (where === undefined) return () => true
  const scope = { relations: [{ columns: schema.columns }] }
  const [problem] = checkExpression(where, scope, BOOLEAN).problems
  if (problem !== undefined) throw new Refusal('bad-request', problem.code, problem.message)
  const { evaluate } = compileExpression(where, scope, { nowMs })
  return (row) => {
    try {
      return evaluate(row, EMPTY_ROW) === true
    } catch (error) {
      if (error instanceof EvaluationError) return false
      throw error
    }
  }
}
