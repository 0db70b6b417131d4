/** What web server and engine host say to each other about recordings; see `messages.ts`. */

import { wire } from '@millrace/pipeline'
import * as z from 'zod'

const jobId = z.object({ jobId: z.string() })

/** Beside `jobId`, what stands at the beginning of the recording. */
export const recordingWish = jobId.extend({
  recordingId: z.string(),
  /** The data folder, and the folder of the recording below it. */
  root: z.string(),
  folder: z.string(),
  document: z.string(),
  name: z.string(),
  pipelineId: z.string(),
  version: z.number(),
  limits: z.object({ bytes: z.number(), durationMs: z.number() }),
})
export type RecordingWish = z.output<typeof recordingWish>

/** A recording of what topics hold. */
export const topicsWish = recordingWish.extend({ at: wire.startAt })
export type TopicsWish = z.output<typeof topicsWish>

export const recordingRequests = {
  /** Answers when all of it is recorded. The server shows no more of the topics than it should. */
  recordTopics: { request: topicsWish, reply: z.object({}) },
  /** Of `recordTopics`. */
  topicsProgress: {
    request: z.object({}),
    reply: z.object({ records: z.number(), bytes: z.number() }),
  },
  /** Answers when the checkpoint is stored that the recording begins with. */
  startRecording: { request: recordingWish, reply: z.object({}) },
  /** Answers when everything is written; also where it had ended by itself. */
  stopRecording: { request: jobId.extend({ recordingId: z.string() }), reply: z.object({}) },
  /** Null where the job does not record, or no more. */
  recordingProgress: {
    request: jobId,
    reply: z.object({
      recording: z
        .object({ recordingId: z.string(), records: z.number(), bytes: z.number() })
        .nullable(),
    }),
  },
} as const
