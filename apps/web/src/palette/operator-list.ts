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
  const relevant = (operator: OperatorDescription | undefined) =>
    operator === undefined ? 0 : relevance(operator.title.toLowerCase(), words)
  return CATEGORIES.map(({ id, title }) => ({
    title,
    operators: found
      .filter(({ category }) => category === id)
      .sort((a, b) => relevant(b) - relevant(a)),
  }))
    .filter(({ operators }) => operators.length > 0)
    .sort((a, b) => relevant(b.operators[0]) - relevant(a.operators[0]))
}

/** Every word begins a word of the title, the id, the category or the summary. */
function matches(operator: OperatorDescription, words: readonly string[]): boolean {
  const { id, title, summary, category } = operator
  const text = ` ${title} ${id.replaceAll('-', ' ')} ${category} ${summary}`.toLowerCase()
  return words.every((word) => text.includes(` ${word}`) || title.toLowerCase().includes(word))
}

/**
 * What is called so stands before what has it in its name as words, as beginnings of words or
 * anyhow, and before what is only explained so.
 */
function relevance(title: string, words: readonly string[]): number {
  if (words.length === 0) return 0
  const search = words.join(' ')
  if (title === search) return 4
  if (` ${title} `.includes(` ${search} `)) return 3
  if (words.every((word) => ` ${title}`.includes(` ${word}`))) return 2
  return words.every((word) => title.includes(word)) ? 1 : 0
}
