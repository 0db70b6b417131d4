/** Makes rows out of rows: each column is a copy of another one or computed by an expression. */

import {
  type Column,
  type ColumnRead,
  columnTypeRefusal,
  compileRow,
  type Evaluate,
  type ExpressionContext,
  type PlanContext,
  type Row,
  type Scope,
  type Type,
  tokenize,
} from '@millrace/pipeline'
import { checkField, type FieldNeeds, type FieldPath } from './check-expression.ts'

/**
 * One column of the row that is made: a copy of another one, the text of an expression that was
 * checked, or what computes it.
 */
export type Projected = ColumnRead | string | Evaluate

/** The column's type, with a problem where values of it cannot be a column. */
export function checkColumn(
  plan: PlanContext,
  path: FieldPath,
  text: string,
  scope: Scope,
  needs?: FieldNeeds,
): Type {
  const type = checkField(plan, path, text, scope, needs)
  const refusal = columnTypeRefusal(type)
  if (refusal === undefined) return type
  plan.report({ code: 'column-type', path, message: refusal })
  return { kind: 'unknown' }
}

/**
 * The column that an expression is, where it is one and nothing else: then it need not be
 * evaluated.
 */
export function copiedColumn(text: string, scope: Scope): ColumnRead | undefined {
  const parts = tokenize(text).filter(({ kind }) => kind !== 'comment')
  const names = parts.map(({ kind, text: part }) =>
    kind === 'word' ? part : kind === 'name' ? part.slice(1, -1).replaceAll('``', '`') : undefined,
  )
  const [first, second] = names
  if (first === undefined) return undefined
  if (parts.length === 1) {
    const found = scope.relations.flatMap(({ columns }, relation) =>
      columnAt(columns, first, relation),
    )
    return found.length === 1 ? found[0] : undefined
  }
  if (parts.length !== 3 || parts[1]?.text !== '.' || second !== undefined) return undefined
  const relation = scope.relations.findIndex(({ name }) => name === first)
  return columnAt(scope.relations[relation]?.columns ?? [], names[2] ?? '', relation)[0]
}

function columnAt(columns: readonly Column[], name: string, relation: number): ColumnRead[] {
  const index = columns.findIndex((column) => column.name === name)
  return index < 0 ? [] : [{ relation, index }]
}

/** Makes the rows. What the expressions throw goes on to the caller. */
export function createProjection(
  columns: readonly Projected[],
  scope: Scope,
  context: ExpressionContext,
): (row: Row, other: Row) => Row {
  const sources = columns.map((column) =>
    typeof column === 'string' ? (copiedColumn(column, scope) ?? column) : column,
  )
  return compileRow(sources, scope, context)
}
