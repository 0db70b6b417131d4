/** What the list of letters is of: one cause, or all of them. */

import type { wire } from '@millrace/pipeline'
import type { LetterShelf, LettersPlace } from './letters-place.ts'

export interface LetterCollection {
  /** Undefined where letters of all causes are meant. */
  readonly group: number | undefined
  /** Whether there are letters of other causes, which may be looked through as well. */
  readonly hasOthers: boolean
  readonly open: number
  readonly sent: number
  readonly done: number
  readonly discarded: number
}

/** Causes of one node are one at a time: the server knows letters of a cause, and all letters. */
export function offersAll(groups: readonly wire.LetterGroup[], { node }: LettersPlace): boolean {
  return node === undefined && groups.length > 1
}

/** Where none is chosen, it is the first one; undefined where there is none. */
export function collectionAt(
  groups: readonly wire.LetterGroup[],
  place: LettersPlace,
): LetterCollection | undefined {
  if (place.group === 'all' && offersAll(groups, place)) return allOf(groups)
  const chosen = groups.find(({ group }) => group === place.group) ?? groups[0]
  return chosen === undefined ? undefined : { ...chosen, hasOthers: offersAll(groups, place) }
}

function allOf(groups: readonly wire.LetterGroup[]): LetterCollection {
  const sum = (count: (group: wire.LetterGroup) => number) =>
    groups.reduce((total, group) => total + count(group), 0)
  return {
    group: undefined,
    hasOthers: false,
    open: sum(({ open }) => open),
    sent: sum(({ sent }) => sent),
    done: sum(({ done }) => done),
    discarded: sum(({ discarded }) => discarded),
  }
}

export function countOn(
  shelf: LetterShelf,
  { open, sent, done, discarded }: LetterCollection,
): number {
  if (shelf === 'open') return open + sent
  return shelf === 'done' ? done : discarded
}

/** Where there is something to see. */
export function shelfOf({ open, sent, done }: wire.LetterGroup): LetterShelf {
  if (open + sent > 0) return 'open'
  return done > 0 ? 'done' : 'discarded'
}
