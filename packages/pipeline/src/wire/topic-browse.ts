/** How people look into topics: a page of records at a time, and who reads and writes them. */

import * as z from 'zod'
import { jobState } from './telemetry.ts'

const whole = () => z.coerce.number<string>().int()

/**
 * At most one of `from`, `at`, `offset`, `after` and `before`; the end where there is none.
 * Without `partition`, all partitions are shown as one, by time.
 */
export const browseTopicQuery = z.object({
  partition: whole().min(0).optional(),
  from: z.enum(['earliest', 'latest']).optional(),
  /** From the first record on whose time is not before this, UTC milliseconds. */
  at: whole().optional(),
  /** Of the partition. */
  offset: whole().min(0).optional(),
  /** A place that an earlier answer gave: what follows it, or what stands before it. */
  after: z.string().max(8192).optional(),
  before: z.string().max(8192).optional(),
  limit: whole().min(1).max(500).default(100),
})

/** The beginning of what is stored; `bytes` counts all of it. UTF-8 is text. */
export const topicPreview = z.union([
  z.strictObject({ text: z.string(), bytes: z.number() }),
  z.strictObject({ base64: z.string(), bytes: z.number() }),
])
export type TopicPreview = z.output<typeof topicPreview>

export const browsedRecord = z.object({
  partition: z.number(),
  offset: z.number(),
  timestampMs: z.number(),
  key: topicPreview.nullable(),
  value: topicPreview.nullable(),
  headers: z.array(z.object({ name: z.string(), value: topicPreview })),
})
export type BrowsedRecord = z.output<typeof browsedRecord>

export const browsedTopic = z.object({
  /** Each partition in its order; where there are several, by time. */
  records: z.array(browsedRecord),
  /** The place before the first of them, and the one behind the last. */
  first: z.string(),
  last: z.string(),
  /** Offsets before and behind these places; where a topic was compacted, records are fewer. */
  older: z.number(),
  newer: z.number(),
})
export type BrowsedTopic = z.output<typeof browsedTopic>

/** A node of a pipeline that names a topic. */
export const topicUse = z.object({
  topic: z.string(),
  use: z.enum(['read', 'write']),
  pipelineId: z.string(),
  pipelineName: z.string(),
  nodeId: z.string(),
  nodeTitle: z.string(),
  /** The job that does so now; null where the pipeline does not run. */
  job: z.object({ jobId: z.string(), state: jobState }).nullable(),
  /** Of a job that reads: which offset comes next. Empty before its first record. */
  places: z.array(z.object({ partition: z.number(), offset: z.number() })),
})
export type TopicUse = z.output<typeof topicUse>
