/**
 * One replay in an engine host of its own. Nothing of it reaches jobs: their hosts are others, its
 * sinks take rows and show them to nobody, and the log is not at its end of the channel.
 */

import type { ChildProcess } from 'node:child_process'
import type { Env } from '@millrace/engine'
import type { wire } from '@millrace/pipeline'
import { EngineProcess } from '../supervision/engine-process.ts'
import { Refusal } from '../supervision/refusal.ts'
import type { ReplayWish } from '../supervision/replay-messages.ts'

export interface ShadowRunOptions {
  readonly env: Env
  readonly deadlineMs: number
  /** It is ended, and says so, when it has taken so long. */
  readonly durationMsMax: number
  startProcess(): ChildProcess
}

export type ShadowEnd =
  | { readonly state: 'done'; readonly result: wire.ReplayResult }
  | { readonly state: 'failed' | 'stopped'; readonly message: string }

const PROGRESS_MS_BETWEEN = 200

export class ShadowRun {
  /** Never rejects. */
  readonly ended: Promise<ShadowEnd>
  readonly #options: ShadowRunOptions
  readonly #process: EngineProcess
  #stoppedBecause: string | undefined
  #exitReason = ''
  #progress = { turns: 0, records: 0 }
  #askedAtMs = Number.NEGATIVE_INFINITY

  constructor(options: ShadowRunOptions, wish: ReplayWish) {
    const { env, deadlineMs, durationMsMax, startProcess } = options
    this.#options = options
    this.#process = new EngineProcess({
      ...{ env, deadlineMs },
      start: startProcess,
      onMessage: () => {},
      onHeartbeat: () => {},
      onExit: (reason) => {
        this.#exitReason = reason
      },
    })
    const cancelLimit = env.timers.after(durationMsMax, () => {
      const minutes = Math.round(durationMsMax / 60_000)
      this.stop(`It was not done after ${minutes} minutes. Record a shorter time, and replay that.`)
    })
    this.ended = this.#run(wish).finally(() => {
      cancelLimit()
      this.#process.kill('its replay is over')
    })
  }

  stop(because: string): void {
    this.#stoppedBecause ??= because
    this.#process.kill('its replay was stopped')
  }

  /** How far it was when it was asked, which it is not every time. */
  async progress(): Promise<{ readonly turns: number; readonly records: number }> {
    const nowMs = this.#options.env.clock.monotonicMs()
    if (nowMs - this.#askedAtMs < PROGRESS_MS_BETWEEN) return this.#progress
    this.#askedAtMs = nowMs
    try {
      this.#progress = await this.#process.request('replayProgress', {})
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
    }
    return this.#progress
  }

  async #run(wish: ReplayWish): Promise<ShadowEnd> {
    try {
      const { result } = await this.#process.request('runReplay', wish)
      return { state: 'done', result }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      if (this.#stoppedBecause !== undefined) {
        return { state: 'stopped', message: this.#stoppedBecause }
      }
      const died = error.code === 'engine-restarting'
      const message = died ? diedText(this.#exitReason) : error.message
      return { state: 'failed', message }
    }
  }
}

function diedText(reason: string): string {
  return (
    `The engine of the replay has stopped: ${reason}. Jobs were not touched. Look for a node that holds much ` +
    'in memory or computes very long for one record, change it, and replay again.'
  )
}
