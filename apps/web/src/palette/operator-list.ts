/** The operators of a list, searched and in groups: for palette and quick-add alike. */

import type { OperatorDescription, Registry } from '@millrace/pipeline'
import { CATEGORIES } from '../operators/registry.ts'

export interface OperatorGroup {
  readonly title: string
  readonly operators: readonly OperatorDescription[]
}

export function operatorGroups(
  registry: Registry,
  search: string,
  allowed?: ReadonlyMap<string, unknown>,
): readonly OperatorGroup[] {
  const words = search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  const found = [...registry.values()].filter(
    (operator) => (allowed?.has(operator.id) ?? true) && matches(operator, words),
  )
  return CATEGORIES.map(({ id, title }) => ({
    title,
    operators: found
      .filter(({ category }) => category === id)
      .sort((a, b) => relevance(b, words) - relevance(a, words)),
  })).filter(({ operators }) => operators.length > 0)
}

/** Every word begins a word of the title, the id, the category or the summary. */
function matches(operator: OperatorDescription, words: readonly string[]): boolean {
  const { id, title, summary, category } = operator
  const text = ` ${title} ${id.replaceAll('-', ' ')} ${category} ${summary}`.toLowerCase()
  return words.every((word) => text.includes(` ${word}`) || title.toLowerCase().includes(word))
}

function relevance({ title }: OperatorDescription, words: readonly string[]): number {
  const [first] = words
  return first !== undefined && title.toLowerCase().startsWith(first) ? 1 : 0
}
