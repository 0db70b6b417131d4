/** The processes that run jobs: which job is where, and why. */

import * as z from 'zod'

/** Why a job is where it is. */
export const placementReason = z.enum([
  /** It has just been started, and shares a host with others that have, if any. */
  'new',
  /** It has just been started, and no host was there in which nobody ran for longer. */
  'new-among-others',
  /** It takes little, and the host in which it began is needed for others. */
  'settled',
  /** It takes little, as far as anybody knows, and shares a host. */
  'light',
  /** It takes much of a thread. */
  'busy',
  /** It keeps much state. */
  'large',
  /** Its host was crowded, and another one was not. */
  'crowded',
  /** A host stopped because of it, or may have. */
  'suspect',
  /** It had a host of its own and has become light. */
  'light-again',
  /** Another host would suit it better, and there may be no more. */
  'full',
])
export type PlacementReason = z.output<typeof placementReason>

/** The engine host of a job. */
export const placement = z.object({
  /** Counts the hosts of this server from 1. */
  host: z.number(),
  /** Whether the host is kept for this job. */
  alone: z.boolean(),
  reason: placementReason,
  /** The reason for people, with what was measured. */
  message: z.string(),
})
export type Placement = z.output<typeof placement>

export const engineHost = z.object({
  host: z.number(),
  pid: z.number().nullable(),
  alone: z.boolean(),
  /** It has no jobs before another host ends, or one more is needed. */
  spare: z.boolean(),
  /** Where processors are short, it comes after hosts whose jobs have run for a while. */
  yields: z.boolean(),
  /** Of its thread's time lately, 0 to 1. Null before its first heartbeat, as all that follows. */
  threadShare: z.number().nullable(),
  residentBytes: z.number().nullable(),
  /** Above it, the host is stopped. */
  residentBytesMax: z.number().nullable(),
  heapBytes: z.number().nullable(),
  heapBytesMax: z.number().nullable(),
  jobs: z.array(
    z.object({
      jobId: z.string(),
      pipelineId: z.string(),
      ended: z.boolean(),
      /** It is being moved: its sources wait, and its state is being stored. */
      leaving: z.boolean(),
      /** It has just been started: nobody knows what it does. */
      new: z.boolean(),
      /** Of the thread's time lately, 0 to 1; 0 where it is too little to be told. */
      share: z.number(),
      /** About; 0 where it is too little to be told. */
      stateBytes: z.number(),
      reason: placementReason,
      message: z.string(),
    }),
  ),
})
export type EngineHostView = z.output<typeof engineHost>

/** What the server holds hosts and jobs to; null where nothing is set. */
export const engineHosts = z.object({
  hostsMax: z.number(),
  jobsPerHostMax: z.number(),
  turnMsMax: z.number(),
  hosts: z.array(engineHost),
})
export type EngineHosts = z.output<typeof engineHosts>
