/**
 * The server as a whole: storage, supervision, HTTP and sockets, from its start to its gentle end.
 */

import type { ChildProcess } from 'node:child_process'
import type { Server } from 'node:http'
import { freemem } from 'node:os'
import { TopicFailure, type Topics } from '@millrace/engine'
import type { wire } from '@millrace/pipeline'
import { HookReceiver } from '../hooks/hook-receiver.ts'
import { OpenWebhooks } from '../hooks/open-webhooks.ts'
import { OneAtATime } from '../one-at-a-time.ts'
import type { DataLog } from '../storage/data-log.ts'
import type { Store } from '../storage/database.ts'
import { JobLogStore } from '../storage/job-log-store.ts'
import { JobStore } from '../storage/job-store.ts'
import { LetterStore } from '../storage/letter-store.ts'
import { PipelineStore } from '../storage/pipeline-store.ts'
import { SavepointStore } from '../storage/savepoint-store.ts'
import { WriteGroup } from '../storage/write-group.ts'
import { databaseRefusal, Refusal, toRefusal } from '../supervision/refusal.ts'
import { Supervisor } from '../supervision/supervisor.ts'
import { BackfillDesk } from './backfill-desk.ts'
import { BackfillSwitch } from './backfill-switch.ts'
import { CheckpointDesk } from './checkpoint-desk.ts'
import { type ClaimedPlace, claimPlace } from './claimed-place.ts'
import { closeDataFolder, type DataFolder, openDataFolder } from './data-folder.ts'
import { DiskWatch } from './disk-watch.ts'
import { DocumentChecker } from './document-checker.ts'
import { createHttpApp, type HttpAppOptions } from './http-app.ts'
import { JobBook } from './job-book.ts'
import { JobWatchers } from './job-watchers.ts'
import { LetterDesk } from './letter-desk.ts'
import { LETTERS_KEPT } from './letter-limits.ts'
import { PipelineDesk } from './pipeline-desk.ts'
import { createPlaceHandler } from './place-desk.ts'
import { sendArchive } from './recording-archive.ts'
import { RecordingDesk } from './recording-desk.ts'
import { ReplayDesk } from './replay-desk.ts'
import { hostSettings } from './server-limits.ts'
import { createServerMetrics } from './server-metrics.ts'
import type { ServerOptions } from './server-options.ts'
import { ADDRESS } from './server-port.ts'
import { createSocketHandlers } from './socket-handlers.ts'
import { Sockets } from './sockets.ts'
import { createTopicHandlers } from './topic-desk.ts'
import { TopicUses } from './topic-uses.ts'
import { createHistoryHandlers } from './version-history.ts'

/** With what follows it, less than the 10 s after which others would kill. */
const DRAIN_MS = 8_000
/** For checkpoints and what is under way, while sources wait for more room. */
const DISK_BYTES_KEPT = 64 * 2 ** 20

/** Rejects with a `Refusal` where port or data folder are taken, or cannot be read. */
export async function startMillraceServer(options: ServerOptions): Promise<MillraceServer> {
  return startOn(await claimPlace(options), options)
}

/** As `startMillraceServer`; where nothing comes of it, the place is let go of. */
export async function startOn(
  place: ClaimedPlace,
  options: ServerOptions,
): Promise<MillraceServer> {
  const server = await createServer(place, options)
  try {
    await server.begin()
    return server
  } catch (error) {
    await server.stop()
    // Such as a disk with no room for what the log needs to begin with.
    if (error instanceof TopicFailure) {
      throw new Refusal('unavailable', `log-${error.code}`, error.message)
    }
    throw databaseRefusal(error) ?? error
  }
}

async function createServer(place: ClaimedPlace, options: ServerOptions): Promise<MillraceServer> {
  let data: DataFolder | undefined
  try {
    data = await openDataFolder(options, place)
    return new MillraceServer(options, place, data)
  } catch (error) {
    if (data !== undefined) await closeDataFolder(data)
    await place.release()
    throw error
  }
}

export class MillraceServer {
  readonly port: number
  readonly #options: ServerOptions
  readonly #place: ClaimedPlace
  readonly #data: DataFolder
  readonly #store: Store
  readonly #topics: DataLog
  readonly #jobs: JobStore
  readonly #writes: WriteGroup
  readonly #book: JobBook
  readonly #supervisor: Supervisor
  readonly #watchers: JobWatchers
  /** By pipeline. */
  readonly #turns = new OneAtATime()
  readonly #checker: DocumentChecker
  readonly #checkpoints: CheckpointDesk
  readonly #desk: PipelineDesk
  readonly #diskWatch: DiskWatch
  readonly #sockets: Sockets
  readonly #webhooks: OpenWebhooks
  readonly #letters: LetterDesk
  readonly #recordings: RecordingDesk
  readonly #replays: ReplayDesk
  readonly #switch: BackfillSwitch
  readonly #backfills: BackfillDesk
  #draining = false
  #started = false

  constructor(options: ServerOptions, place: ClaimedPlace, data: DataFolder) {
    const { store, topics } = data
    const { env } = options
    const { http, port } = place
    this.port = port
    this.#options = options
    this.#place = place
    this.#data = data
    this.#store = store
    this.#topics = topics
    const onFault = (error: unknown) => this.#fault(error)
    this.#jobs = new JobStore(store.database)
    const log = new JobLogStore(store.database)
    this.#checker = new DocumentChecker({ ...options, timers: env.timers })
    this.#writes = new WriteGroup({ database: store.database, timers: env.timers, onFault })
    this.#book = this.#createBook()
    this.#watchers = new JobWatchers({
      env,
      supervisor: () => this.#supervisor,
      noted: (jobId, news) => this.#book.note(jobId, news),
      onFault,
    })
    this.#supervisor = this.#createSupervisor()
    const pipelines = new PipelineStore(store.database, env)
    const uses = new TopicUses({ ...options, pipelines, supervisor: this.#supervisor })
    this.#webhooks = new OpenWebhooks({
      clock: env.clock,
      runs: (pipelineId) => this.#supervisor.running(pipelineId) !== undefined,
    })
    this.#diskWatch = this.#createDiskWatch()
    this.#checkpoints = this.#createCheckpoints(pipelines)
    this.#letters = this.#createLetters(pipelines)
    this.#recordings = this.#createRecordings(pipelines)
    this.#replays = this.#createReplays(pipelines)
    this.#desk = new PipelineDesk({
      ...options,
      ...{ pipelines, checker: this.#checker },
      ...{ checkpoints: this.#checkpoints, turns: this.#turns },
      begins: (jobId, beginning) => this.#book.begins(jobId, beginning),
      ...{ jobs: this.#jobs, log },
      settled: () => this.#writes.settle(),
      supervisor: this.#supervisor,
      ...{ webhooks: this.#webhooks, letters: this.#letters },
      isDraining: () => this.#draining,
      switches: (pipelineId) => this.#backfills.switches(pipelineId),
      notResumed: (job, why) => this.#notResumed(job, why),
      tell: (name, event) => this.#sockets.send(name, event),
    })
    this.#switch = this.#createSwitch()
    this.#backfills = this.#createBackfills(pipelines)
    const app = createHttpApp({
      ...options,
      handlers: {
        ...this.#desk.handlers,
        ...this.#checkpoints.handlers,
        ...createTopicHandlers(env, topics.log),
        ...this.#letters.handlers,
        ...{ ...this.#recordings.handlers, ...this.#replays.handlers },
        ...this.#backfills.handlers,
        ...this.#createLookups(pipelines, topics.log),
        listTopicUses: async () => [...(await uses.list())],
      },
      metrics: createServerMetrics({
        ...{ ...options, clock: env.clock },
        supervisor: this.#supervisor,
        sockets: () => this.#sockets.count,
      }),
      hooks: new HookReceiver({ env, topics: topics.log, webhooks: this.#webhooks, onFault }),
      sendArchive: this.#archives(),
      newNonce: () => env.ids.next().replaceAll('-', ''),
      notReadyBecause: () => this.#notReadyBecause(),
      onFault,
    })
    place.open()
    // Before the sockets, which put themselves in front of it.
    http.on('request', app)
    this.#sockets = this.#createSockets(http)
  }

  /** What only looks: versions of before, and what is there around a pipeline. */
  #createLookups(pipelines: PipelineStore, topics: Topics) {
    const { env, roots } = this.#options
    return {
      ...createHistoryHandlers({
        ...{ ...this.#options, pipelines, jobs: this.#jobs },
        running: (pipelineId) => this.#supervisor.running(pipelineId)?.version,
      }),
      checkPlaces: createPlaceHandler({
        ...{ env, roots, topics },
        findTaken: (places, pipelineId) => this.#desk.findTaken(places, pipelineId),
      }),
    }
  }

  get url(): string {
    return `http://${ADDRESS}:${this.port}`
  }

  /** For tests and figures. */
  get engines(): Supervisor['hosts'] {
    return this.#supervisor.hosts
  }

  /** Runs again what ran before, and an example on the first start. */
  async begin(): Promise<void> {
    const { log, seedExample } = this.#options
    await this.#desk.openWebhooks()
    await this.#diskWatch.begin()
    await this.#checkpoints.tidy()
    await this.#letters.open()
    await this.#recordings.begin()
    await this.#replays.begin()
    const count = await this.#desk.resumeJobs()
    await this.#letters.begin()
    if (count > 0) log.info({ count }, 'Started the jobs again that ran before.')
    const example = seedExample && (await this.#desk.seed(seedExample))
    if (example !== undefined) log.info({ example: example.id }, 'Started an example.')
    this.#started = true
  }

  /**
   * Tells clients, ends jobs gently, and closes everything. Jobs run again after the next start.
   */
  async stop(): Promise<void> {
    if (this.#draining) return
    this.#draining = true
    this.#diskWatch.close()
    this.#sockets.send('serverDraining', {})
    this.#backfills.close()
    const closed = [this.#replays.close(), this.#checker.close()]
    await Promise.all([this.#supervisor.drain(DRAIN_MS), ...closed])
    this.#watchers.breakpoints.close()
    await this.#place.connections.end(this.#options.env.timers, () => this.#sockets.close())
    await this.#writes.settle()
    await this.#letters.close()
    await closeDataFolder(this.#data)
    await this.#place.release()
  }

  #createBook(): JobBook {
    return new JobBook({
      ...{ clock: this.#options.env.clock, writes: this.#writes },
      onLogged: (logged) => this.#sockets.send('jobLogged', logged),
    })
  }

  #createDiskWatch(): DiskWatch {
    const { env, dataFolder, roots } = this.#options
    return new DiskWatch({
      env,
      folders: [dataFolder, ...roots],
      keptBytes: DISK_BYTES_KEPT,
      onChanged: (reason) => this.#supervisor.hold(reason),
    })
  }

  /** For what is no job: it does one thing, and is ended after it. */
  readonly #engineAlone = (): ChildProcess => {
    return this.#place.engines.start({ settings: hostSettings(this.#options.serverLimits) })
  }

  #createCheckpoints(pipelines: PipelineStore): CheckpointDesk {
    return new CheckpointDesk({
      ...this.#options,
      ...{ pipelines, checker: this.#checker },
      jobs: this.#jobs,
      savepoints: new SavepointStore(this.#store.database),
      writes: this.#writes,
      ...{ supervisor: this.#supervisor, turns: this.#turns },
      lettersBack: (pipelineId, meta) => this.#letters.backTo(pipelineId, meta),
      noted: (jobId, news) => this.#book.note(jobId, { severity: 'info', ...news }),
    })
  }

  #createSockets(http: Server): Sockets {
    const { env, allowedHosts } = this.#options
    return new Sockets(http, {
      env,
      allowedHosts,
      watchers: this.#watchers,
      handlers: createSocketHandlers({
        watchers: this.#watchers,
        supervisor: this.#supervisor,
        jobs: this.#jobs,
      }),
      onFault: (error) => this.#fault(error),
    })
  }

  #createLetters(pipelines: PipelineStore): LetterDesk {
    const { env, serverLimits: limits } = this.#options
    return new LetterDesk({
      ...{ env, pipelines, jobs: this.#jobs, supervisor: this.#supervisor },
      topics: this.#topics.log,
      store: new LetterStore(this.#data.letters, { ...limits.letters, ...LETTERS_KEPT }),
      endsWritten: () => this.#writes.settle(),
      changed: (changed) => this.#sockets?.send('lettersChanged', changed),
      onFault: (error) => this.#fault(error),
    })
  }

  #createRecordings(pipelines: PipelineStore): RecordingDesk {
    const [jobs, supervisor] = [this.#jobs, this.#supervisor]
    return new RecordingDesk({
      ...this.#options,
      ...{ pipelines, checker: this.#checker, jobs, supervisor, topics: this.#topics.log },
      startEngineProcess: this.#engineAlone,
    })
  }

  #createReplays(pipelines: PipelineStore): ReplayDesk {
    return new ReplayDesk({
      ...this.#options,
      ...{ pipelines, checker: this.#checker },
      recordings: this.#recordings,
      startEngineProcess: this.#engineAlone,
      onFault: (error) => this.#fault(error),
    })
  }

  #createSwitch(): BackfillSwitch {
    const { env } = this.#options
    return new BackfillSwitch({
      ...{ env, jobs: this.#jobs, supervisor: this.#supervisor },
      savepoints: new SavepointStore(this.#store.database),
      isDraining: () => this.#draining,
      removeSavepoint: (id) => this.#checkpoints.removeSavepoint(id),
      restartJob: (job, version, from) => this.#desk.restartJob(job, version, from),
      settled: () => this.#writes.settle(),
    })
  }

  #createBackfills(pipelines: PipelineStore): BackfillDesk {
    return new BackfillDesk({
      ...this.#options,
      ...{ pipelines, checker: this.#checker },
      ...{ supervisor: this.#supervisor, topics: this.#topics.log },
      stateBytesMax: this.#options.serverLimits.quotas.stateBytes,
      switch: this.#switch,
      checkVersion: (job, document) => this.#desk.checkVersion(job, document),
      startEngineProcess: this.#engineAlone,
      noted: (jobId, severity, message) =>
        this.#book.note(jobId, { kind: 'backfill', severity, message }),
      released: (jobId) => {
        const status = this.#supervisor.status(jobId)
        if (status !== undefined) this.#jobChanged(status)
        this.#watchers.jobReplaced(jobId)
      },
      onFault: (error) => this.#fault(error),
    })
  }

  #archives(): HttpAppOptions['sendArchive'] {
    const from = { recordings: this.#recordings, disk: this.#options.env.disk }
    return (request, response) => sendArchive(from, request, response)
  }

  #createSupervisor(): Supervisor {
    const { log, serverLimits: limits } = this.#options
    const { ahead, engines, openNote } = this.#place
    return new Supervisor({
      ...this.#options,
      limits,
      settings: hostSettings(limits),
      freeBytes: freemem,
      quotas: limits.quotas,
      ...{ ahead, openNote },
      topics: this.#topics.log,
      startProcess: (launch) => engines.start(launch),
      listener: {
        jobChanged: (status) => this.#jobChanged(status),
        jobNoted: (jobId, news) => {
          if (!this.#draining) this.#book.note(jobId, news)
        },
        jobMeasured: (measured) => {
          if (!this.#switch?.holds(measured.jobId)) this.#watchers.jobMeasured(measured)
        },
        tapFilled: (filled) => this.#watchers.tapFilled(filled),
        pictureDrawn: (picture) => this.#watchers.pictureDrawn(picture),
        jobRestarted: (jobId) => this.#watchers.jobRestarted(jobId),
        hostEnded: (reason, jobCount) => {
          log.warn({ jobCount }, `An engine host is gone: ${reason}.`)
        },
      },
    })
  }

  #jobChanged(status: wire.JobStatus): void {
    this.#checkpoints?.noteTaken(status)
    if (this.#switch?.holds(status.jobId)) return
    this.#sockets?.send('jobChanged', status)
    // What drains was running: so it stays in the books, and runs again after the next start.
    if (this.#draining) return
    this.#book.changed(status)
    this.#backfills?.jobChanged(status)
    if (status.endedAtMs !== null) {
      this.#watchers.breakpoints.jobEnded(status.jobId)
      this.#letters.jobEnded(status.jobId).catch((error: unknown) => this.#fault(error))
    }
  }

  /** It ran before, and cannot be started again. */
  #notResumed(job: wire.JobStatus, message: string): void {
    const failure = { domain: 'external', retry: false, message } as const
    const endedAtMs = this.#options.env.clock.nowMs()
    this.#options.log.warn({ jobId: job.jobId, message }, 'A job that ran before was not started.')
    this.#book.changed({ ...job, state: 'failed', endedAtMs, failure })
  }

  #notReadyBecause(): readonly string[] {
    const { trouble } = this.#topics.log
    return [
      ...(this.#draining ? ['The server is stopping.'] : []),
      ...(this.#started ? [] : ['The server is starting.']),
      ...(this.#supervisor.hosts.length > 0 ? [] : ['The engine is being started again.']),
      ...(this.#draining || trouble === undefined ? [] : [trouble]),
      ...(this.#draining || this.#diskWatch.reason === null ? [] : [this.#diskWatch.reason]),
      ...(this.#draining || this.#store.writable() ? [] : ['The data folder cannot be written.']),
    ]
  }

  #fault(error: unknown): void {
    const stack = error instanceof Error ? error.stack : String(error)
    const told = error instanceof TopicFailure ? error : toRefusal(error)
    this.#options.log.error({ stack }, told?.message ?? 'Millrace has a bug here.')
  }
}
