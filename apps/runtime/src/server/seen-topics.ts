/** The log as somebody sees it who reads it up to a place and may change nothing. */

import { TopicFailure, type Topics } from '@millrace/engine'
import { readOnlyTopics } from '../read-only-topics.ts'

/** By topic, the end of each partition; topics that are not named are not there. */
export type SeenEnds = ReadonlyMap<string, readonly number[]>

export function seenTopics(topics: Topics, ends: SeenEnds): Topics {
  const known = (topic: string): readonly number[] => {
    const own = ends.get(topic)
    if (own !== undefined) return own
    throw new TopicFailure('unknown-topic', `There is no topic "${topic}" in what is recorded.`)
  }
  return {
    ...readOnlyTopics(topics, 'Whoever records topics may only read them.'),
    read: (topic, partition, fromOffset, bytesMax) => {
      known(topic)
      return topics.read(topic, partition, fromOffset, bytesMax)
    },
    // A source that ends asks once where, and reads no further.
    offsets: async (topic) => {
      const own = known(topic)
      const all = await topics.offsets(topic)
      return all.map((one, partition) => {
        return { ...one, endOffset: Math.min(one.endOffset, own[partition] ?? one.startOffset) }
      })
    },
    offsetAt: async (topic, partition, timestampMs) => {
      const end = known(topic)[partition] ?? 0
      return Math.min(await topics.offsetAt(topic, partition, timestampMs), end)
    },
  }
}
