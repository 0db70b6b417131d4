/** The newest records of a topic, of each partition some, for a guess at its schema. */

import type { SampledTopic } from '@millrace/connectors'
import { fromUtf8, type OffsetRange, type Topics } from '@millrace/engine'

/** Over all partitions; at the least one record of each that has some. */
const RECORDS_MAX = 1_000
const BYTES_MAX = 2 * 1024 * 1024

type Values = SampledTopic['partitions'][number]

export async function sampleTopic(topics: Topics, topic: string): Promise<SampledTopic> {
  const ranges = await topics.offsets(topic)
  const share = Math.max(1, ranges.length)
  const limits = {
    records: Math.max(1, Math.floor(RECORDS_MAX / share)),
    bytes: Math.max(1, Math.floor(BYTES_MAX / share)),
  }
  const partitions: Values[] = []
  let keyed = 0
  for (const [partition, range] of ranges.entries()) {
    const newest = await readNewest(topics, { topic, partition, range, limits })
    partitions.push(newest.values)
    keyed += newest.keyed
  }
  return { topic, partitions, keyed }
}

interface Reading {
  readonly topic: string
  readonly partition: number
  readonly range: OffsetRange
  readonly limits: { readonly records: number; readonly bytes: number }
}

/** Large records may fill what is read before the newest of them is reached. */
async function readNewest(topics: Topics, { topic, partition, range, limits }: Reading) {
  const values: (string | undefined | null)[] = []
  let keyed = 0
  let bytesLeft = limits.bytes
  let offset = Math.max(range.startOffset, range.endOffset - limits.records)
  while (offset < range.endOffset && bytesLeft > 0) {
    const { records, nextOffset } = await topics.read(topic, partition, offset, bytesLeft)
    for (const { key, value } of records) {
      if (key !== null) keyed++
      values.push(value === null ? null : fromUtf8(value))
      bytesLeft -= (value?.length ?? 0) + (key?.length ?? 0)
    }
    if (nextOffset <= offset) break
    offset = nextOffset
  }
  return { values, keyed }
}
