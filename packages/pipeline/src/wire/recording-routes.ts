/** The routes of recordings; `http.ts` has them among all others. */

import * as z from 'zod'
import { recording } from './recordings.ts'

const id = z.object({ id: z.string() })
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
