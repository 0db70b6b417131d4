/** The HTTP API under `/api/v1`: one list of routes for host, page, OpenAPI file and tests. */

import * as z from 'zod'
import { backfillRoutes } from './backfills.ts'
import { deployImpact, pipelineCheckpoints, savepoint, startFrom } from './checkpoints.ts'
import {
  letterGroups,
  letterInFull,
  letterPage,
  letterPageQuery,
  letterReplay,
  letterSummary,
  lettersChosen,
} from './dead-letters.ts'
import { engineHosts } from './engine-hosts.ts'
import { history, historyQuery, versionSummary } from './history.ts'
import { jobLog } from './job-log.ts'
import { jsonObject } from './json-object.ts'
import { PLACES_MAX, place } from './places.ts'
import { recordingRoutes, replayRoutes } from './recording-routes.ts'
import { jobStatus } from './telemetry.ts'
import { browsedTopic, browseTopicQuery, topicUse } from './topic-browse.ts'
import {
  newTopic,
  newTopicRecord,
  producedRecord,
  topicDescription,
  topicRecords,
  topicRecordsQuery,
} from './topics.ts'

export const API_ROOT = '/api/v1'

export const wireProblem = z.object({
  code: z.string(),
  severity: z.enum(['error', 'warning']),
  nodeId: z.string().optional(),
  port: z.string().optional(),
  path: z.array(z.union([z.string(), z.number()])).optional(),
  /** The part of a text field that is meant, in UTF-16 code units: [start, end). */
  span: z.object({ start: z.number(), end: z.number() }).optional(),
  message: z.string(),
})

export type WireProblem = z.output<typeof wireProblem>

/** The body of every answer that is not a success. */
export const apiError = z.object({
  code: z.string(),
  message: z.string(),
  problems: z.array(wireProblem).optional(),
})
export type ApiError = z.output<typeof apiError>

/** A pipeline document as JSON; its own checks come after these. */
export const anyDocument = jsonObject

export const pipelineSummary = z.object({
  id: z.string(),
  name: z.string(),
  version: z.number(),
  savedAtMs: z.number(),
  nodeCount: z.number(),
  /** Its latest job, if it has ever run. */
  job: jobStatus.nullable(),
})
export type PipelineSummary = z.output<typeof pipelineSummary>

export const savedPipeline = pipelineSummary.extend({ document: anyDocument })
export type SavedPipeline = z.output<typeof savedPipeline>

export const galleryExample = z.object({
  id: z.string(),
  title: z.string(),
  summary: z.string(),
  /** The title of those that it is listed among; absent for one that stands alone. */
  group: z.string().optional(),
  document: anyDocument,
  /** The one that came from it and would be opened again; none before it is opened. */
  pipeline: pipelineSummary.nullable(),
})

const id = z.object({ id: z.string() })
const topic = z.object({ topic: z.string() })
const letter = id.extend({ letter: z.string() })
const empty = z.object({})

/**
 * `params` are path parameters, `query` the query string, `body` the JSON body. Statuses beside the
 * success: 400 for a request that does not fit, 404 for what is not there, 409 for a conflict, 413
 * and 422 for documents that are too large or have problems, 503 while draining.
 */
export const routes = {
  listPipelines: { method: 'get', path: '/pipelines', reply: z.array(pipelineSummary) },
  createPipeline: {
    method: 'post',
    path: '/pipelines',
    body: z.object({ document: anyDocument }),
    reply: savedPipeline,
  },
  getPipeline: { method: 'get', path: '/pipelines/:id', params: id, reply: savedPipeline },
  /** Saves a new version. 409 with the newer version where `baseVersion` is not the latest. */
  savePipeline: {
    method: 'put',
    path: '/pipelines/:id',
    params: id,
    body: z.object({ document: anyDocument, baseVersion: z.int() }),
    reply: savedPipeline,
  },
  deletePipeline: { method: 'delete', path: '/pipelines/:id', params: id, reply: empty },
  listVersions: {
    method: 'get',
    path: '/pipelines/:id/versions',
    params: id,
    reply: z.array(versionSummary),
  },
  /** A page of versions: what changed in each, and which of them ran. */
  getHistory: {
    method: 'get',
    path: '/pipelines/:id/history',
    params: id,
    query: historyQuery,
    reply: history,
  },
  getVersion: {
    method: 'get',
    path: '/pipelines/:id/versions/:version',
    params: id.extend({ version: z.coerce.number<string>() }),
    reply: savedPipeline,
  },
  checkDocument: {
    method: 'post',
    path: '/documents/check',
    body: z.object({ document: anyDocument }),
    reply: z.object({ problems: z.array(wireProblem) }),
  },
  /**
   * Starts the saved version; 422 with the problems where it has errors. One job a pipeline at a
   * time.
   */
  startJob: {
    method: 'post',
    path: '/jobs',
    body: z.object({
      pipelineId: z.string(),
      version: z.int().optional(),
      /**
       * Left out, a job goes on from the newest checkpoint where the one before has failed or was
       * stopped with a checkpoint, and otherwise begins at the beginning.
       */
      from: startFrom.optional(),
      /** Without it, 409 `state-would-be-lost` with a problem for each node that would lose. */
      acceptLoss: z.boolean().optional(),
      /** Stands before its first record, until it is resumed or stepped. */
      paused: z.boolean().optional(),
      /** Records a second that are let in at most; as fast as it goes without it. */
      pace: z.number().positive().optional(),
    }),
    reply: jobStatus,
  },
  /** The checkpoints that can be gone on from, and the savepoints. */
  listCheckpoints: {
    method: 'get',
    path: '/pipelines/:id/checkpoints',
    params: id,
    reply: pipelineCheckpoints,
  },
  /**
   * What a version, the latest if none is named, or an unsaved document would keep and lose. Where
   * it is to go on from the newest checkpoint and the job that runs has none yet, one is taken.
   */
  getDeployImpact: {
    method: 'post',
    path: '/pipelines/:id/impact',
    params: id,
    body: z.object({
      version: z.int().optional(),
      document: anyDocument.optional(),
      /** As for a start. */
      from: startFrom.optional(),
    }),
    reply: deployImpact,
  },
  /** The job runs on. */
  makeSavepoint: {
    method: 'post',
    path: '/jobs/:id/savepoints',
    params: id,
    body: z.object({ title: z.string().min(1).max(200).optional() }),
    reply: savepoint,
  },
  deleteSavepoint: { method: 'delete', path: '/savepoints/:id', params: id, reply: empty },
  /**
   * `drain` ends the input, so that windows fire and outputs are completed; the others take a last
   * checkpoint, from which a later start goes on.
   */
  endJob: {
    method: 'post',
    path: '/jobs/:id/end',
    params: id,
    body: z.discriminatedUnion('how', [
      z.object({ how: z.literal('drain') }),
      z.object({ how: z.literal('checkpoint') }),
      z.object({ how: z.literal('savepoint'), title: z.string().min(1).max(200).optional() }),
    ]),
    reply: z.object({ status: jobStatus, savepoint: savepoint.nullable() }),
  },
  /** The processes that run jobs: how they are, which job is where, and why. */
  listHosts: { method: 'get', path: '/hosts', reply: engineHosts },
  /** The newest first. */
  listJobs: {
    method: 'get',
    path: '/jobs',
    query: z.object({
      /** Only of this one; of all if left out. */
      pipelineId: z.string().optional(),
      limit: z.coerce.number<string>().int().min(1).max(1000).default(1000),
    }),
    reply: z.array(jobStatus),
  },
  getJob: { method: 'get', path: '/jobs/:id', params: id, reply: jobStatus },
  stopJob: { method: 'delete', path: '/jobs/:id', params: id, reply: jobStatus },
  /** What has happened to a job, as far as it is kept. `jobLogged` brings what follows. */
  getJobLog: { method: 'get', path: '/jobs/:id/events', params: id, reply: jobLog },
  /** What a sink keeps, or what has arrived at one that writes elsewhere: the newest rows last. */
  getView: {
    method: 'get',
    path: '/jobs/:id/views/:nodeId',
    params: id.extend({ nodeId: z.string() }),
    query: z.object({ limit: z.coerce.number<string>().int().min(1).max(10_000).default(500) }),
    reply: z.object({
      columns: z.array(z.object({ name: z.string(), type: z.string() })),
      rows: z.array(jsonObject),
      /** Rows there are in all. */
      total: z.number(),
      /** How each of the rows changed a table, where a sink keeps the changes as they came. */
      changes: z.array(z.enum(['+I', '-U', '+U', '-D'])).optional(),
    }),
  },
  /** What a node keeps between records, as it stands: some of its entries, and how much it is. */
  getState: {
    method: 'get',
    path: '/jobs/:id/state/:nodeId',
    params: id.extend({ nodeId: z.string() }),
    query: z.object({
      /** A part of the key; a whole key is found among any number of them. */
      search: z.string().max(300).default(''),
      limit: z.coerce.number<string>().int().min(1).max(1_000).default(100),
    }),
    reply: z.object({
      entries: z.array(
        z.object({
          /** What the operator calls them: `groups`. */
          table: z.string(),
          /** What the table is divided by, such as the start of a window; 0 where it is not. */
          namespace: z.number(),
          /** Where that is known to be a time: UTC milliseconds. */
          fromMs: z.number().optional(),
          key: z.union([z.string(), z.number(), z.boolean(), z.null()]),
          /** As JSON, of which no more than 2,000 characters are given. */
          value: z.string(),
        }),
      ),
      /** Entries there are in all. */
      total: z.number(),
      /** Whether all keys were gone through that the search might mean. */
      complete: z.boolean(),
      /** In memory, estimated. */
      bytes: z.number(),
      /** Outside of it. */
      spilledBytes: z.number(),
    }),
  },
  /** What the jobs of a pipeline could not process, by cause. */
  listLetterGroups: {
    method: 'get',
    path: '/pipelines/:id/dead-letters',
    params: id,
    reply: letterGroups,
  },
  /** The newest first. */
  listLetters: {
    method: 'get',
    path: '/pipelines/:id/dead-letters/letters',
    params: id,
    query: letterPageQuery,
    reply: letterPage,
  },
  getLetter: {
    method: 'get',
    path: '/pipelines/:id/dead-letters/letters/:letter',
    params: letter,
    reply: letterInFull,
  },
  /** The oldest first, in full, a page at a time. */
  exportLetters: {
    method: 'get',
    path: '/pipelines/:id/dead-letters/export',
    params: id,
    query: z.object({
      group: z.coerce.number<string>().int().optional(),
      after: z.coerce.number<string>().int().default(0),
    }),
    reply: z.object({
      letters: z.array(letterInFull.omit({ followers: true, beginning: true })),
      next: z.number().optional(),
    }),
  },
  /** Sends one in again, at the node that refused it; 409 where it is under way or done already. */
  replayLetter: {
    method: 'post',
    path: '/pipelines/:id/dead-letters/letters/:letter/replay',
    params: letter,
    body: letterReplay,
    reply: letterSummary,
  },
  /** Sends many in again as they came. Those under way or done already are left out. */
  replayLetters: {
    method: 'post',
    path: '/pipelines/:id/dead-letters/replay',
    params: id,
    body: lettersChosen,
    reply: z.object({ sent: z.number() }),
  },
  /** Takes back that open letters were discarded, as far as they are still kept. */
  restoreLetters: {
    method: 'post',
    path: '/pipelines/:id/dead-letters/restore',
    params: id,
    body: lettersChosen,
    reply: z.object({ restored: z.number() }),
  },
  /** Lets open letters go; they stay counted, and can be taken back for a day. */
  discardLetters: {
    method: 'post',
    path: '/pipelines/:id/dead-letters/discard',
    params: id,
    body: lettersChosen,
    reply: z.object({ discarded: z.number() }),
  },
  ...backfillRoutes,
  ...recordingRoutes,
  ...replayRoutes,
  /**
   * Says which of these files and topics are not there, or may not be used, and which files and
   * webhooks belong to another pipeline that runs: errors where a start would be refused, warnings
   * where something may still come to be.
   */
  checkPlaces: {
    method: 'post',
    path: '/places/check',
    body: z.object({
      places: z.array(place).max(PLACES_MAX),
      /** Whose they are: what its own job has is not taken. */
      pipelineId: z.string().optional(),
    }),
    reply: z.object({ problems: z.array(wireProblem) }),
  },
  listOperators: { method: 'get', path: '/operators', reply: z.array(anyDocument) },
  listExamples: { method: 'get', path: '/examples', reply: z.array(galleryExample) },
  /**
   * The pipeline that came from an example: made when there is none yet, and otherwise the one that
   * runs or was saved last. A copy is always new, and writes to files of its own.
   */
  openExample: {
    method: 'post',
    path: '/examples/:id/pipelines',
    params: id,
    body: z.object({ copy: z.boolean() }),
    reply: savedPipeline,
  },
  /** Columns and types of a file below the roots, read from its beginning. */
  inferSchema: {
    method: 'post',
    path: '/samples/infer',
    body: z.object({ path: z.string() }),
    reply: z.object({ config: anyDocument, notes: z.array(z.string()) }),
  },
  /** Columns and types of a topic, from the newest records of each partition. */
  inferTopicSchema: {
    method: 'post',
    path: '/topics/:topic/infer',
    params: topic,
    body: empty,
    reply: z.object({ config: anyDocument, notes: z.array(z.string()) }),
  },
  listTopics: { method: 'get', path: '/topics', reply: z.array(topicDescription) },
  createTopic: { method: 'post', path: '/topics', body: newTopic, reply: topicDescription },
  getTopic: { method: 'get', path: '/topics/:topic', params: topic, reply: topicDescription },
  /** With all its records. */
  deleteTopic: { method: 'delete', path: '/topics/:topic', params: topic, reply: empty },
  /** Records of one partition, from an offset or a time on. */
  readTopic: {
    method: 'get',
    path: '/topics/:topic/records',
    params: topic,
    query: topicRecordsQuery,
    reply: topicRecords,
  },
  /** A page of records for people: beginnings of keys and values, with places to go on from. */
  browseTopic: {
    method: 'get',
    path: '/topics/:topic/pages',
    params: topic,
    query: browseTopicQuery,
    reply: browsedTopic,
  },
  /** The nodes of all pipelines that read or write topics, and how far those that run have read. */
  listTopicUses: { method: 'get', path: '/topic-uses', reply: z.array(topicUse) },
  /** Answers when the record lasts through a power cut. */
  produceRecord: {
    method: 'post',
    path: '/topics/:topic/records',
    params: topic,
    body: newTopicRecord,
    reply: producedRecord,
  },
} as const

export type Routes = typeof routes
export type RouteName = keyof Routes
