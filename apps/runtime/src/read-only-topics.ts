/** The log as somebody sees it who may change nothing; whoever tries is told so by a rejection. */

import { TopicFailure, type Topics } from '@millrace/engine'

/** `why` is what is said to whoever would change it. Nobody is told of what is appended. */
export function readOnlyTopics(topics: Topics, why: string): Topics {
  const refuse = async (): Promise<never> => {
    throw new TopicFailure('refused', why)
  }
  return {
    ...{ create: refuse, remove: refuse, append: refuse, stage: refuse, prepare: refuse },
    ...{ commit: refuse, abort: refuse, acknowledge: refuse, openTransactions: refuse },
    list: () => topics.list(),
    describe: (topic) => topics.describe(topic),
    read: (topic, partition, fromOffset, bytesMax) =>
      topics.read(topic, partition, fromOffset, bytesMax),
    offsets: (topic) => topics.offsets(topic),
    offsetAt: (topic, partition, timestampMs) => topics.offsetAt(topic, partition, timestampMs),
    onAppended: () => () => {},
  }
}
