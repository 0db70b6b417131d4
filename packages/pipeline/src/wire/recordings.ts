/** Recordings of jobs, and replays of them, as the API shows them. */

import * as z from 'zod'
import { pipelineDifference } from './history.ts'

export const recordingReason = z.enum([
  'stopped',
  'job-ended',
  'size',
  'time',
  'disk',
  /** Dead letters were sent in again, which a recording does not hold. */
  'resent',
  /** Whoever wrote it died. */
  'lost',
])
export type WireRecordingReason = z.output<typeof recordingReason>

export const recording = z.object({
  recordingId: z.string(),
  pipelineId: z.string(),
  name: z.string(),
  version: z.int(),
  jobId: z.string(),
  startedAtMs: z.number(),
  /** Whether it begins with a checkpoint; else with the job. */
  fromCheckpoint: z.boolean(),
  state: z.enum(['recording', 'ended', 'damaged']),
  /** Null while it is written. */
  reason: recordingReason.nullable(),
  /** Why the disk did not take it, or what is damaged; empty otherwise. */
  detail: z.string(),
  endedAtMs: z.number().nullable(),
  records: z.number(),
  /** On the disk, without the checkpoint. */
  bytes: z.number(),
})
export type WireRecording = z.output<typeof recording>

/** A row by its columns, as text that people read: JSON values. */
export const comparedRow = z.record(z.string(), z.unknown())

export const nearRecord = z.object({
  source: z.string(),
  arrivedAtMs: z.number(),
  eventTimeMs: z.number().nullable(),
  row: comparedRow,
})
export type NearRecord = z.output<typeof nearRecord>

export const rowDifference = z.object({
  kind: z.enum(['only-old', 'only-new', 'changed']),
  eventTimeMs: z.number().nullable(),
  old: comparedRow.nullable(),
  new: comparedRow.nullable(),
  /** Of `changed`: the columns whose values differ. */
  columns: z.array(z.string()),
  /** Records of sources near it in event time, and with the same key where they have one. */
  near: z.array(nearRecord),
})
export type RowDifference = z.output<typeof rowDifference>

export const sinkComparison = z.object({
  nodeId: z.string(),
  title: z.string(),
  /** Whether both versions have it; then it is compared. */
  sides: z.enum(['both', 'old', 'new']),
  /** Whether what is compared is the table at the end; else it is every row. */
  table: z.boolean(),
  oldRows: z.number(),
  newRows: z.number(),
  onlyOld: z.number(),
  onlyNew: z.number(),
  changed: z.number(),
  /** Whether all rows came in the same order with the same changes. */
  identical: z.boolean(),
  /** By which rows are paired; empty where there is no key. */
  key: z.array(z.string()),
  columnsOnlyOld: z.array(z.string()),
  columnsOnlyNew: z.array(z.string()),
  /** The first of them by event time. */
  first: z.array(rowDifference),
})
export type SinkComparison = z.output<typeof sinkComparison>

export const replayResult = z.object({
  turns: z.number(),
  records: z.number(),
  /** From the first reading of the clock to the last, in milliseconds. */
  spanMs: z.number(),
  /**
   * Whether the recorded version has given again, byte for byte, what it gave then, at every point
   * at which that was noted; `points` says at how many.
   */
  faithful: z.object({
    points: z.number(),
    rows: z.number(),
    /** What differed first; null where nothing did. */
    fault: z.string().nullable(),
  }),
  /** State of the checkpoint that the new version could not take over, a sentence a node. */
  lostState: z.array(z.string()),
  /** Empty where no other version was given. */
  sinks: z.array(sinkComparison),
})
export type ReplayResult = z.output<typeof replayResult>

export const replaySummary = z.object({
  replayId: z.string(),
  recordingId: z.string(),
  /** What the other version is called; null where only the recorded one is run. */
  title: z.string().nullable(),
  /** The other version, where it is a saved one. */
  pipelineId: z.string().nullable(),
  version: z.number().nullable(),
  state: z.enum(['running', 'done', 'failed', 'stopped']),
  startedAtMs: z.number(),
  endedAtMs: z.number().nullable(),
  turns: z.number(),
  records: z.number(),
  /** How many records the recording has. */
  recordsTotal: z.number(),
  /** Why it has failed or was stopped. */
  message: z.string().nullable(),
  /** Rows that differ, over all sinks; null until it is done. */
  differences: z.number().nullable(),
  /** Whether some sink has columns in only one of the versions, which are not compared. */
  columnsDiffer: z.boolean().default(false),
})
export type ReplaySummary = z.output<typeof replaySummary>

export const replayStatus = replaySummary.extend({
  result: replayResult.nullable(),
  /** Of the recorded version to the other one; null where there is none, or it was not noted. */
  difference: pipelineDifference.nullable().default(null),
})
export type ReplayStatus = z.output<typeof replayStatus>
