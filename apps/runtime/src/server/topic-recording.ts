/** Records what topics hold in an engine host of its own, which sees of them what it should. */

import type { ChildProcess } from 'node:child_process'
import type { Env, Topics } from '@millrace/engine'
import { EngineProcess } from '../supervision/engine-process.ts'
import type { TopicsWish } from '../supervision/recording-messages.ts'
import { Refusal } from '../supervision/refusal.ts'
import { TopicPort } from '../supervision/topic-port.ts'

export interface TopicRecordingOptions {
  readonly env: Env
  readonly deadlineMs: number
  /** What it may see. */
  readonly topics: Topics
  startProcess(): ChildProcess
}

export class TopicRecording {
  /** Why nothing more is recorded; undefined where all of it is. Never rejects. */
  readonly ended: Promise<string | undefined>
  readonly #process: EngineProcess
  #isOver = false

  constructor({ env, deadlineMs, topics, startProcess }: TopicRecordingOptions, wish: TopicsWish) {
    const port = new TopicPort({
      topics,
      answer: (number, packed) => this.#process.request('answerTopics', { number, packed }),
      appended: async () => undefined,
    })
    this.#process = new EngineProcess({
      ...{ env, deadlineMs },
      start: startProcess,
      onMessage: (message) => {
        if (message.kind === 'topicsAsked') void port.ask(message.number, message.packed)
      },
      onHeartbeat: () => {},
      onExit: () => port.close(),
    })
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
      swallowRefusal(error)
      return undefined
    }
  }

  async #run(wish: TopicsWish): Promise<string | undefined> {
    try {
      await this.#process.request('recordTopics', wish)
      return undefined
    } catch (error) {
      swallowRefusal(error)
      return (error as Refusal).message
    }
  }
}

function swallowRefusal(error: unknown): void {
  if (!(error instanceof Refusal)) throw error
}
