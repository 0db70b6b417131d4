/** What has happened to a job, kept with it: so a page that comes later reads the whole story. */

import * as z from 'zod'

export const jobEventKind = z.enum([
  'started',
  'paused',
  'resumed',
  /** A record has come for which somebody waited. */
  'breakpoint',
  'pace-changed',
  /** Somebody has ended its input. */
  'ending',
  /** It could not go on, and is started again after a moment. */
  'restarting',
  'restarted',
  /** It runs in another engine host. */
  'moved',
  /** The engine stopped because of it again and again. */
  'quarantined',
  /** A quota of the server holds it back. */
  'throttled',
  /** It went on from a checkpoint. */
  'continued',
  /** It went back to an older one, and a sink has put aside what it had written since. */
  'put-aside',
  /** How a sink names its files, where that is not the name in its config. */
  'files-named',
  /** A checkpoint could not be stored. */
  'checkpoint-failed',
  /** Another version has begun to read old records, or has taken the place of this one, or not. */
  'backfill',
  /** Somebody has made a savepoint. */
  'savepoint',
  /** What comes in is recorded, or no more, or other than was wished. */
  'recording-begun',
  'recording-ended',
  /** Sources wait until there is room on the disk again, or what a sink writes to takes more. */
  'held',
  'released',
  'dead-letters',
  /** A sink has made everything visible that it wrote. */
  'output-completed',
  'finished',
  'failed',
  'stopped',
])

export const jobEvent = z.object({
  /** Counts the events of this job from 1. */
  number: z.number(),
  /** Wall clock of the host, UTC milliseconds. */
  atMs: z.number(),
  kind: jobEventKind,
  severity: z.enum(['info', 'warning', 'error']),
  nodeId: z.string().optional(),
  /** For people, in full sentences. */
  message: z.string(),
})
export type JobEvent = z.output<typeof jobEvent>

export const jobLog = z.object({
  /** Oldest first. */
  events: z.array(jobEvent),
  /** Older events that were not kept. */
  dropped: z.number(),
})
export type JobLog = z.output<typeof jobLog>
