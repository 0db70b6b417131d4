/**
 * Reports what is wrong with the expressions in a node's config, at the field where each stands.
 */

import {
  BOOLEAN,
  type Column,
  checkExpression,
  type PlanContext,
  type Scope,
  type StreamSchema,
  type Type,
} from '@millrace/pipeline'

export type FieldPath = readonly (string | number)[]

export interface FieldNeeds {
  /** What must come out. */
  readonly expected?: Type
  /**
   * The stream whose rows it is evaluated over. On a table a row is withdrawn by what is computed
   * from it anew, which must be what was computed before.
   */
  readonly input?: StreamSchema
}

/** The expression's type; `unknown` after a problem. */
export function checkField(
  plan: PlanContext,
  path: FieldPath,
  text: string,
  scope: Scope,
  { expected, input }: FieldNeeds = {},
): Type {
  const { type, problems, volatile } = checkExpression(text, scope, expected)
  for (const { code, message, span } of problems) plan.report({ code, message, span, path })
  if (problems.length > 0) return { kind: 'unknown' }
  if (volatile !== undefined && input !== undefined && input.changes !== 'append') {
    const message =
      `The input is a table, and ${volatile.text} may be another value when a row is withdrawn than ` +
      'when it was added, so that the two would not match. Compute it in a select before the ' +
      'records become a table, or use a column with a time instead.'
    plan.report({ code: 'volatile-on-table', message, span: volatile.span, path })
  }
  return type
}

/** As `checkField`, for a condition over the rows of `input`. */
export function checkCondition(
  plan: PlanContext,
  path: FieldPath,
  text: string,
  scope: Scope,
  input?: StreamSchema,
): void {
  checkField(plan, path, text, scope, {
    expected: BOOLEAN,
    ...(input === undefined ? {} : { input }),
  })
}

/** The columns of a single input. */
export function columnsScope(columns: readonly Column[]): Scope {
  return { relations: [{ columns }] }
}
