/** Says once when a job waits for what one of its nodes writes to, and once when it goes on. */

import type { Stall } from '@millrace/engine'
import type { JobNews } from '../supervision/messages.ts'

/** Shorter waits are back-pressure as it should be. */
const STALLED_MS = 5_000

export interface StallNoteOptions {
  titleOf(nodeId: string): string
  onNoted(news: JobNews): void
}

export class StallNote {
  readonly #options: StallNoteOptions
  #nodeId: string | undefined

  constructor(options: StallNoteOptions) {
    this.#options = options
  }

  /** Now and then. */
  look(stall: Stall | undefined): void {
    const { titleOf, onNoted } = this.#options
    const isLong = stall !== undefined && stall.durationMs >= STALLED_MS
    if (isLong && this.#nodeId === undefined) {
      const { nodeId, durationMs } = stall
      this.#nodeId = nodeId
      const message =
        `What "${titleOf(nodeId)}" writes to has taken nothing for ${Math.round(durationMs / 1000)} s, and ` +
        'no more may be on its way. So sources wait, and nothing is lost. Look after what it writes to.'
      onNoted({ kind: 'held', severity: 'warning', nodeId, message })
    } else if (!isLong && this.#nodeId !== undefined) {
      const nodeId = this.#nodeId
      this.#nodeId = undefined
      const message = `What "${titleOf(nodeId)}" writes to takes records again, and sources are read on.`
      onNoted({ kind: 'released', severity: 'info', nodeId, message })
    }
  }
}
