/** The routes of recordings and of their replays; `http.ts` has them among all others. */

import * as z from 'zod'
import { startAt } from './checkpoints.ts'
import { jsonObject } from './json-object.ts'
import { recording, replayStatus, replaySummary } from './recordings.ts'

const id = z.object({ id: z.string() })
const replay = id.extend({ replay: z.string() })
const empty = z.object({})
const MEGABYTE = 1024 * 1024

/** What ends a recording by itself at the latest. */
export const RECORDING_BYTES_MAX = 1024 * MEGABYTE
export const RECORDING_MINUTES_MAX = 24 * 60

export const recordingRoutes = {
  /** The newest first. */
  listRecordings: {
    method: 'get',
    path: '/recordings',
    query: z.object({ pipelineId: z.string().optional() }),
    reply: z.array(recording),
  },
  getRecording: { method: 'get', path: '/recordings/:id', params: id, reply: recording },
  /**
   * Records what comes into a running job, from its next checkpoint on, until it is stopped, the
   * job ends, or it has become as large or as long as it may. One at a time.
   */
  startRecording: {
    method: 'post',
    path: '/jobs/:id/recordings',
    params: id,
    body: z.object({
      maxBytes: z.int().min(MEGABYTE).max(RECORDING_BYTES_MAX).optional(),
      maxMinutes: z.int().min(1).max(RECORDING_MINUTES_MAX).optional(),
    }),
    reply: recording,
  },
  /**
   * Records what topics hold, as if a job of a saved version, the latest if none is named, read
   * them from one place to another: at most up to what is there now. Nothing is written but the
   * recording. 409 where a source reads no topic.
   */
  recordTopics: {
    method: 'post',
    path: '/pipelines/:id/recordings',
    params: id,
    body: z.object({
      version: z.int().optional(),
      /** The earliest records if left out. */
      from: startAt.optional(),
      /** Records of before this time in the topics; all that are there if left out. */
      untilMs: z.int().optional(),
    }),
    reply: recording,
  },
  stopRecording: {
    method: 'post',
    path: '/recordings/:id/stop',
    params: id,
    body: empty,
    reply: recording,
  },
  /** With what was compared with it. 409 while it is written or replayed. */
  deleteRecording: { method: 'delete', path: '/recordings/:id', params: id, reply: empty },
} as const

export const replayRoutes = {
  /**
   * Runs the version that was recorded, and beside it another one, and compares what comes to their
   * sinks; neither writes anything. The other one is a saved `version` of a pipeline, or a
   * `document`; without either, only the recorded one is run.
   */
  startReplay: {
    method: 'post',
    path: '/recordings/:id/replays',
    params: id,
    body: z.object({
      pipelineId: z.string().optional(),
      version: z.int().optional(),
      document: jsonObject.optional(),
      /** What the other version is called; made up if absent. */
      title: z.string().min(1).max(200).optional(),
      /** By sink, the columns by which rows are paired. */
      keys: z.record(z.string(), z.array(z.string()).min(1).max(50)).optional(),
    }),
    reply: replayStatus,
  },
  /** The newest first. */
  listReplays: {
    method: 'get',
    path: '/recordings/:id/replays',
    params: id,
    reply: z.array(replaySummary),
  },
  getReplay: {
    method: 'get',
    path: '/recordings/:id/replays/:replay',
    params: replay,
    reply: replayStatus,
  },
  stopReplay: {
    method: 'post',
    path: '/recordings/:id/replays/:replay/stop',
    params: replay,
    body: empty,
    reply: replayStatus,
  },
  deleteReplay: {
    method: 'delete',
    path: '/recordings/:id/replays/:replay',
    params: replay,
    reply: empty,
  },
} as const
