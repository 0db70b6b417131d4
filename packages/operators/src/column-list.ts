/** Columns that a config names: whether the input has them, and what is said where it has not. */

import {
  type Column,
  columnIndex,
  columnText,
  didYouMean,
  type PlanContext,
  type StreamSchema,
} from '@millrace/pipeline'

/** The columns of these names, without those that are missing. Each of them is a problem. */
export function checkColumns(
  names: readonly string[],
  field: string,
  input: StreamSchema,
  plan: PlanContext,
): readonly Column[] {
  return names.flatMap((name, index) => checkColumn(name, [field, index], input, plan) ?? [])
}

/** The column of this name; undefined, and a problem, where there is none. */
export function checkColumn(
  name: string,
  path: readonly (string | number)[],
  input: StreamSchema,
  plan: PlanContext,
): Column | undefined {
  const column = input.columns[columnIndex(input, name)]
  if (column !== undefined) return column
  const names = input.columns.map((known) => known.name)
  const message = `There is no column "${name}".${didYouMean(name, names)}${listed(names)}`
  plan.report({ code: 'column-unknown', path, message })
  return undefined
}

/** Where columns stand that were checked. */
export function indexesOf(names: readonly string[], input: StreamSchema): readonly number[] {
  return names.map((name) => columnIndex(input, name))
}

/** As the expression language lists them. */
function listed(names: readonly string[]): string {
  if (names.length === 0) return ' There are no columns here.'
  const shown = names.slice(0, 8).map(columnText)
  const more = names.length > shown.length ? `, and ${names.length - shown.length} more` : ''
  return ` The columns are ${shown.join(', ')}${more}.`
}
