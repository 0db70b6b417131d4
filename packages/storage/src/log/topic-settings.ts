/** What a topic may be called and how it may be set up, with a refusal for everything else. */

import {
  type NewTopicSettings,
  TopicFailure,
  type TopicRecord,
  type TopicSettings,
  topicNameRefusal,
} from '@millrace/engine'
import { PAYLOAD_BYTES_MAX } from '../frame.ts'
import { recordBytes } from './group.ts'
import { batchBytesMax } from './record-batch.ts'

export const PARTITIONS_MAX = 256
const DAY_MS = 24 * 3600 * 1000
const MB = 1024 * 1024
/** Times are stored with a sign, as differences. */
const TIMESTAMP_MS_MAX = 2 ** 52 - 1
const IDEMPOTENCY_KEY_LENGTH_MAX = 256

type Bounds = readonly [title: string, least: number, most: number, unit: string]

const BOUNDS: { readonly [name in keyof TopicSettings]?: Bounds } = {
  partitions: ['The number of partitions', 1, PARTITIONS_MAX, ''],
  retentionMs: ['The retention time', 1000, 100 * 365 * DAY_MS, ' ms'],
  retentionBytes: ['The retention size', 4096, 2 ** 50, ' bytes'],
  tombstoneRetentionMs: ['The retention of tombstones', 0, 100 * 365 * DAY_MS, ' ms'],
  segmentBytes: ['The size of a segment', 4096, 1024 * MB, ' bytes'],
  recordBytesMax: ['The largest record', 1, 64 * MB, ' bytes'],
}

function refused(field: string, message: string): TopicFailure {
  return new TopicFailure('refused', message, undefined, field)
}

export function checkTopicName(topic: string): void {
  const refusal = topicNameRefusal(topic)
  if (refusal !== undefined) throw refused('topic', refusal)
}

/** With the defaults in the place of what was left out. */
export function toTopicSettings(topic: string, given: NewTopicSettings): TopicSettings {
  const compact = given.compact ?? false
  const settings: TopicSettings = {
    partitions: given.partitions ?? 1,
    compact,
    tombstoneRetentionMs: given.tombstoneRetentionMs ?? DAY_MS,
    segmentBytes: given.segmentBytes ?? (compact ? 16 * MB : 64 * MB),
    recordBytesMax: given.recordBytesMax ?? MB,
    ...(given.retentionMs !== undefined && { retentionMs: given.retentionMs }),
    ...(given.retentionBytes !== undefined && { retentionBytes: given.retentionBytes }),
  }
  for (const name of Object.keys(BOUNDS) as (keyof TopicSettings)[]) {
    const value = settings[name]
    const [title, least, most, unit] = BOUNDS[name] as Bounds
    if (value === undefined) continue
    if (Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most) continue
    throw refused(
      name,
      `Topic "${topic}": ${title} is ${String(value)}${unit}. Choose a whole number from ${least} ` +
        `to ${most}${unit}.`,
    )
  }
  return settings
}

export function checkRecord(topic: string, record: TopicRecord, settings: TopicSettings): void {
  const { partitions, recordBytesMax, compact } = settings
  if (!Number.isInteger(record.timestampMs) || Math.abs(record.timestampMs) > TIMESTAMP_MS_MAX) {
    throw refused(
      'timestampMs',
      `A record for topic "${topic}" has the time ${record.timestampMs}. Give whole milliseconds ` +
        `since 1970, at most ${TIMESTAMP_MS_MAX}.`,
    )
  }
  if (compact && record.key === null) {
    throw refused(
      'key',
      `A record for topic "${topic}" has no key, and the topic keeps the newest record of each ` +
        'key. Give it a key.',
    )
  }
  const bytes = recordBytes(record)
  if (bytes > recordBytesMax) {
    throw refused(
      'value',
      `A record for topic "${topic}" has ${bytes} bytes, and the topic takes ${recordBytesMax}. ` +
        'Write less, or make a topic that takes more.',
    )
  }
  if (record.partition !== undefined) checkPartition(topic, record.partition, partitions)
}

export function checkPartition(topic: string, partition: number, partitions: number): void {
  if (Number.isInteger(partition) && partition >= 0 && partition < partitions) return
  throw new TopicFailure(
    'unknown-partition',
    `Topic "${topic}" has no partition ${partition}: it has ${partitions}, counted from 0.`,
    undefined,
    'partition',
  )
}

export function checkIdempotencyKey(key: string): void {
  if (key !== '' && key.length <= IDEMPOTENCY_KEY_LENGTH_MAX) return
  throw refused(
    'idempotencyKey',
    `An idempotency key has ${key.length} characters. Give 1 to ${IDEMPOTENCY_KEY_LENGTH_MAX}.`,
  )
}

/** What one partition gets of an append with an idempotency key is one frame. */
export function checkWholeAppend(divided: Iterable<readonly TopicRecord[]>): void {
  for (const records of divided) {
    const bytes = batchBytesMax(records, 'k'.repeat(IDEMPOTENCY_KEY_LENGTH_MAX))
    if (bytes <= PAYLOAD_BYTES_MAX) continue
    throw refused(
      'records',
      `An append with an idempotency key has ${bytes} bytes for one partition, and is stored whole ` +
        `up to ${PAYLOAD_BYTES_MAX}. Append fewer records at once, each part with a key of its own.`,
    )
  }
}

export function checkTransactionId(id: string): void {
  if (id !== '' && id.length <= IDEMPOTENCY_KEY_LENGTH_MAX) return
  throw refused(
    'transaction',
    `The id of a transaction has ${id.length} characters. Give 1 to ${IDEMPOTENCY_KEY_LENGTH_MAX}.`,
  )
}
