/**
 * The letters of a cause, a page at a time. Pages are found by the place of their first letter, so
 * that what comes meanwhile moves nothing; the first page shows what comes. A search is asked for
 * stretch by stretch until a page is full, and shows what it has found so far.
 */

import type { wire } from '@millrace/pipeline'
import { type Api, messageOf } from '../api/api.ts'
import { createValueStore, type ReadableValue } from '../live/value-store.ts'
import type { LetterShelf } from './letters-place.ts'

export const PAGE_LETTERS = 100

export interface LetterPage {
  readonly phase: 'reading' | 'read' | 'refused'
  readonly letters: readonly wire.LetterSummary[]
  readonly message: string | undefined
  /** The first page is 0. */
  readonly number: number
  readonly hasOlder: boolean
}

export interface LetterListOptions {
  readonly pipelineId: string
  readonly api: Pick<Api, 'call'>
  readonly group: number | undefined
  readonly shelf: LetterShelf
  readonly search?: string | undefined
}

const STATES: Readonly<Record<LetterShelf, string>> = {
  open: 'open,sent',
  done: 'done',
  discarded: 'discarded',
}

export const FIRST_PAGE: LetterPage = {
  phase: 'reading',
  letters: [],
  message: undefined,
  number: 0,
  hasOlder: false,
}

export class LetterList {
  readonly #page = createValueStore<LetterPage>(FIRST_PAGE)
  readonly #options: LetterListOptions
  /** Before which letter each page begins, the first at the end of all. */
  readonly #begins: (number | undefined)[] = [undefined]
  #next: number | undefined
  /** The page that was asked for last; the one before it is shown until it comes. */
  #wanted = 0
  /** Answers to anything but the latest question are not looked at. */
  #asked = 0
  #asking = false
  #closed = false

  constructor(options: LetterListOptions) {
    this.#options = options
    void this.#read(0)
  }

  get page(): ReadableValue<LetterPage> {
    return this.#page
  }

  async refresh(): Promise<void> {
    // It would begin anew with each letter that comes, and not get to its end.
    if (this.#options.search !== undefined && this.#asking) return
    await this.#read(this.#wanted)
  }

  showOlder(): void {
    const { number, hasOlder } = this.#page.get()
    if (!hasOlder) return
    this.#begins[number + 1] = this.#next
    void this.#read(number + 1)
  }

  showNewer(): void {
    const { number } = this.#page.get()
    if (number > 0) void this.#read(number - 1)
  }

  close(): void {
    this.#closed = true
  }

  async #read(number: number): Promise<void> {
    const own = ++this.#asked
    this.#wanted = number
    this.#asking = true
    const letters: wire.LetterSummary[] = []
    let next = this.#begins[number]
    do {
      const answer = await this.#ask(next, PAGE_LETTERS - letters.length)
      if (own !== this.#asked || this.#closed) return
      if (answer.kind !== 'done') {
        this.#refuse(messageOf(answer))
        return
      }
      letters.push(...answer.reply.letters)
      next = answer.reply.next
      if (next !== undefined) this.#showSoFar(letters)
    } while (next !== undefined && letters.length < PAGE_LETTERS)
    this.#asking = false
    // All of an older page has been settled meanwhile.
    if (letters.length === 0 && number > 0) {
      await this.#read(0)
      return
    }
    this.#next = next
    const hasOlder = next !== undefined
    this.#page.set({ phase: 'read', letters, message: undefined, number, hasOlder })
  }

  #ask(before: number | undefined, limit: number) {
    const { api, pipelineId, group, shelf, search } = this.#options
    const query = {
      ...{ state: STATES[shelf], limit: `${limit}` },
      ...(group === undefined ? {} : { group: `${group}` }),
      ...(before === undefined ? {} : { before: `${before}` }),
      ...(search === undefined ? {} : { search }),
    }
    return api.call('listLetters', { params: { id: pipelineId }, query })
  }

  #refuse(message: string): void {
    this.#asking = false
    const shown = this.#page.get()
    this.#wanted = shown.number
    const phase = shown.letters.length === 0 ? 'refused' : shown.phase
    this.#page.set({ ...shown, phase, message })
  }

  /** Where nothing is shown yet that stays until all of it is there. */
  #showSoFar(letters: readonly wire.LetterSummary[]): void {
    const shown = this.#page.get()
    if (shown.phase === 'reading') this.#page.set({ ...shown, letters: [...letters] })
  }
}
