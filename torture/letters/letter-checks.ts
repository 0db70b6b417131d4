/** What must hold of dead letters when all is over, by the records and by the books. */

import type { StoredLetter } from '../../apps/runtime/src/storage/letter-rows.ts'
import type { LetterStore } from '../../apps/runtime/src/storage/letter-store.ts'
import { PIPELINE, textOf } from './person.ts'
import { idOf, type RefusingJob } from './refusing-job.ts'

export interface Final {
  /** How often each record stands in the topic. */
  readonly written: ReadonlyMap<number, number>
  /** How often the job has counted each. */
  readonly counted: ReadonlyMap<number, number>
  /** By node, how many its books call dead letters. */
  readonly refused: ReadonlyMap<string, number>
  /** What was written in a history that was gone back from stays in the topic. */
  readonly hasGoneBack: boolean
}

/** Each record is in one place. */
export function letterFaults(
  { records, poison }: RefusingJob,
  letters: readonly StoredLetter[],
  { written, counted, hasGoneBack }: Final,
): readonly string[] {
  const faults: string[] = []
  const kept = new Map<number, StoredLetter[]>()
  // Those of a history that was gone back from were refused again since, or else stand in this one.
  for (const letter of letters.filter(({ goneBack }) => !goneBack)) {
    const id = idOf(textOf(letter))
    kept.set(id, [...(kept.get(id) ?? []), letter])
  }
  for (const [id] of records.entries()) {
    const own = kept.get(id) ?? []
    const waiting = own.filter(({ state }) => state === 'open' || state === 'discarded').length
    const states = own.map(({ id: name, state, result }) => `${name} ${state} ${result ?? ''}`)
    const note = (fault: string) => faults.push(`Record ${id} ${fault} (${states.join('; ')}).`)
    const times = counted.get(id) ?? 0
    if (times + waiting !== 1) note(`counts ${times} times, and ${waiting} letters of it wait`)
    const lines = written.get(id) ?? 0
    if (hasGoneBack ? lines < times : lines !== times)
      note(`is written ${lines} times, counts ${times}`)
    if (!poison.has(id) && own.length > 0) note('was refused, and nothing is wrong with it')
    if (poison.has(id) && own.length === 0) note('was refused, and there is no letter')
    if (own.some(({ state }) => state === 'sent')) note('is under way when all is over')
  }
  return faults
}

/** Sums are those of the letters, and each node counts those that wait where it refused them. */
export function booksFaults(
  letters: readonly StoredLetter[],
  store: LetterStore,
  { refused }: Final,
): readonly string[] {
  const faults: string[] = []
  const count = (state: StoredLetter['state']) => {
    return letters.filter((letter) => letter.state === state).length
  }
  const books = store.books(PIPELINE)
  for (const state of ['open', 'sent', 'done', 'discarded'] as const) {
    if (books[state] === count(state)) continue
    faults.push(`The books have ${books[state]} ${state}, and there are ${count(state)}.`)
  }
  for (const [nodeId, deadLettered] of refused) {
    const waiting = letters.filter(({ state, detail, goneBack }) => {
      const waits = state === 'open' || (state === 'discarded' && !goneBack)
      return waits && detail.nodeId === nodeId
    })
    if (waiting.length === deadLettered) continue
    faults.push(`"${nodeId}" counts ${deadLettered} dead letters, and ${waiting.length} wait.`)
  }
  return faults
}
