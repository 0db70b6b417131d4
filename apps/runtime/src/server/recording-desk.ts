/** What can be done with recordings over the API: they are made, listed, ended and deleted. */

import type { ChildProcess } from 'node:child_process'
import {
  type Env,
  type JobPlan,
  planStartingAt,
  TopicFailure,
  type Topics,
  toJobPlan,
} from '@millrace/engine'
import type { wire } from '@millrace/pipeline'
import type { JobStore } from '../storage/job-store.ts'
import type { PipelineStore } from '../storage/pipeline-store.ts'
import { RecordingShelf, toWire } from '../storage/recording-shelf.ts'
import { Refusal } from '../supervision/refusal.ts'
import type { Supervisor } from '../supervision/supervisor.ts'
import type { DocumentChecker } from './document-checker.ts'
import type { RouteHandlers, RouteRequest } from './route-handlers.ts'
import { type SeenEnds, seenTopics } from './seen-topics.ts'
import { problemCode } from './topic-desk.ts'
import { TopicRecording } from './topic-recording.ts'

export interface RecordingDeskOptions {
  readonly env: Env
  readonly dataFolder: string
  readonly pipelines: PipelineStore
  readonly jobs: JobStore
  readonly supervisor: Supervisor
  readonly checker: DocumentChecker
  readonly topics: Topics
  readonly deadlineMs: number
  startEngineProcess(): ChildProcess
  readonly limits?: RecordingLimits
}

export interface RecordingLimits {
  readonly countMax: number
  /** Of all recordings together. */
  readonly totalBytesMax: number
  readonly bytesMax: number
  readonly durationMsMax: number
}

const MEGABYTE = 1024 * 1024
export const RECORDING_LIMITS: RecordingLimits = {
  countMax: 100,
  totalBytesMax: 10 * 1024 * MEGABYTE,
  bytesMax: 1024 * MEGABYTE,
  durationMsMax: 24 * 3_600_000,
}

/** One that a job writes. */
interface Live {
  readonly head: Parameters<typeof toWire>[1]
  /** Undefined where nothing more is written. */
  progress(): Promise<{ readonly records: number; readonly bytes: number } | undefined>
  /** Resolves when everything is written. */
  stop(): Promise<void>
}

export class RecordingDesk {
  readonly handlers
  readonly shelf: RecordingShelf
  readonly #options: RecordingDeskOptions
  readonly #limits: RecordingLimits
  readonly #live = new Map<string, Live>()
  /** Why topics were not recorded to their end. */
  readonly #faults = new Map<string, string>()

  constructor(options: RecordingDeskOptions) {
    this.#options = options
    this.#limits = options.limits ?? RECORDING_LIMITS
    this.shelf = new RecordingShelf(options)
    this.handlers = this.#createHandlers()
  }

  /** Ends what the server before could not end, and removes what it had begun to remove. */
  async begin(): Promise<void> {
    await this.shelf.tidy()
  }

  /** Rejects with a `Refusal` where there is none. */
  async get(recordingId: string): Promise<wire.WireRecording> {
    const live = this.#live.get(recordingId)
    const found = live && (await this.#progress(recordingId, live))
    const fault = this.#faults.get(recordingId)
    const why = fault === undefined ? undefined : ({ reason: 'lost', detail: fault } as const)
    const recording = found ?? (await this.shelf.describe(recordingId, why))
    if (recording !== undefined) return recording
    if (fault !== undefined) throw new Refusal('conflict', 'not-recorded', fault)
    const message = `There is no recording "${recordingId}". It may have been deleted.`
    throw new Refusal('not-found', 'no-such-recording', message)
  }

  #createHandlers() {
    return {
      listRecordings: async ({ query: { pipelineId } }) => {
        const all = await this.#list()
        return all.filter((one) => pipelineId === undefined || one.pipelineId === pipelineId)
      },
      getRecording: ({ params }) => this.get(params.id),
      startRecording: ({ params, body }) => this.#start(params.id, body),
      recordTopics: ({ params, body }) => this.#recordTopics(params.id, body),
      stopRecording: async ({ params: { id: recordingId } }) => {
        const live = this.#live.get(recordingId)
        await live?.stop()
        return this.get(recordingId)
      },
      deleteRecording: async ({ params: { id } }) => {
        const { state } = await this.get(id)
        if (state === 'recording') {
          const message = 'The recording is being written. Stop it, then delete it.'
          throw new Refusal('conflict', 'recording-runs', message)
        }
        await this.shelf.remove(id)
        return {}
      },
    } satisfies Partial<RouteHandlers>
  }

  async #list(): Promise<wire.WireRecording[]> {
    const all: wire.WireRecording[] = []
    for (const id of await this.shelf.ids()) {
      const live = this.#live.get(id)
      const one = (live && (await this.#progress(id, live))) ?? (await this.shelf.describe(id))
      if (one !== undefined) all.push(one)
    }
    return all.sort((a, b) => b.startedAtMs - a.startedAtMs)
  }

  /** Undefined where it is written no more; then its files say all. */
  async #progress(recordingId: string, live: Live): Promise<wire.WireRecording | undefined> {
    const progress = await live.progress()
    if (progress === undefined) {
      this.#live.delete(recordingId)
      return undefined
    }
    return {
      ...toWire(recordingId, live.head),
      ...{ state: 'recording', reason: null, detail: '', endedAtMs: null, ...progress },
    }
  }

  #jobRecording(recordingId: string, jobId: string, head: Live['head']): Live & { begun: boolean } {
    const { supervisor } = this.#options
    const live = {
      ...{ head, begun: false },
      progress: async () => {
        if (!live.begun) return { records: 0, bytes: 0 }
        const ask = () => supervisor.ask(jobId, 'recordingProgress', { jobId })
        const recording = (await answerOf(ask))?.recording
        if (recording?.recordingId !== recordingId) return undefined
        return { records: recording.records, bytes: recording.bytes }
      },
      stop: async () => {
        await answerOf(() => supervisor.ask(jobId, 'stopRecording', { jobId, recordingId }))
      },
    }
    return live
  }

  async #start(
    jobId: string,
    { maxBytes, maxMinutes }: { maxBytes?: number | undefined; maxMinutes?: number | undefined },
  ): Promise<wire.WireRecording> {
    const { env, dataFolder, pipelines, supervisor } = this.#options
    const { pipelineId, version } = await this.#runningJob(jobId)
    const left = await this.#roomLeft()
    const { bytesMax, durationMsMax } = this.#limits
    const limits = {
      bytes: Math.min(maxBytes ?? bytesMax, bytesMax, left),
      durationMs: Math.min((maxMinutes ?? Number.POSITIVE_INFINITY) * 60_000, durationMsMax),
    }
    const { document, name } = await pipelines.get(pipelineId, version)
    const recordingId = env.ids.next()
    const what = { document, name, pipelineId, version, jobId }
    const head = { ...what, startedAtMs: env.clock.nowMs(), fromCheckpoint: true }
    const folder = this.shelf.folderOf(recordingId)
    const live = this.#jobRecording(recordingId, jobId, head)
    this.#live.set(recordingId, live)
    try {
      const place = { recordingId, root: dataFolder, folder, limits }
      await supervisor.ask(jobId, 'startRecording', { ...what, ...place })
      live.begun = true
    } catch (error) {
      this.#live.delete(recordingId)
      await this.shelf.remove(recordingId)
      throw error
    }
    return this.get(recordingId)
  }

  /** Answers when it has begun. Rejects with a `Refusal`. */
  async #recordTopics(
    pipelineId: string,
    { version, from = { kind: 'earliest' }, untilMs }: RouteRequest<'recordTopics'>['body'],
  ): Promise<wire.WireRecording> {
    const { env, dataFolder, deadlineMs, pipelines, checker, topics } = this.#options
    const saved = await pipelines.get(pipelineId, version)
    const plan = toJobPlan(await checker.recorded(saved.document))
    const { reasons } = planStartingAt(plan, from, true)
    if (reasons.length > 0) throw new Refusal('conflict', 'not-in-topics', reasons.join(' '))
    const ends = await endsOf(plan, topics, untilMs)
    const limits = { bytes: await this.#roomLeft(), durationMs: this.#limits.durationMsMax }
    limits.bytes = Math.min(limits.bytes, this.#limits.bytesMax)
    const recordingId = env.ids.next()
    const { document, name } = saved
    const what = { document, name, pipelineId, version: saved.version, jobId: recordingId }
    const place = { recordingId, root: dataFolder, folder: this.shelf.folderOf(recordingId) }
    const run = new TopicRecording(
      {
        ...{ env, deadlineMs, topics: seenTopics(topics, ends) },
        startProcess: () => this.#options.startEngineProcess(),
      },
      { ...what, ...place, limits, at: from },
    )
    const head = { ...what, startedAtMs: env.clock.nowMs(), fromCheckpoint: false }
    const stop = async () => {
      run.stop()
      await run.ended
    }
    const progress = async () => ({ records: 0, bytes: 0, ...(await run.progress()) })
    let over = false
    void run.ended.then((fault) => {
      over = true
      if (fault !== undefined) this.#faults.set(recordingId, fault)
    })
    this.#live.set(recordingId, {
      head,
      stop,
      progress: async () => (over ? undefined : await progress()),
    })
    return this.get(recordingId)
  }

  async #runningJob(jobId: string): Promise<wire.JobStatus> {
    const { supervisor, jobs } = this.#options
    const job = supervisor.status(jobId) ?? (await jobs.get(jobId))
    if (job === undefined) {
      const message = `There is no job "${jobId}". Its pipeline may have been deleted.`
      throw new Refusal('not-found', 'no-such-job', message)
    }
    if (job.endedAtMs === null) return job
    const message = 'The job has ended, so nothing comes into it. Start the pipeline, then record.'
    throw new Refusal('conflict', 'job-ended', message)
  }

  /** Rejects with a `Refusal` where there are as many, or as much, as there may be. */
  async #roomLeft(): Promise<number> {
    const { countMax, totalBytesMax } = this.#limits
    const all = await this.#list()
    const bytes = all.reduce((sum, one) => sum + one.bytes, 0)
    if (all.length < countMax && totalBytesMax - bytes >= MEGABYTE) return totalBytesMax - bytes
    const message =
      `There are ${all.length} recordings with ${Math.round(bytes / MEGABYTE)} MB, and there may be ` +
      `${countMax} with ${Math.round(totalBytesMax / MEGABYTE)} MB. Delete some of them first.`
    throw new Refusal('conflict', 'too-many-recordings', message)
  }
}

/** Where each topic that is read ends: before a time, or with what is there. */
async function endsOf(plan: JobPlan, topics: Topics, untilMs?: number): Promise<SeenEnds> {
  const read = plan.nodes.flatMap(({ operator, config }) => operator.topics?.(config) ?? [])
  const ends = new Map<string, readonly number[]>()
  for (const { topic, use } of read) {
    if (use !== 'read') continue
    const offsets = await told(() => topics.offsets(topic))
    const own = offsets.map(({ endOffset }, partition) =>
      untilMs === undefined ? endOffset : topics.offsetAt(topic, partition, untilMs),
    )
    ends.set(topic, await Promise.all(own))
  }
  return ends
}

async function told<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof TopicFailure)) throw error
    throw new Refusal('conflict', problemCode(error.code), error.message)
  }
}

/** Undefined where the job or its engine has gone: then nothing is recorded. */
async function answerOf<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return undefined
  }
}
