/**
 * The letters of a cause, a page at a time. Pages are found by the place of their first letter, so
 * that what comes meanwhile moves nothing; the first page shows what comes.
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
  #closed = false

  constructor(options: LetterListOptions) {
    this.#options = options
    void this.#read(0)
  }

  get page(): ReadableValue<LetterPage> {
    return this.#page
  }

  refresh(): Promise<void> {
    return this.#read(this.#wanted)
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
    const { api, pipelineId, group, shelf } = this.#options
    const own = ++this.#asked
    this.#wanted = number
    const before = this.#begins[number]
    const query = {
      ...{ state: STATES[shelf], limit: `${PAGE_LETTERS}` },
      ...(group === undefined ? {} : { group: `${group}` }),
      ...(before === undefined ? {} : { before: `${before}` }),
    }
    const answer = await api.call('listLetters', { params: { id: pipelineId }, query })
    if (own !== this.#asked || this.#closed) return
    if (answer.kind !== 'done') {
      const shown = this.#page.get()
      this.#wanted = shown.number
      const phase = shown.letters.length === 0 ? 'refused' : shown.phase
      this.#page.set({ ...shown, phase, message: messageOf(answer) })
      return
    }
    const { letters, next } = answer.reply
    // All of an older page has been settled meanwhile.
    if (letters.length === 0 && number > 0) {
      await this.#read(0)
      return
    }
    this.#next = next
    const hasOlder = next !== undefined
    this.#page.set({ phase: 'read', letters, message: undefined, number, hasOlder })
  }
}
