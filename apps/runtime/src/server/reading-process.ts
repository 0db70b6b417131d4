/** An engine host that does one thing with what it reads in topics, and may write nothing there. */

import type { ChildProcess } from 'node:child_process'
import type { Env, Topics } from '@millrace/engine'
import { EngineProcess } from '../supervision/engine-process.ts'
import { TopicPort } from '../supervision/topic-port.ts'

export interface ReadingProcessOptions {
  readonly env: Env
  readonly deadlineMs: number
  /** What it may see. */
  readonly topics: Topics
  startProcess(): ChildProcess
  /** It is gone, for whatever reason. */
  onExit?(reason: string): void
}

export function startReadingProcess(options: ReadingProcessOptions): EngineProcess {
  const { env, deadlineMs, topics, startProcess, onExit } = options
  const port = new TopicPort({
    topics,
    answer: (number, packed) => engine.request('answerTopics', { number, packed }),
    appended: async () => undefined,
  })
  const engine: EngineProcess = new EngineProcess({
    ...{ env, deadlineMs },
    start: startProcess,
    onMessage: (message) => {
      if (message.kind === 'topicsAsked') void port.ask(message.number, message.packed)
    },
    onHeartbeat: () => {},
    onExit: (reason) => {
      port.close()
      onExit?.(reason)
    },
  })
  return engine
}
