/**
 * What web server and engine host say to each other. They are separate processes, so that a job
 * which takes all memory or never gives the thread back takes down neither page nor API. Whatever
 * arrives is checked here, on both sides.
 */

import { wire } from '@millrace/pipeline'
import * as z from 'zod'
import { backfillRequests } from './backfill-messages.ts'
import { recordingRequests } from './recording-messages.ts'
import { REFUSAL_KINDS } from './refusal.ts'
import { replayRequests } from './replay-messages.ts'

const empty = z.object({})
const jobId = z.object({ jobId: z.string() })
const tapId = z.object({ tapId: z.string() })
const { reply: viewReply } = wire.routes.getView
const { reply: stateReply } = wire.routes.getState
const topicPlaces = z.array(
  z.object({ topic: z.string(), partition: z.number(), offset: z.number() }),
)

/** Where a job begins that has taken no checkpoint of its own. */
export const beginning = z.discriminatedUnion('kind', [
  /** Where its sources say, or somewhere else. */
  z.object({ kind: z.literal('beginning'), at: wire.startAt.optional() }),
  z.object({ kind: z.literal('checkpoint'), id: z.number() }),
  z.object({
    kind: z.literal('savepoint'),
    savepointId: z.string(),
    /** As people call it; absent where nobody has given it a title. */
    title: z.string().optional(),
  }),
])
export type Beginning = z.output<typeof beginning>

/** Where the checkpoints of a job are; the host writes them itself. */
export const checkpointPlace = z.object({
  dataFolder: z.string(),
  pipelineId: z.string(),
  begin: beginning,
  /** The newest checkpoint when the job was first started: those behind it are its own. */
  after: z.number(),
})
export type CheckpointPlace = z.output<typeof checkpointPlace>

/** What a job may take, as the server has it; null for as much as there is. */
export const jobQuotas = z.object({
  recordsPerSecond: z.number().nullable(),
  stateBytes: z.number().nullable(),
})
export type JobQuotas = z.output<typeof jobQuotas>

/** Of the process of a host. */
export const hostVitals = z.object({
  residentBytes: z.number(),
  residentBytesMax: z.number(),
  heapBytes: z.number(),
  heapBytesMax: z.number(),
  /** Of the time since the last heartbeat, 0 to 1. */
  threadShare: z.number(),
})
export type HostVitals = z.output<typeof hostVitals>

/** What a job takes of its host. */
export const jobLoad = z.object({
  jobId: z.string(),
  /** Of the thread's time since the last heartbeat, 0 to 1. */
  share: z.number(),
  /** About, outside of memory too. */
  stateBytes: z.number(),
})
export type JobLoad = z.output<typeof jobLoad>

/** Requests of the web server by name, and what the host answers. */
export const hostRequests = {
  startJob: {
    request: z.object({
      jobId: z.string(),
      /** Stands for the job in the note of whose turn it is. */
      slot: z.number(),
      /** Its turns may take as long among others as alone. */
      patient: z.boolean(),
      /** So long it may take less than others for a turn among them. */
      probationMs: z.number(),
      document: z.string(),
      /** Folders; files of the pipeline lie below one of them. */
      roots: z.array(z.string()),
      pace: z.number().nullable(),
      paused: z.boolean(),
      checkpoints: checkpointPlace,
      quotas: jobQuotas,
    }),
    reply: empty,
  },
  controlJob: { request: wire.socketRequests.controlJob.request, reply: empty },
  /**
   * Ends a job with a last checkpoint, from which it goes on later. Answers when the checkpoint is
   * stored. One whose checkpoint cannot be stored ends as it stands.
   */
  suspendJob: { request: jobId, reply: z.object({ checkpointId: z.number().nullable() }) },
  /**
   * Ends a job with a last checkpoint, from which another host goes on at once. Refused where
   * anything would be lost or repeated by that, or no checkpoint can be stored: then it runs on.
   */
  releaseJob: { request: jobId, reply: empty },
  /** Copies a checkpoint: one that is taken now, and the job runs on, or one it ended with. */
  makeSavepoint: {
    request: jobId.extend({ savepointId: z.string(), checkpointId: z.number().nullable() }),
    reply: z.object({ checkpointId: z.number(), atMs: z.number(), bytes: z.number() }),
  },
  /** Answers when it is stored; the job runs on. */
  takeCheckpoint: {
    request: jobId.extend({ reason: z.enum(['backfill', 'edit']) }),
    reply: z.object({ checkpointId: z.number() }),
  },
  /** Sources wait, or go on; the job counts as running. */
  holdJobs: { request: z.object({ reason: z.string().nullable() }), reply: empty },
  /** Lets go of a job that has ended, and of what its sinks hold. */
  forgetJob: { request: jobId, reply: empty },
  /** Measured often while somebody watches. */
  watchJob: { request: z.object({ jobId: z.string(), watched: z.boolean() }), reply: empty },
  measureJob: {
    request: jobId,
    reply: z.object({ nodes: z.record(z.string(), wire.nodeMetrics) }),
  },
  openTap: {
    request: z.object({
      tapId: z.string(),
      jobId: z.string(),
      nodeId: z.string(),
      port: z.string(),
      keep: z.number(),
      where: z.string().optional(),
      earlier: z.boolean().optional(),
    }),
    reply: wire.socketRequests.openTap.reply,
  },
  closeTap: { request: tapId, reply: empty },
  pauseTap: { request: tapId.extend({ paused: z.boolean() }), reply: empty },
  setBreakpoint: {
    request: wire.breakpointWish.extend({ breakpointId: z.string() }),
    reply: empty,
  },
  clearBreakpoint: { request: jobId.extend({ breakpointId: z.string() }), reply: empty },
  openPicture: { request: jobId.extend({ nodeId: z.string() }), reply: empty },
  closePicture: { request: jobId.extend({ nodeId: z.string() }), reply: empty },
  getView: {
    request: jobId.extend({ nodeId: z.string(), limit: z.number() }),
    reply: viewReply,
  },
  getState: {
    request: jobId.extend({ nodeId: z.string(), search: z.string(), limit: z.number() }),
    reply: stateReply,
  },
  /** There are dead letters that it is to send in again. */
  resendLetters: { request: jobId, reply: empty },
  ...recordingRequests,
  ...replayRequests,
  ...backfillRequests,
  /** Where its sources read on in topics, by node. */
  getTopicPlaces: { request: jobId, reply: z.object({ nodes: z.record(z.string(), topicPlaces) }) },
  /** What the log has answered to `topicsAsked`; see `topic-calls.ts`. */
  answerTopics: { request: z.object({ number: z.number(), packed: z.string() }), reply: empty },
  /** Records have come to a topic that the host watches. */
  topicAppended: { request: z.object({ topic: z.string() }), reply: empty },
} as const

export type HostRequests = typeof hostRequests
export type HostRequestName = keyof HostRequests
export type HostRequest<Name extends HostRequestName> = z.output<HostRequests[Name]['request']>
export type HostReply<Name extends HostRequestName> = z.output<HostRequests[Name]['reply']>

export const requestMessage = z.object({
  number: z.number(),
  name: z.string(),
  body: z.unknown(),
})

/** Where a job stands in its host; the supervisor adds what outlives the host. */
export const hostedJob = z.object({
  jobId: z.string(),
  state: wire.jobState,
  endedAtMs: z.number().nullable(),
  pace: z.number().nullable(),
  failure: wire.jobFailure.nullable(),
  deadLetters: z.number(),
  checkpoints: wire.jobCheckpoints.nullable(),
  breakpoint: wire.breakpointHit.optional(),
})
export type HostedJobState = z.output<typeof hostedJob>

export const measuredJob = z.object({
  jobId: z.string(),
  atMs: z.number(),
  deadLetters: z.number(),
  nodes: z.record(z.string(), wire.nodeMetrics),
})
export type MeasuredJob = z.output<typeof measuredJob>

export const filledTap = z.object({
  tapId: z.string(),
  records: z.array(wire.tappedRecord),
  seen: z.number(),
})
export type FilledTap = z.output<typeof filledTap>

/** For the log of a job. */
export const jobNews = wire.jobEvent.omit({ number: true, atMs: true })
export type JobNews = z.output<typeof jobNews>

export const hostMessage = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('heartbeat'),
    vitals: hostVitals,
    /** Of the jobs that take anything worth telling. */
    loads: z.array(jobLoad),
  }),
  z.object({
    kind: z.literal('reply'),
    number: z.number(),
    ok: z.literal(true),
    body: z.unknown(),
  }),
  z.object({
    kind: z.literal('refusal'),
    number: z.number(),
    refused: z.enum(REFUSAL_KINDS),
    code: z.string(),
    message: z.string(),
    problems: z.array(wire.wireProblem).optional(),
  }),
  hostedJob.extend({ kind: z.literal('jobChanged') }),
  z.object({ kind: z.literal('jobNoted'), jobId: z.string(), news: jobNews }),
  measuredJob.extend({ kind: z.literal('jobMeasured') }),
  filledTap.extend({ kind: z.literal('tapFilled') }),
  z.object({ kind: z.literal('pictureDrawn'), picture: wire.picture }),
  z.object({ kind: z.literal('topicsAsked'), number: z.number(), packed: z.string() }),
])
export type HostMessage = z.output<typeof hostMessage>
