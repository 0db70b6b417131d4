/**
 * Texts in which occurrences of another text are replaced, and how many characters they have: SQL
 * counts occurrences by `CHAR_LENGTH(x) - CHAR_LENGTH(REPLACE(x, 'c', ''))`, for which the
 * replaced text need not be made.
 */

import { characterCount, hasSurrogates } from '../characters.ts'
import { checkStringLength } from '../limits.ts'
import type { Typed } from '../typed.ts'
import type { Shortcut } from './definition.ts'

export function replaced(text: string, search: string, replacement: string): string {
  if (search === '') return text
  if (replacement.length > search.length) {
    const occurrences = occurrencesIn(text, search)
    checkStringLength(text.length + occurrences * (replacement.length - search.length))
  }
  // In a replacement, JavaScript reads "$" as a sign.
  if (replacement.includes('$')) return text.split(search).join(replacement)
  return text.replaceAll(search, replacement)
}

/** Of `CHAR_LENGTH(REPLACE(text, search, replacement))`. */
export function lengthOfReplaced([text]: readonly Typed[]): Shortcut | undefined {
  if (text?.call !== 'REPLACE' || text.args === undefined) return undefined
  return { apply: replacedLength, args: text.args }
}

/** As `characterCount(replaced(…))`. Where surrogates are, two may become one character. */
export function replacedLength(text: string, search: string, replacement: string): number {
  if (hasSurrogates(text) || (replacement !== '' && hasSurrogates(replacement))) {
    return characterCount(replaced(text, search, replacement))
  }
  if (search === '') return text.length
  const more = replacement.length - search.length
  const length = text.length + occurrencesIn(text, search) * more
  if (more > 0) checkStringLength(length)
  return length
}

function occurrencesIn(text: string, search: string): number {
  let occurrences = 0
  for (let at = text.indexOf(search); at >= 0; at = text.indexOf(search, at + search.length))
    occurrences++
  return occurrences
}
