/** Every operator that the designer knows: what the packages list, and none by name. */

import { connectors } from '@millrace/connectors'
import { operators } from '@millrace/operators'
import type { Category, Registry } from '@millrace/pipeline'

export const registry: Registry = new Map(
  [...operators, ...connectors].map((operator) => [operator.id, operator]),
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
