/**
 * Reports what is wrong with the expressions in a node's config, at the field where each stands.
 */

import {
  BOOLEAN,
  type Column,
  checkExpression,
  type PlanContext,
  type Scope,
  type Type,
} from '@millrace/pipeline'

export type FieldPath = readonly (string | number)[]

/** The expression's type; `unknown` after a problem. `expected` is what must come out. */
export function checkField(
  plan: PlanContext,
  path: FieldPath,
  text: string,
  scope: Scope,
  expected?: Type,
): Type {
  const { type, problems } = checkExpression(text, scope, expected)
  for (const { code, message, span } of problems) plan.report({ code, message, span, path })
  return problems.length > 0 ? { kind: 'unknown' } : type
}

/** As `checkField`, for a condition. */
export function checkCondition(
  plan: PlanContext,
  path: FieldPath,
  text: string,
  scope: Scope,
): void {
  checkField(plan, path, text, scope, BOOLEAN)
}

/** The columns of a single input. */
export function columnsScope(columns: readonly Column[]): Scope {
  return { relations: [{ columns }] }
}
