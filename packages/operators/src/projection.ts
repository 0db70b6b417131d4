/** Makes rows out of rows: each column is a copy of another one or computed by an expression. */

import {
  type Column,
  columnTypeRefusal,
  compileExpression,
  type Evaluate,
  type ExpressionContext,
  type PlanContext,
  type Row,
  type Scope,
  type Type,
  tokenize,
  type Value,
} from '@millrace/pipeline'
import { checkField, type FieldNeeds, type FieldPath } from './check-expression.ts'

/**
 * Where a column is copied from: the relation's place in the scope, and the column's index in it.
 */
export interface CopiedColumn {
  readonly relation: number
  readonly index: number
}

/** One column of the row that is made. */
export type Projected = CopiedColumn | Evaluate

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
export function copiedColumn(text: string, scope: Scope): CopiedColumn | undefined {
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

function columnAt(columns: readonly Column[], name: string, relation: number): CopiedColumn[] {
  const index = columns.findIndex((column) => column.name === name)
  return index < 0 ? [] : [{ relation, index }]
}

/** An expression that was checked, ready to be a column. */
export function projected(text: string, scope: Scope, context: ExpressionContext): Projected {
  return copiedColumn(text, scope) ?? compileExpression(text, scope, context).evaluate
}

/** Makes the rows. What the expressions throw goes on to the caller. */
export function createProjection(columns: readonly Projected[]): (row: Row, other: Row) => Row {
  const count = columns.length
  const relations = columns.map((column) => ('relation' in column ? column.relation : -1))
  const indexes = columns.map((column) => ('relation' in column ? column.index : -1))
  const evaluates = columns.map((column) => ('relation' in column ? () => null : column))
  return (row, other) => {
    const made: Value[] = new Array(count)
    for (let column = 0; column < count; column++) {
      const relation = relations[column]
      const index = indexes[column] as number
      if (relation === 0) made[column] = row[index] as Value
      else if (relation === 1) made[column] = other[index] as Value
      else made[column] = (evaluates[column] as Evaluate)(row, other)
    }
    return made
  }
}
