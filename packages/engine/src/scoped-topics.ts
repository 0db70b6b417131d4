/** Topics as one job has them: its transactions are its own, whatever it calls them. */

import type { Topics } from './topics.ts'

/** `scope` stays the same when the job goes on from a checkpoint, and no other job has it. */
export function scopedTopics(topics: Topics, scope: string): Topics {
  const own = (transaction: string) => `${scope}/${transaction}`
  return {
    create: (topic, settings) => topics.create(topic, settings),
    list: () => topics.list(),
    describe: (topic) => topics.describe(topic),
    remove: (topic) => topics.remove(topic),
    append: (topic, records, options) => topics.append(topic, records, options),
    stage: (transaction, topic, records) => topics.stage(own(transaction), topic, records),
    prepare: (transaction) => topics.prepare(own(transaction)),
    commit: (transaction) => topics.commit(own(transaction)),
    abort: (transaction) => topics.abort(own(transaction)),
    openTransactions: async (prefix) => {
      const open = await topics.openTransactions(own(prefix))
      return open.map((one) => ({ ...one, id: one.id.slice(own('').length) }))
    },
    read: (topic, partition, fromOffset, bytesMax) =>
      topics.read(topic, partition, fromOffset, bytesMax),
    offsets: (topic) => topics.offsets(topic),
    acknowledge: (topic, partition, offset, keepMs) =>
      topics.acknowledge(topic, partition, offset, keepMs),
    offsetAt: (topic, partition, timestampMs) => topics.offsetAt(topic, partition, timestampMs),
    onAppended: (topic, callback) => topics.onAppended(topic, callback),
  }
}
