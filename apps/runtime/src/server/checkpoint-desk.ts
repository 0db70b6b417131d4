/** What can be done with checkpoints and savepoints over the API. */

import { DiskError, type Env, type JobMeta, type OperatorDefinition } from '@millrace/engine'
import { comparePipelines, parseDocument, type Registry, type wire } from '@millrace/pipeline'
import { removeAll } from '@millrace/storage'
import type { OneAtATime } from '../one-at-a-time.ts'
import { checkpointFolder, savepointFolder } from '../storage/checkpoint-folder.ts'
import type { JobBeginning, JobStore } from '../storage/job-store.ts'
import type { PipelineStore } from '../storage/pipeline-store.ts'
import { type NotedCheckpoint, SavepointStore } from '../storage/savepoint-store.ts'
import type { WriteGroup } from '../storage/write-group.ts'
import { Refusal } from '../supervision/refusal.ts'
import type { Supervisor } from '../supervision/supervisor.ts'
import type { DocumentChecker } from './document-checker.ts'
import type { RouteHandlers } from './route-handlers.ts'
import {
  beginningAt,
  type FoundStart,
  findStart,
  impactOf,
  refuseLoss,
  shelfOf,
} from './start-choice.ts'

export interface CheckpointDeskOptions {
  readonly env: Env
  readonly registry: Registry<OperatorDefinition>
  readonly checker: DocumentChecker
  readonly dataFolder: string
  readonly savepoints: SavepointStore
  readonly writes: WriteGroup
  readonly pipelines: PipelineStore
  readonly jobs: JobStore
  readonly supervisor: Supervisor
  /** By pipeline. */
  readonly turns: OneAtATime
  /** What becomes of dead letters where a job goes on from this checkpoint, in sentences. */
  lettersBack(pipelineId: string, meta: JobMeta): Promise<readonly string[]>
  noted(jobId: string, news: { readonly kind: 'savepoint'; readonly message: string }): void
}

export interface StartRequest {
  readonly from?: wire.StartFrom | undefined
  readonly acceptLoss?: boolean | undefined
}

export class CheckpointDesk {
  readonly handlers
  readonly #options: CheckpointDeskOptions
  /** Of each job, the checkpoint that was noted last. */
  readonly #notedIds = new Map<string, number>()

  constructor(options: CheckpointDeskOptions) {
    this.#options = options
    this.handlers = this.#createHandlers()
  }

  /** Where a job of this document begins. Rejects with a `Refusal`. */
  async choose(
    pipelineId: string,
    document: string,
    { from, acceptLoss = false }: StartRequest,
  ): Promise<JobBeginning> {
    const { env, dataFolder } = this.#options
    const start = await this.#find(pipelineId, from)
    const { checked } = await this.#options.checker.runnable(document)
    const impact = impactOf(start, checked)
    if (!acceptLoss) refuseLoss(impact)
    const { newestId } = await shelfOf({ disk: env.disk, dataFolder }, pipelineId)
    return { begin: start?.begin ?? beginningAt(from, checked), after: newestId }
  }

  /** Remembers what the files of checkpoints do not say. */
  noteTaken({ jobId, pipelineId, version, checkpoints, endedAtMs }: wire.JobStatus): void {
    const last = checkpoints?.last
    if (last !== null && last !== undefined && this.#notedIds.get(jobId) !== last.id) {
      const { id, durationMs, reason } = last
      this.#notedIds.set(jobId, id)
      this.#options.writes.add(async (database) => {
        const noted = { version, durationMs, reason }
        await new SavepointStore(database).noteCheckpoint(pipelineId, id, noted)
        return undefined
      })
    }
    if (endedAtMs !== null) this.#notedIds.delete(jobId)
  }

  /** What an end at the wrong moment has left: copies that no savepoint is known for. */
  async tidy(): Promise<void> {
    const { env, dataFolder, pipelines, savepoints } = this.#options
    // A database that is empty may be one in place of another that is to come back.
    if ((await pipelines.list()).length === 0) return
    const known = await savepoints.ids()
    const all = savepointFolder(dataFolder, '')
    for (const name of await namesIn(env, all)) {
      if (!known.has(name)) await this.#removeFolder(savepointFolder(dataFolder, name))
    }
  }

  /** Also one that has not become one. */
  async removeSavepoint(savepointId: string): Promise<void> {
    const { dataFolder, savepoints } = this.#options
    await savepoints.delete(savepointId)
    await this.#removeFolder(savepointFolder(dataFolder, savepointId))
  }

  /** With the pipeline, and with its savepoints. */
  async removeAll(pipelineId: string): Promise<void> {
    const { dataFolder, savepoints } = this.#options
    for (const { savepointId } of await savepoints.list(pipelineId)) {
      await this.#removeFolder(savepointFolder(dataFolder, savepointId))
    }
    await this.#removeFolder(checkpointFolder(dataFolder, pipelineId))
  }

  #createHandlers() {
    const { pipelines, supervisor, lettersBack } = this.#options
    return {
      listCheckpoints: ({ params }) => this.#list(params.id),
      getDeployImpact: async ({ params, body }) => {
        const { from, version, document } = body
        const saved = await pipelines.get(params.id, version)
        const text = document === undefined ? saved.document : JSON.stringify(document)
        if (from?.kind === 'newest') await this.#takeFirst(params.id)
        const start = await this.#find(params.id, from)
        const { checked } = await this.#options.checker.runnable(text)
        const impact = impactOf(start, checked)
        const letters = start === undefined ? [] : await lettersBack(params.id, start.meta)
        const since = [...impact.since, ...letters]
        return { ...impact, since, edit: await this.#editSince(params.id, start, text) }
      },
      makeSavepoint: async ({ params, body }) => {
        const job = await this.#job(params.id)
        if (job.endedAtMs !== null) {
          const message = 'The job has ended. Start a job from one of its checkpoints instead.'
          throw new Refusal('conflict', 'job-ended', message)
        }
        return this.#inTurn(job, () => this.#makeSavepoint(job, null, body.title))
      },
      endJob: async ({ params, body }) => {
        const job = await this.#job(params.id)
        const { jobId } = job
        const isKnown = supervisor.status(jobId) !== undefined
        if (!isKnown && job.endedAtMs !== null) return { status: job, savepoint: null }
        if (body.how === 'drain') {
          const status = await supervisor.control({ jobId, action: 'stop' })
          return { status, savepoint: null }
        }
        if (body.how === 'savepoint') {
          return this.#inTurn(job, () => this.#endWithSavepoint(job, body.title))
        }
        await supervisor.suspend(jobId)
        return { status: supervisor.status(jobId) ?? job, savepoint: null }
      },
      deleteSavepoint: async ({ params: { id } }) => {
        const savepoint = await this.#savepoint(id)
        return this.#inTurn(savepoint, async () => {
          await this.#refuseNeeded(await this.#savepoint(id))
          await this.removeSavepoint(id)
          return {}
        })
      },
    } satisfies Partial<RouteHandlers>
  }

  #inTurn<T>({ pipelineId }: { readonly pipelineId: string }, act: () => Promise<T>): Promise<T> {
    return this.#options.turns.run(pipelineId, act)
  }

  async #endWithSavepoint(job: wire.JobStatus, title?: string) {
    const { supervisor } = this.#options
    const { jobId } = job
    if (supervisor.status(jobId)?.state === 'restarting') {
      const message =
        'The job is being started again, and there is nothing yet to make a savepoint of. Try once more in ' +
        'a moment.'
      throw new Refusal('unavailable', 'job-restarting', message)
    }
    const checkpointId = await supervisor.suspend(jobId)
    const status = supervisor.status(jobId) ?? job
    if (checkpointId === null) return { status, savepoint: null }
    return { status, savepoint: await this.#makeSavepoint(job, checkpointId, title) }
  }

  async #savepoint(savepointId: string): Promise<wire.Savepoint> {
    const savepoint = await this.#options.savepoints.get(savepointId)
    if (savepoint !== undefined) return savepoint
    const message = `There is no savepoint "${savepointId}". It may have been deleted.`
    throw new Refusal('not-found', 'no-such-savepoint', message)
  }

  /** A job that begins with it goes on from it again until it has a checkpoint of its own. */
  async #refuseNeeded({ savepointId, pipelineId }: wire.Savepoint): Promise<void> {
    const { env, dataFolder, jobs, supervisor, writes } = this.#options
    const job = supervisor.running(pipelineId)
    if (job === undefined) return
    await writes.settle()
    const { begin, after } = await jobs.beginningOf(job.jobId)
    if (begin.kind !== 'savepoint' || begin.savepointId !== savepointId) return
    const { newestId } = await shelfOf({ disk: env.disk, dataFolder }, pipelineId)
    if (newestId > after) return
    const message =
      'The running job has begun with this savepoint and has no checkpoint of its own yet. Delete it when ' +
      'it has one, or stop the job first.'
    throw new Refusal('conflict', 'savepoint-needed', message)
  }

  async #list(pipelineId: string): Promise<wire.PipelineCheckpoints> {
    const { env, dataFolder, pipelines, savepoints } = this.#options
    await pipelines.get(pipelineId)
    const { checkpoints } = await shelfOf({ disk: env.disk, dataFolder }, pipelineId)
    const noted = await this.#noted(pipelineId)
    const listed = checkpoints.map(({ id, atMs, bytes }) => {
      const { version = null, durationMs = null, reason = null } = noted.get(id) ?? {}
      return { id, atMs, bytes, version, durationMs, reason }
    })
    return { checkpoints: listed.reverse(), savepoints: [...(await savepoints.list(pipelineId))] }
  }

  async #find(
    pipelineId: string,
    from: wire.StartFrom | undefined,
  ): Promise<FoundStart | undefined> {
    const { env, dataFolder, savepoints } = this.#options
    const wanted = from ?? (await this.#usualStart(pipelineId))
    const start = await findStart({ disk: env.disk, dataFolder }, pipelineId, wanted)
    if (start?.begin.kind !== 'savepoint') return start
    const known = await savepoints.get(start.begin.savepointId)
    return known === undefined ? start : { ...start, begin: { ...start.begin, title: known.title } }
  }

  /** Of a job that runs and has none of its own, whose newest would be that of another job. */
  async #takeFirst(pipelineId: string): Promise<void> {
    const { supervisor } = this.#options
    const job = supervisor.running(pipelineId)
    if (job === undefined || (job.checkpoints?.last ?? null) !== null) return
    const { jobId } = job
    try {
      await supervisor.ask(jobId, 'takeCheckpoint', { jobId, reason: 'edit' })
    } catch (error) {
      // Then it is told what would be kept of the one before, or that there is none.
      if (!(error instanceof Refusal)) throw error
    }
  }

  /** What was edited since the version that has kept what is gone on from. */
  async #editSince(
    pipelineId: string,
    start: FoundStart | undefined,
    text: string,
  ): Promise<wire.DeployImpact['edit']> {
    if (start === undefined) return null
    const { pipelines, registry } = this.#options
    const version = await this.#keptBy(pipelineId, start)
    if (version === undefined) return null
    const before = parseDocument((await pipelines.get(pipelineId, version)).document).pipeline
    const after = parseDocument(text).pipeline
    if (before === undefined || after === undefined) return null
    return { version, difference: comparePipelines(before, after, registry) }
  }

  async #keptBy(pipelineId: string, { begin, checkpoint }: FoundStart) {
    const { jobs, savepoints } = this.#options
    if (begin.kind === 'savepoint') return (await savepoints.get(begin.savepointId))?.version
    const noted = (await this.#noted(pipelineId)).get(checkpoint.id)
    if (noted !== undefined) return noted.version
    // Its file is there a moment before its job says so, and a server may end in between.
    const latest = await jobs.latestOf(pipelineId)
    if (latest === undefined) return undefined
    const { after } = await jobs.beginningOf(latest.jobId)
    return checkpoint.id > after ? latest.version : undefined
  }

  /**
   * A job that has failed, or was stopped with a checkpoint, is gone on with; one that has ended
   * otherwise had all it was to have.
   */
  async #usualStart(pipelineId: string): Promise<wire.StartFrom> {
    const { env, dataFolder, jobs, supervisor } = this.#options
    const latest = await jobs.latestOf(pipelineId)
    if (latest === undefined) return { kind: 'beginning' }
    const { state } = supervisor.status(latest.jobId) ?? latest
    if (state === 'finished') return { kind: 'beginning' }
    const { begin, after } = await jobs.beginningOf(latest.jobId)
    const { newestId } = await shelfOf({ disk: env.disk, dataFolder }, pipelineId)
    const reason = (await this.#noted(pipelineId)).get(newestId)?.reason
    if (state === 'stopped' && reason !== 'stop') return { kind: 'beginning' }
    return newestId > after ? { kind: 'newest' } : begin
  }

  async #makeSavepoint(
    { jobId, pipelineId, version }: wire.JobStatus,
    checkpointId: number | null,
    title?: string,
  ): Promise<wire.Savepoint> {
    const { env, pipelines, savepoints, supervisor, noted } = this.#options
    const savepointId = env.ids.next()
    const request = { jobId, savepointId, checkpointId }
    try {
      const copy = await supervisor.ask(jobId, 'makeSavepoint', request)
      const named = title ?? `Checkpoint ${copy.checkpointId}`
      const savepoint = { savepointId, pipelineId, version, ...copy, title: named }
      // It may have ended meanwhile, and its pipeline with it.
      await pipelines.get(pipelineId)
      await savepoints.add(savepoint)
      const message = `"${named}" was made, a savepoint of checkpoint ${copy.checkpointId}.`
      noted(jobId, { kind: 'savepoint', message })
      return savepoint
    } catch (error) {
      // Its engine may have ended in the middle of the copy.
      await this.#removeFolder(savepointFolder(this.#options.dataFolder, savepointId))
      throw error
    }
  }

  /** Also what was noted in this moment. */
  async #noted(pipelineId: string): Promise<ReadonlyMap<number, NotedCheckpoint>> {
    const { savepoints, writes } = this.#options
    await writes.settle()
    return savepoints.notedCheckpoints(pipelineId)
  }

  async #job(jobId: string): Promise<wire.JobStatus> {
    const job = this.#options.supervisor.status(jobId) ?? (await this.#options.jobs.get(jobId))
    if (job !== undefined) return job
    const message = `There is no job "${jobId}". Its pipeline may have been deleted.`
    throw new Refusal('not-found', 'no-such-job', message)
  }

  /** Files that the disk does not let go of stay; nobody reads them. */
  async #removeFolder(folder: string): Promise<void> {
    await removeAll(this.#options.env.disk, folder).catch(isDiskError)
  }
}

async function namesIn({ disk }: Pick<Env, 'disk'>, folder: string): Promise<readonly string[]> {
  return (await disk.kindOf(folder)) === 'folder' ? disk.list(folder) : []
}

function isDiskError(error: unknown): void {
  if (!(error instanceof DiskError)) throw error
}
