/** Where somebody is among the dead letters of a pipeline, as the address of the page says it. */

export type LetterShelf = 'open' | 'done' | 'discarded'

export interface LettersPlace {
  /** Only what this node refused. */
  readonly node?: string | undefined
  /** Only letters of this cause. */
  readonly group?: number | undefined
  /** The letter that is shown in full. */
  readonly letter?: string | undefined
  readonly shelf: LetterShelf
}

export const SHELVES: readonly LetterShelf[] = ['open', 'done', 'discarded']

const VIEW = 'dead-letters'

export function isLettersPath(path: string): boolean {
  return /^\/pipelines\/[^/]+\/dead-letters\/?$/.test(path)
}

export function lettersHref(pipelineId: string, place: Partial<LettersPlace> = {}): string {
  const { node, group, letter, shelf } = place
  const search = new URLSearchParams()
  if (node !== undefined) search.set('node', node)
  if (group !== undefined) search.set('group', `${group}`)
  if (letter !== undefined) search.set('letter', letter)
  if (shelf !== undefined && shelf !== 'open') search.set('shelf', shelf)
  const text = search.toString()
  return `/pipelines/${encodeURIComponent(pipelineId)}/${VIEW}${text === '' ? '' : `?${text}`}`
}

/** What it does not know it leaves out: an address may come from anywhere. */
export function readLettersPlace(search: string): LettersPlace {
  const read = new URLSearchParams(search)
  const group = read.get('group') ?? ''
  return {
    node: read.get('node') ?? undefined,
    group: /^\d{1,15}$/.test(group) ? Number(group) : undefined,
    letter: read.get('letter') ?? undefined,
    shelf: SHELVES.find((shelf) => shelf === read.get('shelf')) ?? 'open',
  }
}
