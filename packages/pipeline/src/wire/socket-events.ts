/**
 * The socket's events, once for both sides. Requests go from page to host and are acknowledged;
 * events go from host to page. Names of events are past tense. Whatever arrives is checked against
 * these schemas at the border.
 */

import * as z from 'zod'
import { breakpointWish } from './breakpoint.ts'
import { lettersChanged } from './dead-letters.ts'
import { jobEvent } from './job-log.ts'
import { picture } from './picture.ts'
import { tappedRecord } from './tapped-record.ts'
import { frame, jobStatus } from './telemetry.ts'

const port = z.object({ jobId: z.string(), nodeId: z.string(), port: z.string() })

/** Requests by name: what is sent, and what the acknowledgement holds where `ok` is true. */
export const socketRequests = {
  /** Frames of this job come until `unwatchJob`; a socket watches one job at a time. */
  watchJob: { request: z.object({ jobId: z.string() }), reply: jobStatus },
  unwatchJob: { request: z.object({ jobId: z.string() }), reply: z.object({}) },
  /** This frame has been taken in. */
  acknowledgeFrame: {
    request: z.object({ jobId: z.string(), sequence: z.number() }),
    reply: z.object({}),
  },
  /** The client has lost its place: the next frame is a full one. */
  resyncJob: { request: z.object({ jobId: z.string() }), reply: z.object({}) },
  controlJob: {
    request: z.discriminatedUnion('action', [
      z.object({ jobId: z.string(), action: z.literal('pause') }),
      z.object({ jobId: z.string(), action: z.literal('resume') }),
      z.object({
        jobId: z.string(),
        action: z.literal('step'),
        records: z.int().min(1).max(10_000),
      }),
      z.object({
        jobId: z.string(),
        action: z.literal('pace'),
        recordsPerSecond: z.number().positive().nullable(),
      }),
      /** Ends the input here: windows fire, outputs are completed. A second one ends it at once. */
      z.object({ jobId: z.string(), action: z.literal('stop') }),
    ]),
    reply: jobStatus,
  },
  /**
   * Keeps the last `keep` records of a port on the host and sends new ones, sampled to what a page
   * can show.
   */
  openTap: {
    request: port.extend({
      keep: z.int().min(1).max(10_000).default(1000),
      /** A condition over the port's columns; only records for which it is TRUE are kept. */
      where: z.string().max(4096).optional(),
      /**
       * Begins with the newest records that passed before, where the host has any; without a
       * condition they are numbered, and counted, as they passed the port.
       */
      earlier: z.boolean().optional(),
    }),
    reply: z.object({
      tapId: z.string(),
      columns: z.array(z.object({ name: z.string(), type: z.string() })),
      eventTime: z.boolean(),
      /** How many records that passed before are on their way. */
      earlier: z.int(),
    }),
  },
  closeTap: { request: z.object({ tapId: z.string() }), reply: z.object({}) },
  /**
   * Paused, a tap goes on keeping and counting but sends only counts; `false` sends what was kept
   * since.
   */
  pauseTap: { request: z.object({ tapId: z.string(), paused: z.boolean() }), reply: z.object({}) },
  /**
   * Pauses the job as soon as a record comes to a port; while it is there, records go in one at a
   * time. It is gone with the socket that has set it, and when the job is told to end.
   */
  setBreakpoint: { request: breakpointWish, reply: z.object({ breakpointId: z.string() }) },
  /** A job that stands at it stays paused. */
  clearBreakpoint: { request: z.object({ breakpointId: z.string() }), reply: z.object({}) },
  /** Pictures of a window node come until `closePicture`. */
  openPicture: { request: port.omit({ port: true }), reply: z.object({}) },
  closePicture: { request: port.omit({ port: true }), reply: z.object({}) },
} as const

export type SocketRequests = typeof socketRequests
export type SocketRequestName = keyof SocketRequests
export type SocketRequest<Name extends SocketRequestName> = z.input<SocketRequests[Name]['request']>
export type SocketReply<Name extends SocketRequestName> = z.output<SocketRequests[Name]['reply']>

/** Every acknowledgement: the reply, or a problem in words for people. */
export type Acknowledgement<Name extends SocketRequestName> =
  | { readonly ok: true; readonly reply: SocketReply<Name> }
  | { readonly ok: false; readonly code: string; readonly message: string }

export const socketEvents = {
  /** Volatile: may be lost, and the next one does not miss it. */
  jobMeasured: frame,
  /** The state of a job has changed, or its restarts or failure. Never lost while connected. */
  jobChanged: jobStatus,
  /**
   * Something has happened to a job. Never lost while connected; what was before is had by
   * `getJobLog`, and numbers tell the same event from another.
   */
  jobLogged: z.object({ jobId: z.string(), event: jobEvent }),
  /** Never lost while connected, though several changes may come as one. */
  lettersChanged,
  /** Comes after the answer that names the tap. */
  tapFilled: z.object({
    tapId: z.string(),
    records: z.array(tappedRecord),
    /** All records that passed the tap so far, and how many of them were not sent. */
    seen: z.number(),
    unsent: z.number(),
  }),
  pictureDrawn: picture,
  pipelineSaved: z.object({
    pipelineId: z.string(),
    version: z.number(),
    /** The client that saved it, as it named itself in `X-Millrace-Client`. */
    client: z.string(),
  }),
  pipelineDeleted: z.object({
    pipelineId: z.string(),
    /** The client that deleted it, as it named itself in `X-Millrace-Client`. */
    client: z.string(),
  }),
  /** The host stops; clients come back after a pause of their own. */
  serverDraining: z.object({}),
} as const

export type SocketEvents = {
  readonly [Name in keyof typeof socketEvents]: z.output<(typeof socketEvents)[Name]>
}
export type SocketEventName = keyof SocketEvents
