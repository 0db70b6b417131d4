/**
 * Finds letters by what their records contain, some of them at a time: there may be a gigabyte, and
 * whoever else asks the server something waits as long as it looks.
 */

import { firstOf, type StoredLetter } from './letter-rows.ts'
import type { LetterQuery, LetterStore } from './letter-store.ts'

const BYTES_AT_ONCE = 8 * 1024 * 1024
/** Their places are looked up before their records are. */
const LETTERS_AT_ONCE = 1_000

export interface FoundLetters {
  /** The newest first. */
  readonly letters: readonly StoredLetter[]
  /** What comes before it has not been looked at; undefined where there is nothing. */
  readonly next: number | undefined
}

export function searchLetters(
  store: Pick<LetterStore, 'names' | 'list'>,
  query: Omit<LetterQuery, 'after'> & { readonly search: string },
  bytesAtOnce = BYTES_AT_ONCE,
): FoundLetters {
  const letters: StoredLetter[] = []
  let { before } = query
  for (let bytesLeft = bytesAtOnce; bytesLeft > 0; ) {
    const { search: _, ...all } = query
    const names = store.names({ ...all, before, limit: LETTERS_AT_ONCE })
    const looked = firstOf(names, bytesLeft)
    const [first, last] = [looked[0], looked.at(-1)]
    if (first === undefined || last === undefined) return { letters, next: undefined }
    const limit = query.limit - letters.length
    const between = { before: first.seq + 1, after: last.seq - 1 }
    letters.push(...store.list({ ...query, ...between, limit }))
    if (letters.length === query.limit) return { letters, next: letters.at(-1)?.seq }
    if (looked.length === names.length && names.length < LETTERS_AT_ONCE) {
      return { letters, next: undefined }
    }
    before = last.seq
    for (const { bytes } of looked) bytesLeft -= bytes
  }
  return { letters, next: before }
}
