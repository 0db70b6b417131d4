/** Which letters come before and after one in its list, also when it has just left it. */

import type { wire } from '@millrace/pipeline'

export type Listed = Pick<wire.LetterSummary, 'letter' | 'state'>

export interface Neighbours {
  readonly before: string | undefined
  readonly after: string | undefined
  /** From its place on, and then from the top. */
  readonly nextOpen: string | undefined
}

/** `known`: the list as it was when the letter was last in it, which says where it stood. */
export function neighboursOf(
  name: string,
  letters: readonly Listed[],
  known: readonly Listed[],
): Neighbours {
  const is = (one: Listed): boolean => one.letter === name
  const list = letters.some(is) ? letters : known
  const at = list.findIndex(is)
  const there = new Map(letters.map((one) => [one.letter, one]))
  const listed = (some: readonly Listed[]) => some.flatMap(({ letter }) => there.get(letter) ?? [])
  const before = listed(list.slice(0, Math.max(0, at)))
  const after = listed(list.slice(at + 1))
  const open = [...after, ...before, ...letters].find((one) => one.state === 'open' && !is(one))
  return { before: before.at(-1)?.letter, after: after[0]?.letter, nextOpen: open?.letter }
}
