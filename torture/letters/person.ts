/** Somebody who corrects dead letters, sends them in, discards them and takes that back. */

import type { LetterDesk } from '../../apps/runtime/src/server/letter-desk.ts'
import type { StoredLetter } from '../../apps/runtime/src/storage/letter-rows.ts'
import type { LetterStore } from '../../apps/runtime/src/storage/letter-store.ts'
import { Refusal } from '../../apps/runtime/src/supervision/refusal.ts'
import { DiskError, TopicFailure } from '../../packages/engine/src/index.ts'
import type { SeededRandom } from '../../packages/engine/src/testing/index.ts'
import { idOf, recordText } from './refusing-job.ts'

export const PIPELINE = 'pipeline'

type Ask = 'replayLetter' | 'replayLetters' | 'discardLetters' | 'restoreLetters'

export interface PersonOptions {
  readonly random: SeededRandom
  readonly store: LetterStore
  /** What was not taken although nothing explains it. */
  onFault(fault: string): void
  /** The log takes nothing any more until the process is started again. */
  onStopped(): void
}

export class Person {
  /** How often each thing was done, by its name. */
  readonly done = new Map<string, number>()
  readonly #options: PersonOptions

  constructor(options: PersonOptions) {
    this.#options = options
  }

  letters(...states: readonly StoredLetter['state'][]): readonly StoredLetter[] {
    return this.#options.store.list({ pipelineId: PIPELINE, states, limit: 10_000 })
  }

  /** Something or other, sometimes the same twice. */
  act(desk: LetterDesk): void {
    const { random } = this.#options
    const open = this.letters('open')
    // Whose record is read again is not taken back: it would count twice.
    const gone = this.letters('discarded').filter(({ goneBack }) => !goneBack)
    const letter = open.length === 0 ? undefined : random.pick(open)
    const discarded = gone.length === 0 ? undefined : random.pick(gone)
    const what = random.integer(0, 8)
    if (what === 0) {
      if (discarded !== undefined) this.#ask(desk, 'restoreLetters', { letters: [discarded.id] })
    } else if (what === 1) {
      const all = random.pick(['discardLetters', 'replayLetters', 'restoreLetters'] as const)
      this.#ask(desk, all, { all: true })
    } else if (letter === undefined) return
    else if (what === 2) this.discard(desk, letter)
    else if (what === 3) this.#ask(desk, 'replayLetter', {}, letter.id)
    else if (what === 4) {
      const text = random.pick([recordText(idOf(textOf(letter)), 0), '{"id":'])
      this.#ask(desk, 'replayLetter', { raw: { text } }, letter.id)
    } else {
      for (let times = random.integer(1, 2); times > 0; times--) this.correct(desk, letter)
    }
  }

  /** Sends it in as it should have been. */
  correct(desk: LetterDesk, letter: StoredLetter): void {
    const text = recordText(idOf(textOf(letter)), this.#options.random.integer(1, 9))
    this.#ask(desk, 'replayLetter', { raw: { text } }, letter.id)
  }

  discard(desk: LetterDesk, letter: StoredLetter): void {
    this.#ask(desk, 'discardLetters', { letters: [letter.id] })
  }

  #ask(desk: LetterDesk, what: Ask, body: object, letter?: string): void {
    this.done.set(what, (this.done.get(what) ?? 0) + 1)
    const handler = desk.handlers[what] as unknown as (given: object) => unknown
    const asked = Promise.resolve().then(() =>
      handler({ params: { id: PIPELINE, ...(letter === undefined ? {} : { letter }) }, body }),
    )
    asked.catch((error: unknown) => this.refused(error))
  }

  /** What is refused by name is not done; what the log cannot take is tried again by the server. */
  refused(error: unknown): void {
    if (error instanceof Refusal || error instanceof DiskError) return
    if (!(error instanceof TopicFailure)) this.#options.onFault(String(error))
    else if (error.code === 'stopped') this.#options.onStopped()
  }
}

/** As it was refused. */
export function textOf({ raw }: StoredLetter): string {
  return Buffer.from(raw).toString()
}
