/** Every operator that the designer knows: what the packages export, and nothing by name. */

import * as connectorsEntry from '@millrace/connectors'
import * as operatorsEntry from '@millrace/operators'
import type { Category, OperatorDescription, Registry } from '@millrace/pipeline'

export const registry: Registry = new Map(
  [...exported(operatorsEntry, 'operators'), ...exported(connectorsEntry, 'connectors')].map(
    (operator) => [operator.id, operator],
  ),
)

/** The order in which records meet them: palette, menus and outline follow it. */
export const CATEGORIES: readonly { readonly id: Category; readonly title: string }[] = [
  { id: 'source', title: 'Sources' },
  { id: 'transform', title: 'Transforms' },
  { id: 'window', title: 'Windows' },
  { id: 'join', title: 'Joins' },
  { id: 'table', title: 'Tables' },
  { id: 'pattern', title: 'Patterns' },
  { id: 'sink', title: 'Sinks' },
]

function exported(entry: object, name: string): readonly OperatorDescription[] {
  return (Object.entries(entry).find(([key]) => key === name)?.[1] ?? []) as OperatorDescription[]
}
