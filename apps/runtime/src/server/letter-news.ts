/**
 * Tells pages whose dead letters have changed: once a moment for each pipeline, however many
 * letters come, and at the latest a moment after the last change.
 */

import type { Timers } from '@millrace/engine'

const MOMENT_MS = 250

export class LetterNews {
  readonly #timers: Timers
  readonly #tell: (pipelineId: string) => void
  readonly #changed = new Set<string>()
  #cancel: (() => void) | undefined

  constructor(timers: Timers, tell: (pipelineId: string) => void) {
    this.#timers = timers
    this.#tell = tell
  }

  changed(pipelineIds: Iterable<string>): void {
    for (const pipelineId of pipelineIds) this.#changed.add(pipelineId)
    if (this.#changed.size > 0) this.#cancel ??= this.#timers.after(MOMENT_MS, () => this.#flush())
  }

  close(): void {
    this.#cancel?.()
    this.#changed.clear()
  }

  #flush(): void {
    this.#cancel = undefined
    const pipelineIds = [...this.#changed]
    this.#changed.clear()
    for (const pipelineId of pipelineIds) this.#tell(pipelineId)
  }
}
