/**
 * What web server and engine host say to each other about replays; see `messages.ts`. A replay has
 * a host of its own, so that jobs do not notice it, and to stop it is to end its process.
 */

import { wire } from '@millrace/pipeline'
import * as z from 'zod'

export const replayWish = z.object({
  /** The data folder, and the folder of the recording below it. */
  root: z.string(),
  folder: z.string(),
  /** The other version; null to run the recorded one alone. */
  document: z.string().nullable(),
  keys: z.record(z.string(), z.array(z.string())),
  /** What the names of files begin with that hold what does not fit into memory. */
  place: z.string(),
})
export type ReplayWish = z.output<typeof replayWish>

export const replayRequests = {
  /** Answers when it is over. */
  runReplay: { request: replayWish, reply: z.object({ result: wire.replayResult }) },
  replayProgress: {
    request: z.object({}),
    reply: z.object({ turns: z.number(), records: z.number() }),
  },
} as const
