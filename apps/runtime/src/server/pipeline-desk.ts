/** What can be done with pipelines and their jobs: the handlers behind the API. */

import type { Env } from '@millrace/engine'
import type { OperatorDescription, Problem, Registry, wire } from '@millrace/pipeline'
import type { FileClaim } from '../file-claims.ts'
import { findWebhooks, type OpenWebhooks, pathsOf } from '../hooks/open-webhooks.ts'
import { tieOf } from '../hosting/job-ties.ts'
import type { OneAtATime } from '../one-at-a-time.ts'
import type { JobLogStore } from '../storage/job-log-store.ts'
import type { JobBeginning, JobStore } from '../storage/job-store.ts'
import type { PipelineStore, SavedVersion, VersionRecord } from '../storage/pipeline-store.ts'
import { Refusal, toWireProblem } from '../supervision/refusal.ts'
import type { Supervisor } from '../supervision/supervisor.ts'
import type { BackfillDesk } from './backfill-desk.ts'
import type { CheckpointDesk, StartRequest } from './checkpoint-desk.ts'
import type { DocumentChecker } from './document-checker.ts'
import { notStarted, toDocument } from './document-checks.ts'
import { ExampleDesk } from './example-desk.ts'
import type { Example } from './examples.ts'
import type { LetterDesk } from './letter-desk.ts'
import { operatorCard } from './operator-card.ts'
import type { RecordingDesk } from './recording-desk.ts'
import type { ReplayDesk } from './replay-desk.ts'
import type { RouteHandlers } from './route-handlers.ts'
import { RunningFiles } from './running-files.ts'
import type { TopicHandlers } from './topic-desk.ts'

export interface PipelineDeskOptions {
  readonly env: Env
  readonly registry: Registry<OperatorDescription>
  readonly checker: DocumentChecker
  readonly pipelines: PipelineStore
  readonly jobs: JobStore
  readonly log: JobLogStore
  readonly supervisor: Supervisor
  readonly checkpoints: CheckpointDesk
  /** By pipeline: one is not deleted while a job of it comes to be, or a savepoint. */
  readonly turns: OneAtATime
  /** Resolves when what is known of jobs so far is written. */
  settled(): Promise<void>
  /** Where a job begins, before it does. */
  begins(jobId: string, beginning: JobBeginning): void
  readonly webhooks: OpenWebhooks
  readonly letters: Pick<LetterDesk, 'forgetPipeline'>
  readonly examplesFolder: string
  readonly roots: readonly string[]
  /** Config for a file source; throws a `Refusal`. */
  infer(path: string): Promise<{ readonly config: object; readonly notes: readonly string[] }>
  /** Whether the server stops: then no job is started. */
  isDraining(): boolean
  /** Whether a job of the pipeline stands still for a moment, to go on as another version. */
  switches(pipelineId: string): boolean
  /** A job ran before, and its version cannot be read any more. */
  notResumed(job: wire.JobStatus, why: string): void
  /** All clients, whatever they look at. */
  tell<Name extends 'pipelineSaved' | 'pipelineDeleted'>(
    name: Name,
    event: wire.SocketEvents[Name],
  ): void
}

type LetterRoutes = keyof LetterDesk['handlers']
type RecordingRoutes = keyof RecordingDesk['handlers'] | keyof ReplayDesk['handlers']

/** What runs after the first start. */
export interface SeedExample {
  readonly exampleId: string
  /** Records a second. */
  readonly pace: number
}

interface StartOptions extends StartRequest {
  /** The latest if left out. */
  readonly version?: number | undefined
  /** Records a second. */
  readonly pace?: number | null | undefined
  /** Stands before its first record. */
  readonly paused?: boolean | undefined
}

/** At the start of the server. */
const RESUMED_AT_ONCE = 32

export class PipelineDesk {
  /** All but those of topics. */
  readonly handlers: Omit<
    RouteHandlers,
    | keyof TopicHandlers
    | keyof CheckpointDesk['handlers']
    | keyof BackfillDesk['handlers']
    | LetterRoutes
    | RecordingRoutes
    | 'checkPlaces'
    | 'getHistory'
    | 'listTopicUses'
  >
  readonly #options: PipelineDeskOptions
  readonly #files: RunningFiles
  readonly #examples: ExampleDesk
  /** Until then, what ran before may be started by nobody else. */
  #resumed = false

  constructor(options: PipelineDeskOptions) {
    const { env, roots, supervisor, registry, checker, pipelines, examplesFolder } = options
    this.#options = options
    this.#examples = new ExampleDesk({
      ...{ registry, checker },
      pipelines,
      folder: examplesFolder,
      runs: async (pipelineId) => (await this.#latestJob(pipelineId))?.endedAtMs === null,
    })
    this.#files = new RunningFiles({
      disk: env.disk,
      roots,
      runs: (jobId) => {
        const job = supervisor.status(jobId)
        return job !== undefined && (job.endedAtMs === null || options.switches(job.pipelineId))
      },
    })
    this.handlers = {
      ...this.#pipelineHandlers(),
      ...this.#jobHandlers(),
      ...this.#otherHandlers(),
    }
  }

  #pipelineHandlers() {
    const { pipelines, checker } = this.#options
    return {
      listPipelines: async () => {
        // Not one by one: of very many, others would wait until all of them had been asked for.
        const latest = await this.#latestJobs()
        const listed = await pipelines.list()
        return listed.map((record) => summaryOf(record, latest.get(record.id) ?? null))
      },
      createPipeline: async ({ body, client }) => {
        const saved = await pipelines.create(await checker.version(body.document))
        this.#tellSaved(saved, client)
        return this.#withDocument(saved)
      },
      getPipeline: async ({ params }) => this.#withDocument(await pipelines.get(params.id)),
      savePipeline: async ({ params, body, client }) => {
        const version = await checker.version(body.document)
        const saved = await pipelines.save(params.id, body.baseVersion, version)
        this.#tellSaved(saved, client)
        return this.#withDocument(saved)
      },
      deletePipeline: async ({ params: { id }, client }) => {
        await this.#refuseRunning(id)
        await this.#options.turns.run(id, () => this.#delete(id))
        this.#options.tell('pipelineDeleted', { pipelineId: id, client })
        return {}
      },
      listVersions: async ({ params }) => {
        const versions = await pipelines.versions(params.id)
        return versions.map(({ version, savedAtMs, name, nodeCount }) => {
          return { version, savedAtMs, name, nodeCount }
        })
      },
      getVersion: async ({ params }) => {
        return this.#withDocument(await pipelines.get(params.id, params.version))
      },
    } satisfies Partial<RouteHandlers>
  }

  #jobHandlers() {
    const { supervisor } = this.#options
    return {
      startJob: ({ body: { pipelineId, ...start } }) => this.startJob(pipelineId, start),
      listHosts: () => supervisor.engineHosts,
      listJobs: async ({ query: { pipelineId, limit } }) => {
        const known = await this.#options.jobs.list(limit, pipelineId)
        return known.map((job) => supervisor.status(job.jobId) ?? job)
      },
      getJob: ({ params }) => this.#job(params.id),
      getJobLog: async ({ params }) => {
        await this.#job(params.id)
        await this.#options.settled()
        return this.#options.log.read(params.id)
      },
      stopJob: async ({ params }) => {
        const job = await this.#job(params.id)
        if (supervisor.status(params.id) === undefined && job.endedAtMs !== null) return job
        return supervisor.control({ jobId: params.id, action: 'stop' })
      },
      getView: async ({ params, query }) => {
        const { id: jobId, nodeId } = params
        await this.#job(jobId)
        return supervisor.ask(jobId, 'getView', { jobId, nodeId, limit: query.limit })
      },
      getState: async ({ params, query }) => {
        const { id: jobId, nodeId } = params
        await this.#job(jobId)
        return supervisor.ask(jobId, 'getState', { jobId, nodeId, ...query })
      },
    } satisfies Partial<RouteHandlers>
  }

  #otherHandlers() {
    const { registry, checker } = this.#options
    return {
      checkDocument: async ({ body }) => {
        const problems = await checker.problems(body.document)
        return { problems: problems.map(toWireProblem) }
      },
      listOperators: () => [...registry.values()].map(operatorCard),
      listExamples: async () => {
        const listed = this.#examples.list().map(async (example) => {
          const opened = await this.#examples.find(example.id)
          return { ...example, pipeline: opened === undefined ? null : await this.#summary(opened) }
        })
        return Promise.all(listed)
      },
      openExample: async ({ params, body, client }) => {
        const { saved, isNew } = await this.#examples.open(params.id, body)
        if (isNew) this.#tellSaved(saved, client)
        return this.#withDocument(saved)
      },
      inferSchema: async ({ body }) => {
        const { config, notes } = await this.#options.infer(body.path)
        return { config: { ...config }, notes: [...notes] }
      },
    } satisfies Partial<RouteHandlers>
  }

  /** Rejects with a `Refusal` where there is no such pipeline, or where it runs. */
  async #refuseRunning(pipelineId: string): Promise<void> {
    // Its folders are called by its id: what is no pipeline must not name any.
    await this.#options.pipelines.get(pipelineId)
    const job = await this.#latestJob(pipelineId)
    const runs = this.#options.supervisor.running(pipelineId) !== undefined
    if (!runs && !this.#options.switches(pipelineId) && job?.endedAtMs !== null) return
    const message = 'The pipeline is running. Stop its job, then delete it.'
    throw new Refusal('conflict', 'pipeline-runs', message)
  }

  async #delete(pipelineId: string): Promise<void> {
    const { pipelines, supervisor, webhooks, letters, checkpoints } = this.#options
    await this.#refuseRunning(pipelineId)
    for (const job of supervisor.statuses()) {
      if (job.pipelineId === pipelineId) supervisor.forget(job.jobId)
    }
    await this.#options.settled()
    await checkpoints.removeAll(pipelineId)
    await pipelines.delete(pipelineId)
    webhooks.forget(pipelineId)
    await letters.forgetPipeline(pipelineId)
  }

  /** Starts a saved version, the latest where none is named. Throws a `Refusal`. */
  async startJob(pipelineId: string, start: StartOptions = {}): Promise<wire.JobStatus> {
    this.#refuseSecond(pipelineId)
    const { turns } = this.#options
    const { placed } = await turns.run(pipelineId, () => this.#begin(pipelineId, start))
    const started = await placed
    await this.#options.settled()
    return started
  }

  /** Resolves when the job is there; `placed` when a host has begun it. */
  async #begin(
    pipelineId: string,
    { version, pace = null, paused = false, ...start }: StartOptions,
  ): Promise<{ readonly placed: Promise<wire.JobStatus> }> {
    const { env, pipelines, checker, supervisor } = this.#options
    const saved = await pipelines.get(pipelineId, version)
    this.#refuseSecond(pipelineId)
    const runnable = await checker.runnable(saved.document)
    const claims = await this.#files.find(runnable)
    const placed = findWebhooks(runnable.checked)
    const beginning = await this.#options.checkpoints.choose(pipelineId, saved.document, start)
    // From here on nothing waits, so no other job comes in between.
    this.#refuseSecond(pipelineId)
    const { webhooks } = this.#options
    const problems = [...this.#files.check(claims), ...webhooks.check(pipelineId, pathsOf(placed))]
    if (problems.length > 0) throw notStarted(problems)
    const jobId = env.ids.next()
    this.#files.hold(jobId, claims)
    webhooks.hold({ id: pipelineId, name: runnable.name }, placed)
    this.#options.begins(jobId, beginning)
    const { version: started, document } = saved
    const tied = tieOf(runnable.checked) !== undefined
    const job = { ...beginning, jobId, pipelineId, version: started, document, pace, tied }
    const startedAtMs = env.clock.nowMs()
    return { placed: supervisor.start({ ...job, startedAtMs, restarts: 0, paused }) }
  }

  /** Which of these files and webhooks belong to another pipeline that runs. */
  async findTaken(
    places: readonly wire.Place[],
    pipelineId: string | undefined,
  ): Promise<readonly Problem[]> {
    const { supervisor, webhooks } = this.#options
    const own = pipelineId === undefined ? undefined : supervisor.running(pipelineId)?.jobId
    const hooks = places.flatMap((place) => (place.kind === 'webhook' ? [place] : []))
    return [...(await this.#files.findTaken(places, own)), ...webhooks.check(pipelineId, hooks)]
  }

  /** Throws a `Refusal` where this job may not run the document, beside the others. */
  async checkVersion({ jobId, pipelineId }: wire.JobStatus, document: string): Promise<void> {
    const { checker, webhooks } = this.#options
    const runnable = await checker.runnable(document)
    const claims = await this.#files.find(runnable)
    const placed = findWebhooks(runnable.checked)
    const problems = [
      ...this.#files.check(claims, jobId),
      ...webhooks.check(pipelineId, pathsOf(placed)),
    ]
    if (problems.length > 0) throw notStarted(problems)
  }

  /** Begins a job again that has been suspended, as this version and from there. */
  async restartJob(
    job: wire.JobStatus,
    version: number,
    from: JobBeginning,
  ): Promise<wire.JobStatus> {
    const { pipelines, checker, supervisor, webhooks } = this.#options
    const { jobId, pipelineId, startedAtMs, restarts, pace, state } = job
    const { document } = await pipelines.get(pipelineId, version)
    const { claims, tied } = await this.#look(document)
    const { name, checked } = await checker.runnable(document)
    this.#files.hold(jobId, claims)
    webhooks.hold({ id: pipelineId, name }, findWebhooks(checked))
    supervisor.forget(jobId)
    const again = { jobId, pipelineId, version, document, startedAtMs, restarts, pace, ...from }
    return supervisor.start({ ...again, tied, paused: state === 'paused' })
  }

  #refuseSecond(pipelineId: string): void {
    if (this.#options.isDraining()) {
      const message = 'The server is stopping, so no job is started. Start it again afterwards.'
      throw new Refusal('unavailable', 'server-draining', message)
    }
    if (!this.#resumed) {
      const message = 'The server starts the jobs again that ran before. Try once more in a moment.'
      throw new Refusal('unavailable', 'server-starting', message)
    }
    if (this.#options.switches(pipelineId)) {
      const message = 'A backfill is taking the place of its job just now. Wait for a moment.'
      throw new Refusal('conflict', 'backfill-switches', message)
    }
    const running = this.#options.supervisor.running(pipelineId)
    if (running === undefined) return
    const message = `Version ${running.version} of this pipeline is running. Stop it first.`
    throw new Refusal('conflict', 'pipeline-runs', message)
  }

  /** Starts again what ran when the server was last heard of. Returns how many jobs that are. */
  async resumeJobs(): Promise<number> {
    const { jobs, supervisor } = this.#options
    const unended = await jobs.unended()
    const resume = async (job: wire.JobStatus) => {
      const { jobId, pipelineId, version, startedAtMs, restarts, pace, state } = job
      const kept = await this.#keptOf(job)
      if (kept === undefined) return
      const { document, beginning } = kept
      const { claims, tied } = await this.#look(document)
      const again = { jobId, pipelineId, version, document, startedAtMs, pace, ...beginning }
      const paused = state === 'paused'
      this.#files.hold(jobId, claims)
      await supervisor.start({ ...again, tied, restarts, paused })
    }
    // Each waits for its host and its files most of the time.
    const queue = unended.values()
    const resumeAll = async () => {
      for (const job of queue) await resume(job)
    }
    await Promise.all(Array.from({ length: RESUMED_AT_ONCE }, resumeAll))
    this.#resumed = true
    return unended.length
  }

  /** What a job that ran goes on as; undefined where it cannot be read, and the job has failed. */
  async #keptOf(job: wire.JobStatus) {
    const { pipelines, jobs, notResumed } = this.#options
    try {
      const { document } = await pipelines.get(job.pipelineId, job.version)
      return { document, beginning: await jobs.beginningOf(job.jobId) }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      notResumed(job, error.message)
      return undefined
    }
  }

  /** Those of every pipeline that has been started, by the version that was started last. */
  async openWebhooks(): Promise<void> {
    const { pipelines, checker, webhooks } = this.#options
    const listed = await pipelines.list()
    const ids = new Set(listed.map(({ id }) => id))
    const latest = await this.#latestJobs()
    const started = [...latest.values()].filter(({ pipelineId }) => ids.has(pipelineId))
    // Where two have had one path, it belongs to whoever was started later.
    for (const job of started.toSorted((a, b) => a.startedAtMs - b.startedAtMs)) {
      try {
        const { document } = await pipelines.get(job.pipelineId, job.version)
        const { name, checked } = await checker.runnable(document)
        webhooks.hold({ id: job.pipelineId, name }, findWebhooks(checked))
      } catch (error) {
        // What this Millrace cannot run or read receives nothing.
        if (!(error instanceof Refusal)) throw error
      }
    }
  }

  /**
   * Of a job that ran before. What another Millrace could run and this one cannot claims nothing:
   * it fails when it is started.
   */
  async #look(
    document: string,
  ): Promise<{ readonly claims: readonly FileClaim[]; readonly tied: boolean }> {
    try {
      const runnable = await this.#options.checker.runnable(document)
      const tied = tieOf(runnable.checked) !== undefined
      return { claims: await this.#files.find(runnable), tied }
    } catch (error) {
      if (error instanceof Refusal) return { claims: [], tied: true }
      throw error
    }
  }

  /** On the first start: one example is there and runs, slowly enough to be watched. */
  async seed({ exampleId, pace }: SeedExample): Promise<Example | undefined> {
    if ((await this.#options.pipelines.list()).length > 0) return undefined
    const example = this.#examples.list().find(({ id }) => id === exampleId)
    if (example === undefined) return undefined
    const { saved } = await this.#examples.open(exampleId, { copy: false })
    await this.startJob(saved.id, { pace })
    return example
  }

  async #job(jobId: string): Promise<wire.JobStatus> {
    const job = this.#options.supervisor.status(jobId) ?? (await this.#options.jobs.get(jobId))
    if (job !== undefined) return job
    const message = `There is no job "${jobId}". Its pipeline may have been deleted.`
    throw new Refusal('not-found', 'no-such-job', message)
  }

  async #latestJob(pipelineId: string): Promise<wire.JobStatus | null> {
    const job = await this.#options.jobs.latestOf(pipelineId)
    if (job === undefined) return null
    return this.#options.supervisor.status(job.jobId) ?? job
  }

  /** By pipeline. */
  async #latestJobs(): Promise<ReadonlyMap<string, wire.JobStatus>> {
    const { jobs, supervisor } = this.#options
    const known = [...(await jobs.latest())]
    return new Map(known.map(([id, job]) => [id, supervisor.status(job.jobId) ?? job]))
  }

  async #summary(record: VersionRecord): Promise<wire.PipelineSummary> {
    return summaryOf(record, await this.#latestJob(record.id))
  }

  async #withDocument(saved: SavedVersion): Promise<wire.SavedPipeline> {
    return { ...(await this.#summary(saved)), document: { ...toDocument(saved.document) } }
  }

  #tellSaved({ id, version }: SavedVersion, client: string): void {
    this.#options.tell('pipelineSaved', { pipelineId: id, version, client })
  }
}

function summaryOf(record: VersionRecord, job: wire.JobStatus | null): wire.PipelineSummary {
  const { id, name, version, savedAtMs, nodeCount } = record
  return { id, name, version, savedAtMs, nodeCount, job }
}
