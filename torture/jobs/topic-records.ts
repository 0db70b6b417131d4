/** The records of topics that simulated jobs read. */

import type { TopicRecord } from '../../packages/engine/src/index.ts'
import type { RandomPipeline } from './random-pipeline.ts'

/** All that a topic that is read holds in the end, in the order in which it is written. */
export function recordsOf({ topics, files }: RandomPipeline, topic: string): TopicRecord[] {
  const partitions = topics.get(topic) ?? 1
  return (files.get(topic) ?? '').split('\n').map((line) => toRecord(line, partitions))
}

/** The same line is the same record in the same partition, also when others are left out. */
function toRecord(line: string, partitions: number): TopicRecord {
  let sum = 0
  for (const one of Buffer.from(line)) sum = (sum * 31 + one) % 1_000_003
  return {
    key: sum % 4 === 0 ? null : Buffer.from(`k${sum % 5}`),
    value: sum % 17 === 0 ? null : Buffer.from(line),
    timestampMs: Date.UTC(2026, 0, 1) + (sum % 60_000),
    partition: sum % partitions,
  }
}

/** What a topic that is live holds before anything runs: the first third of its records. */
export function heldAtFirst(records: readonly TopicRecord[]): readonly TopicRecord[] {
  return records.slice(0, Math.floor(records.length / 3))
}
