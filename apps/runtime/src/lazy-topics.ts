/** Topics of a log that is opened when somebody first asks for one: most pipelines have none. */

import { type Env, JobFailed, type Topics } from '@millrace/engine'
import type { DataLog } from './storage/data-log.ts'
import { Refusal } from './supervision/refusal.ts'

export interface LazyTopics extends Topics {
  /** Does nothing where nobody has asked. */
  close(): Promise<void>
}

export function createLazyTopics(
  { timers }: Pick<Env, 'timers'>,
  open: () => Promise<DataLog>,
): LazyTopics {
  let opening: Promise<DataLog> | undefined
  const log = async (): Promise<Topics> => {
    opening ??= open()
    try {
      return (await opening).log
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      throw new JobFailed({ domain: 'user', retry: false, message: error.message, cause: error })
    }
  }
  return {
    create: async (topic, settings) => (await log()).create(topic, settings),
    list: async () => (await log()).list(),
    describe: async (topic) => (await log()).describe(topic),
    remove: async (topic) => (await log()).remove(topic),
    append: async (topic, records, options) => (await log()).append(topic, records, options),
    stage: async (transaction, topic, records) => (await log()).stage(transaction, topic, records),
    prepare: async (transaction) => (await log()).prepare(transaction),
    commit: async (transaction) => (await log()).commit(transaction),
    abort: async (transaction) => (await log()).abort(transaction),
    openTransactions: async (prefix) => (await log()).openTransactions(prefix),
    read: async (topic, partition, from, bytes) =>
      (await log()).read(topic, partition, from, bytes),
    offsets: async (topic) => (await log()).offsets(topic),
    offsetAt: async (topic, partition, atMs) => (await log()).offsetAt(topic, partition, atMs),
    acknowledge: async (topic, partition, offset, keepMs) =>
      (await log()).acknowledge(topic, partition, offset, keepMs),
    onAppended: (topic, callback) => {
      let stop = () => {}
      let stopped = false
      log().then(
        (topics) => {
          if (stopped) return
          stop = topics.onAppended(topic, callback)
          // Something may have come before anybody listened.
          timers.yield(callback)
        },
        () => {},
      )
      return () => {
        stopped = true
        stop()
      }
    },
    close: async () => {
      const opened = await opening?.catch(() => undefined)
      await opened?.close()
    },
  }
}
