/** Takes down what a job does turn by turn, for whoever records it. */

import type { TurnRecorder } from './recorded-turn.ts'
import type { SourceNode } from './source-node.ts'

export class JobRecording {
  readonly #sources: readonly SourceNode[]
  readonly #nowMs: () => number
  #recorder: TurnRecorder | undefined
  /** Begins at the next cut. */
  #atCut: TurnRecorder | undefined
  #turnCount = 0

  /** `nowMs` is the processing time of the turn. */
  constructor(sources: readonly SourceNode[], nowMs: () => number) {
    this.#sources = sources
    this.#nowMs = nowMs
  }

  /** Turns have been taken already. */
  get tooLate(): boolean {
    return this.#turnCount > 0
  }

  /** It has not written yet what it was given. */
  get busy(): boolean {
    return this.#recorder?.busy === true
  }

  start(recorder: TurnRecorder): void {
    this.#recorder = recorder
    for (const source of this.#sources) {
      source.onDeed = (deed) => recorder.record({ ...deed, nowMs: this.#nowMs() })
    }
  }

  startAtCut(recorder: TurnRecorder): void {
    this.#atCut = recorder
  }

  stop(): void {
    this.#recorder = undefined
    this.#atCut = undefined
    for (const source of this.#sources) source.onDeed = undefined
  }

  /** A checkpoint is being cut. */
  cut(): void {
    if (this.#atCut !== undefined) this.start(this.#atCut)
    this.#atCut = undefined
  }

  betweenTurns(): void {
    this.#recorder?.betweenTurns()
    this.#turnCount++
  }

  /** A node was called by the clock. */
  tick(node: string): void {
    this.#recorder?.record({ kind: 'tick', node, nowMs: this.#nowMs() })
  }
}
