/** Where somebody is among the dead letters of a pipeline, as the address of the page says it. */

import { wire } from '@millrace/pipeline'

export type LetterShelf = 'open' | 'done' | 'discarded'

export interface LettersPlace {
  /** Only what this node refused. */
  readonly node?: string | undefined
  /** Only letters of this cause; where none is chosen, the page chooses. */
  readonly group?: number | 'all' | undefined
  /** The letter that is shown in full. */
  readonly letter?: string | undefined
  /** Only letters whose record contains it. */
  readonly search?: string | undefined
  readonly shelf: LetterShelf
}

export const SHELVES: readonly LetterShelf[] = ['open', 'done', 'discarded']

const VIEW = 'dead-letters'

export function isLettersPath(path: string): boolean {
  return /^\/pipelines\/[^/]+\/dead-letters\/?$/.test(path)
}

export function lettersHref(pipelineId: string, place: Partial<LettersPlace> = {}): string {
  const { node, group, letter, search, shelf } = place
  const query = new URLSearchParams()
  if (node !== undefined) query.set('node', node)
  if (group !== undefined) query.set('group', `${group}`)
  if (letter !== undefined) query.set('letter', letter)
  if (search !== undefined) query.set('search', search)
  if (shelf !== undefined && shelf !== 'open') query.set('shelf', shelf)
  const text = query.toString()
  return `/pipelines/${encodeURIComponent(pipelineId)}/${VIEW}${text === '' ? '' : `?${text}`}`
}

/** What it does not know it leaves out: an address may come from anywhere. */
export function readLettersPlace(query: string): LettersPlace {
  const read = new URLSearchParams(query)
  const search = read.get('search')?.slice(0, wire.LETTER_SEARCH_LENGTH_MAX)
  return {
    node: read.get('node') ?? undefined,
    group: readGroup(read.get('group') ?? ''),
    letter: read.get('letter') ?? undefined,
    search: search === '' ? undefined : search,
    shelf: SHELVES.find((shelf) => shelf === read.get('shelf')) ?? 'open',
  }
}

function readGroup(text: string): LettersPlace['group'] {
  if (text === 'all') return text
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
