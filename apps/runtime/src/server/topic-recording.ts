/** Records what topics hold in an engine host of its own, which sees of them what it should. */

import type { EngineProcess } from '../supervision/engine-process.ts'
import type { TopicsWish } from '../supervision/recording-messages.ts'
import type { Refusal } from '../supervision/refusal.ts'
import { isRefusal } from '../supervision/supervised-job.ts'
import { type ReadingProcessOptions, startReadingProcess } from './reading-process.ts'

export class TopicRecording {
  /** Why nothing more is recorded; undefined where all of it is. Never rejects. */
  readonly ended: Promise<string | undefined>
  readonly #process: EngineProcess
  #isOver = false

  constructor(options: ReadingProcessOptions, wish: TopicsWish) {
    this.#process = startReadingProcess(options)
    this.ended = this.#run(wish).finally(() => {
      this.#isOver = true
      this.#process.kill('its recording is over')
    })
  }

  stop(): void {
    this.#process.kill('its recording was stopped')
  }

  /** Undefined where it is over. */
  async progress(): Promise<{ readonly records: number; readonly bytes: number } | undefined> {
    if (this.#isOver) return undefined
    try {
      return await this.#process.request('topicsProgress', {})
    } catch (error) {
      isRefusal(error)
      return undefined
    }
  }

  async #run(wish: TopicsWish): Promise<string | undefined> {
    try {
      await this.#process.request('recordTopics', wish)
      return undefined
    } catch (error) {
      isRefusal(error)
      return (error as Refusal).message
    }
  }
}
