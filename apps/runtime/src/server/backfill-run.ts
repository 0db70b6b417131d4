/** One backfill in an engine host of its own. What it says is asked for; jobs do not notice it. */

import type { BackfillWish, HostedBackfillState } from '../supervision/backfill-messages.ts'
import type { EngineProcess } from '../supervision/engine-process.ts'
import { Refusal } from '../supervision/refusal.ts'
import { isRefusal } from '../supervision/supervised-job.ts'
import { type ReadingProcessOptions, startReadingProcess } from './reading-process.ts'

export class BackfillRun {
  /** Resolves when it has failed, with why; never after `end`. */
  readonly failed: Promise<string>
  readonly #process: EngineProcess
  #exitReason = ''
  #isOver = false
  #fail: (why: string) => void = () => {}

  constructor(options: Omit<ReadingProcessOptions, 'onExit'>) {
    this.failed = new Promise((resolve) => {
      this.#fail = (why) => {
        if (!this.#isOver) resolve(why)
      }
    })
    this.#process = startReadingProcess({
      ...options,
      onExit: (reason) => {
        this.#exitReason = reason
        this.#fail(diedText(reason))
      },
    })
  }

  /** Rejects with a `Refusal` where it cannot begin. */
  async begin(wish: BackfillWish & { readonly checkpointId: number }): Promise<void> {
    await this.#ask(() => this.#process.request('beginBackfill', wish))
    // Where its process goes, that says more.
    const watched = this.#process.request('watchBackfill', {})
    watched.then(({ message }) => this.#fail(message), isRefusal)
  }

  progress(): Promise<HostedBackfillState> {
    return this.#ask(() => this.#process.request('backfillProgress', {}))
  }

  async move(checkpointId: number): Promise<void> {
    await this.#ask(() => this.#process.request('moveBackfill', { checkpointId }))
  }

  finish(
    checkpointId: number,
    savepointId: string,
  ): Promise<{ readonly atMs: number; readonly bytes: number }> {
    const request = { checkpointId, savepointId }
    return this.#ask(() => this.#process.request('finishBackfill', request))
  }

  end(): void {
    this.#isOver = true
    this.#process.kill('its backfill is over')
  }

  /** Says why its process is gone where it is. */
  async #ask<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act()
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const died = error.code === 'engine-restarting' && !this.#isOver
      if (died) throw new Refusal('conflict', 'backfill-failed', diedText(this.#exitReason))
      throw new Refusal('conflict', error.code, error.message)
    }
  }
}

function diedText(reason: string): string {
  return `The engine of the backfill has stopped: ${reason}.`
}
