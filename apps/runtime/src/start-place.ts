/** Where sources begin, as the command line is told: `earliest`, a time, `orders:0=15`. */

import type { StartAt, TopicPlace } from '@millrace/engine'
import { createValueReader, TIMESTAMP, UnreadableValue } from '@millrace/pipeline'

const readInstant = createValueReader(TIMESTAMP)

/** Undefined where it is none of them. */
export function parseStartAt(text: string): StartAt | undefined {
  if (text === 'earliest' || text === 'latest') return { kind: text }
  if (text.includes('=')) {
    const offsets = text.split(',').map(parsePlace)
    const known = offsets.filter((place) => place !== undefined)
    return known.length === offsets.length ? { kind: 'offsets', offsets: known } : undefined
  }
  try {
    return { kind: 'timestamp', timestampMs: readInstant(text) as number }
  } catch (error) {
    if (error instanceof UnreadableValue) return undefined
    throw error
  }
}

function parsePlace(text: string): TopicPlace | undefined {
  const [, topic, partition, offset] = /^(.+):(\d{1,6})=(\d{1,15})$/.exec(text.trim()) ?? []
  if (topic === undefined) return undefined
  return { topic, partition: Number(partition), offset: Number(offset) }
}
