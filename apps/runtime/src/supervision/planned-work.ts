/** What the supervisor is to do later: none of it happens once that has closed. */

import type { Timers } from '@millrace/engine'

export class PlannedWork {
  readonly #timers: Timers
  readonly #planned = new Set<() => void>()
  #closed = false

  constructor(timers: Timers) {
    this.#timers = timers
  }

  /** Gives what takes it back. */
  later(delayMs: number, act: () => void): () => void {
    // What is planned would keep the process from its end.
    if (this.#closed) return () => {}
    const cancel = this.#timers.after(delayMs, () => {
      this.#planned.delete(cancel)
      act()
    })
    this.#planned.add(cancel)
    return () => {
      this.#planned.delete(cancel)
      cancel()
    }
  }

  close(): void {
    this.#closed = true
    for (const cancel of this.#planned) cancel()
    this.#planned.clear()
  }
}
