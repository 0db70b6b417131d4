/**
 * The causes of a pipeline's dead letters and how many there are, up to date: read once, and again
 * when the host says that something has changed, though never twice at a time or more than once a
 * second.
 */

import type { wire } from '@millrace/pipeline'
import { type Api, messageOf } from '../api/api.ts'
import type { Connection } from '../live/connection.ts'
import { createValueStore, type ReadableValue } from '../live/value-store.ts'

export interface LetterCounts {
  readonly groups: readonly wire.LetterGroup[]
  /** Undefined until the first answer. */
  readonly books: wire.LetterBooks | undefined
  /** Why the last attempt brought nothing. */
  readonly message: string | undefined
}

export interface LetterWatch {
  readonly counts: ReadableValue<LetterCounts>
  /** Goes up with everything that has happened to letters of the pipeline. */
  readonly changes: ReadableValue<number>
  refresh(): void
  close(): void
}

export interface LetterWatchOptions {
  readonly pipelineId: string
  readonly api: Pick<Api, 'call'>
  readonly connection: Pick<Connection, 'on' | 'onConnected'>
  readonly env: { after(delayMs: number, call: () => void): () => void }
}

const PAUSE_MS = 1_000
const AGAIN_MS = 5_000

export function createLetterWatch(options: LetterWatchOptions): LetterWatch {
  return new Watch(options)
}

class Watch implements LetterWatch {
  readonly counts = createValueStore<LetterCounts>({
    groups: [],
    books: undefined,
    message: undefined,
  })
  readonly changes = createValueStore(0)
  readonly #options: LetterWatchOptions
  readonly #stops: (() => void)[]
  #reading = false
  #wanted = false
  #closed = false
  #cancel: () => void = () => {}

  constructor(options: LetterWatchOptions) {
    this.#options = options
    const { connection, pipelineId } = options
    this.#stops = [
      // What happened before, nobody has told.
      connection.onConnected(() => this.#changed()),
      connection.on('lettersChanged', ({ pipelineId: of, books }) => {
        if (of !== pipelineId) return
        this.counts.set({ ...this.counts.get(), books })
        this.#changed()
      }),
    ]
    this.refresh()
  }

  refresh(): void {
    this.#wanted = true
    if (!this.#reading) void this.#read()
  }

  close(): void {
    this.#closed = true
    this.#cancel()
    for (const stop of this.#stops) stop()
  }

  #changed(): void {
    this.changes.set(this.changes.get() + 1)
    this.refresh()
  }

  async #read(): Promise<void> {
    const { api, pipelineId, env } = this.#options
    this.#reading = true
    this.#wanted = false
    const answer = await api.call('listLetterGroups', { params: { id: pipelineId } })
    if (this.#closed) return
    if (answer.kind === 'done') this.counts.set({ ...answer.reply, message: undefined })
    else this.counts.set({ ...this.counts.get(), message: messageOf(answer) })
    const isRead = answer.kind === 'done'
    this.#cancel = env.after(isRead ? PAUSE_MS : AGAIN_MS, () => {
      this.#reading = false
      if (this.#wanted || !isRead) void this.#read()
    })
  }
}
