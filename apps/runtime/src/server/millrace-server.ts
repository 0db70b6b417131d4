/**
 * The server as a whole: storage, supervision, HTTP and sockets, from its start to its gentle end.
 */

import type { ChildProcess } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import path from 'node:path'
import { type Env, type OperatorDefinition, TopicFailure, type Topics } from '@millrace/engine'
import type { Registry, wire } from '@millrace/pipeline'
import { EngineList } from '../env/engine-list.ts'
import { openTurnNote } from '../env/turn-note.ts'
import { HookReceiver } from '../hooks/hook-receiver.ts'
import { OpenWebhooks } from '../hooks/open-webhooks.ts'
import { type DataLog, openLockedLog } from '../storage/data-log.ts'
import { openStore, type Store } from '../storage/database.ts'
import { type FolderLock, lockFolder } from '../storage/folder-lock.ts'
import { JobLogStore } from '../storage/job-log-store.ts'
import { JobStore } from '../storage/job-store.ts'
import { LetterStore } from '../storage/letter-store.ts'
import { openLetterTables } from '../storage/letter-tables.ts'
import { PipelineStore } from '../storage/pipeline-store.ts'
import { SavepointStore } from '../storage/savepoint-store.ts'
import type { BackoffSettings } from '../supervision/backoff.ts'
import type { HostLaunch } from '../supervision/engine-pool.ts'
import { Refusal } from '../supervision/refusal.ts'
import { Supervisor } from '../supervision/supervisor.ts'
import { CheckpointDesk } from './checkpoint-desk.ts'
import { DiskWatch } from './disk-watch.ts'
import { createHttpApp, type HttpAppOptions } from './http-app.ts'
import { JobBook } from './job-book.ts'
import { JobWatchers } from './job-watchers.ts'
import { LetterDesk } from './letter-desk.ts'
import { LETTERS_KEPT } from './letter-limits.ts'
import { type JobMetrics, Metrics } from './metrics.ts'
import { PipelineDesk, type PipelineDeskOptions, type SeedExample } from './pipeline-desk.ts'
import { sendArchive } from './recording-archive.ts'
import { RecordingDesk } from './recording-desk.ts'
import { ReplayDesk } from './replay-desk.ts'
import { hostSettings, type ServerLimits } from './server-limits.ts'
import { type SocketHandlers, Sockets } from './sockets.ts'
import { createTopicHandlers } from './topic-desk.ts'
import { TopicUses } from './topic-uses.ts'

export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface ServerOptions {
  readonly env: Env
  readonly registry: Registry<OperatorDefinition>
  readonly log: Log
  readonly version: string
  /** 0 for any that is free. */
  readonly port: number
  readonly dataFolder: string
  /** Files of pipelines lie below one of these; relative paths count from the first. */
  readonly roots: readonly string[]
  readonly designerFolder: string
  readonly examplesFolder: string
  /** Host names to answer for, beside those of this machine. */
  readonly allowedHosts: readonly string[]
  readonly seedExample?: SeedExample
  /** An engine host that is silent for so long is killed. */
  readonly deadlineMs: number
  readonly backoff: BackoffSettings
  readonly serverLimits: ServerLimits
  startEngineProcess(launch: HostLaunch): ChildProcess
  readonly infer: PipelineDeskOptions['infer']
}

/** How long dead letters are kept, and those that were discarded and may be taken back. */
/** In the data folder. */
const NOTES_FOLDER = 'turns'
const ADDRESS = '127.0.0.1'
const PORT_MAX = 65_535
/** Longer than clients keep a connection: who closes first must not be the one that is asked. */
const KEEP_ALIVE_MS = 75_000
/** With what follows it, less than the 10 s after which others would kill. */
const DRAIN_MS = 8_000
const FAREWELL_MS = 500
/** For checkpoints and what is under way, while sources wait for more room. */
const DISK_BYTES_KEPT = 64 * 2 ** 20

/** Rejects with a `Refusal` where port or data folder are taken. */
export async function startMillraceServer(options: ServerOptions): Promise<MillraceServer> {
  const http = createServer({ keepAliveTimeout: KEEP_ALIVE_MS })
  // The port first: whoever cannot have it must not touch the data.
  const port = await listen(http, options.port)
  try {
    const lock = lockFolder(options.dataFolder, {
      holder: 'millrace serve',
      what: 'data folder',
      wayOut: 'Stop that one, or choose another folder with --data.',
      newId: () => options.env.ids.next(),
    })
    try {
      return await startOnFolder(options, http, port, lock)
    } catch (error) {
      lock.release()
      throw error
    }
  } catch (error) {
    http.close()
    throw error
  }
}

async function startOnFolder(
  options: ServerOptions,
  http: Server,
  port: number,
  lock: FolderLock,
): Promise<MillraceServer> {
  const engines = new EngineList(lock.folder)
  if (!(await engines.goneBefore(options.env.timers))) {
    options.log.warn({}, 'An engine host of the server before seems to go on; it is left alone.')
  }
  const store = await openStore(options.dataFolder)
  let dataLog: DataLog | undefined
  try {
    dataLog = await openTopics(options, lock)
    const server = new MillraceServer(options, http, port, {
      ...{ lock, engines, store },
      topics: dataLog,
    })
    await server.begin()
    return server
  } catch (error) {
    await dataLog?.close()
    await store.close()
    throw error
  }
}

async function openTopics({ env }: ServerOptions, lock: FolderLock): Promise<DataLog> {
  try {
    return await openLockedLog(env, lock)
  } catch (error) {
    if (!(error instanceof TopicFailure)) throw error
    throw new Refusal('conflict', 'log-not-readable', error.message)
  }
}

/** What outlives the server. */
interface DataFolder {
  readonly lock: FolderLock
  readonly engines: EngineList
  readonly store: Store
  readonly topics: DataLog
}

export class MillraceServer {
  readonly port: number
  readonly #options: ServerOptions
  readonly #http: Server
  readonly #data: DataFolder
  readonly #store: Store
  readonly #topics: DataLog
  readonly #jobs: JobStore
  readonly #book: JobBook
  readonly #supervisor: Supervisor
  readonly #watchers: JobWatchers
  readonly #checkpoints: CheckpointDesk
  readonly #desk: PipelineDesk
  readonly #diskWatch: DiskWatch
  readonly #sockets: Sockets
  readonly #webhooks: OpenWebhooks
  readonly #letters: LetterDesk
  readonly #recordings: RecordingDesk
  readonly #replays: ReplayDesk
  #draining = false
  #started = false
  readonly #connections = new Set<Socket>()

  constructor(options: ServerOptions, http: Server, port: number, data: DataFolder) {
    const { store, topics } = data
    const { env, allowedHosts } = options
    this.port = port
    this.#options = options
    this.#http = http
    this.#data = data
    this.#store = store
    this.#topics = topics
    const onFault = (error: unknown) => this.#fault(error)
    this.#jobs = new JobStore(store.database)
    const log = new JobLogStore(store.database)
    this.#book = new JobBook({
      ...{ clock: env.clock, jobs: this.#jobs, log, onFault },
      onLogged: (logged) => this.#sockets.send('jobLogged', logged),
    })
    this.#watchers = new JobWatchers(
      env.clock,
      () => env.ids.next(),
      () => this.#supervisor,
    )
    this.#supervisor = this.#createSupervisor()
    const pipelines = new PipelineStore(store.database, env)
    const uses = new TopicUses({ ...options, pipelines, supervisor: this.#supervisor })
    this.#webhooks = new OpenWebhooks({
      clock: env.clock,
      runs: (pipelineId) => this.#supervisor.runs(pipelineId),
    })
    this.#diskWatch = this.#createDiskWatch()
    this.#checkpoints = new CheckpointDesk({
      ...options,
      ...{ pipelines, onFault },
      jobs: this.#jobs,
      savepoints: new SavepointStore(store.database),
      supervisor: this.#supervisor,
      noted: (jobId, news) => this.#book.note(jobId, { severity: 'info', ...news }),
    })
    this.#letters = this.#createLetters(topics.log)
    this.#recordings = this.#createRecordings(pipelines)
    this.#replays = this.#createReplays(pipelines)
    this.#desk = new PipelineDesk({
      ...options,
      pipelines,
      checkpoints: this.#checkpoints,
      begins: (jobId, beginning) => this.#book.begins(jobId, beginning),
      ...{ jobs: this.#jobs, log },
      supervisor: this.#supervisor,
      ...{ webhooks: this.#webhooks, letters: this.#letters },
      isDraining: () => this.#draining,
      pipelineSaved: (saved) => this.#sockets.send('pipelineSaved', saved),
    })
    const app = createHttpApp({
      ...options,
      handlers: {
        ...this.#desk.handlers,
        ...this.#checkpoints.handlers,
        ...createTopicHandlers(env, topics.log),
        ...this.#letters.handlers,
        ...{ ...this.#recordings.handlers, ...this.#replays.handlers },
        listTopicUses: async () => [...(await uses.list())],
      },
      metrics: this.#createMetrics(),
      hooks: new HookReceiver({ env, topics: topics.log, webhooks: this.#webhooks, onFault }),
      sendArchive: this.#archives(),
      newNonce: () => env.ids.next().replaceAll('-', ''),
      notReadyBecause: () => this.#notReadyBecause(),
      onFault,
    })
    this.#rememberConnections()
    // Before the sockets, which put themselves in front of it.
    http.on('request', app)
    this.#sockets = new Sockets(http, {
      env,
      allowedHosts,
      watchers: this.#watchers,
      handlers: this.#socketHandlers(),
      onFault,
    })
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
    await Promise.all([this.#supervisor.drain(DRAIN_MS), this.#replays.close()])
    await this.#closeConnections()
    await this.#book.settle()
    await this.#checkpoints.settle()
    await this.#letters.close()
    await this.#topics.close()
    await this.#store.close()
    this.#data.lock.release()
  }

  #rememberConnections(): void {
    this.#http.on('connection', (connection) => {
      this.#connections.add(connection)
      connection.on('close', () => this.#connections.delete(connection))
    })
  }

  /** Clients may take in what they were sent; one that does not is cut off. */
  async #closeConnections(): Promise<void> {
    const cancel = this.#options.env.timers.after(FAREWELL_MS, () => {
      for (const connection of this.#connections) connection.destroy()
    })
    this.#http.closeIdleConnections()
    await this.#sockets.close()
    cancel()
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

  #startEngine(launch: HostLaunch): ChildProcess {
    const child = this.#options.startEngineProcess(launch)
    const { pid } = child
    if (pid !== undefined) {
      this.#data.engines.add(pid)
      child.on('exit', () => this.#data.engines.remove(pid))
    }
    return child
  }

  /** For what is no job: it does one thing, and is ended after it. */
  readonly #engineAlone = (): ChildProcess => {
    return this.#startEngine({ settings: hostSettings(this.#options.serverLimits) })
  }

  #createLetters(topics: Topics): LetterDesk {
    const { env, dataFolder, serverLimits: limits } = this.#options
    return new LetterDesk({
      ...{ env, topics, jobs: this.#jobs, supervisor: this.#supervisor },
      store: new LetterStore(openLetterTables(dataFolder), { ...limits.letters, ...LETTERS_KEPT }),
      changed: (changed) => this.#sockets?.send('lettersChanged', changed),
      onFault: (error) => this.#fault(error),
    })
  }

  #createRecordings(pipelines: PipelineStore): RecordingDesk {
    const [jobs, supervisor] = [this.#jobs, this.#supervisor]
    return new RecordingDesk({
      ...this.#options,
      ...{ pipelines, jobs, supervisor, topics: this.#topics.log },
      startEngineProcess: this.#engineAlone,
    })
  }

  #createReplays(pipelines: PipelineStore): ReplayDesk {
    return new ReplayDesk({
      ...this.#options,
      pipelines,
      recordings: this.#recordings,
      startEngineProcess: this.#engineAlone,
      onFault: (error) => this.#fault(error),
    })
  }

  #archives(): HttpAppOptions['sendArchive'] {
    const from = { recordings: this.#recordings, disk: this.#options.env.disk }
    return (request, response) => sendArchive(from, request, response)
  }

  #createSupervisor(): Supervisor {
    const { log, serverLimits: limits, dataFolder } = this.#options
    return new Supervisor({
      ...this.#options,
      limits,
      settings: hostSettings(limits),
      quotas: limits.quotas,
      openNote: () => openTurnNote(path.join(dataFolder, NOTES_FOLDER)),
      topics: this.#topics.log,
      startProcess: (launch) => this.#startEngine(launch),
      listener: {
        jobChanged: (status) => this.#jobChanged(status),
        jobNoted: (jobId, news) => {
          if (!this.#draining) this.#book.note(jobId, news)
        },
        jobMeasured: (measured) => this.#watchers.jobMeasured(measured),
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
    this.#sockets?.send('jobChanged', status)
    this.#checkpoints?.noteTaken(status)
    // What drains was running: so it stays in the books, and runs again after the next start.
    if (this.#draining) return
    this.#book.changed(status)
    if (status.endedAtMs !== null) {
      this.#letters.jobEnded(status.jobId).catch((error: unknown) => this.#fault(error))
    }
  }

  #socketHandlers(): SocketHandlers {
    const watchers = this.#watchers
    const status = async (jobId: string) => {
      const found = this.#supervisor.status(jobId) ?? (await this.#jobs.get(jobId))
      if (found !== undefined) return found
      const message = `There is no job "${jobId}". Start the pipeline again.`
      throw new Refusal('not-found', 'no-such-job', message)
    }
    return {
      watchJob: async ({ jobId }, viewer) => {
        const found = await status(jobId)
        watchers.watch(viewer, jobId)
        return found
      },
      unwatchJob: (_, viewer) => {
        watchers.unwatch(viewer)
        return {}
      },
      acknowledgeFrame: ({ jobId, sequence }, viewer) => {
        watchers.acknowledge(viewer, jobId, sequence)
        return {}
      },
      resyncJob: ({ jobId }, viewer) => {
        watchers.resync(viewer, jobId)
        return {}
      },
      controlJob: (request) => this.#supervisor.control(request),
      openTap: (request, viewer) => watchers.openTap(viewer, request),
      closeTap: async ({ tapId }, viewer) => {
        await watchers.closeTap(viewer, tapId)
        return {}
      },
      pauseTap: async ({ tapId, paused }, viewer) => {
        await watchers.pauseTap(viewer, tapId, paused)
        return {}
      },
      openPicture: async ({ jobId, nodeId }, viewer) => {
        await watchers.openPicture(viewer, jobId, nodeId)
        return {}
      },
      closePicture: async ({ jobId, nodeId }, viewer) => {
        await watchers.closePicture(viewer, jobId, nodeId)
        return {}
      },
    }
  }

  #createMetrics(): Metrics {
    const { env, version } = this.#options
    return new Metrics({
      clock: env.clock,
      version,
      sockets: () => this.#sockets.count,
      hosts: () => this.#supervisor.hosts,
      jobs: async () => {
        const measured = this.#supervisor.statuses().map(async (status): Promise<JobMetrics> => {
          const { jobId } = status
          const nothing = { nodes: {} }
          const asked = this.#supervisor.ask(jobId, 'measureJob', { jobId })
          const { nodes } = await asked.catch((error: unknown) => {
            if (error instanceof Refusal) return nothing
            throw error
          })
          return { status, nodes }
        })
        return Promise.all(measured)
      },
    })
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
    this.#options.log.error({ stack }, 'Millrace has a bug here.')
  }
}

function listen(http: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once('error', (error: NodeJS.ErrnoException) => {
      const refusal = PORT_REFUSALS.get(error.code ?? '')
      reject(refusal === undefined ? error : refusal(port))
    })
    http.listen(port, ADDRESS, () => resolve((http.address() as AddressInfo).port))
  })
}

const PORT_REFUSALS: ReadonlyMap<string, (port: number) => Refusal> = new Map([
  ['EADDRINUSE', portTaken],
  ['EACCES', portNotAllowed],
])

function portNotAllowed(port: number): Refusal {
  const message =
    `The operating system does not let this user open port ${port}. Choose one above 1023 with ` +
    '--port, or in the environment as PORT.'
  return new Refusal('forbidden', 'port-not-allowed', message)
}

function portTaken(port: number): Refusal {
  const other = port === PORT_MAX ? port - 1 : port + 1
  const message =
    `Port ${port} on ${ADDRESS} is taken by another program. Stop that one, or choose another ` +
    `port with --port ${other}, or in the environment as PORT=${other}.`
  return new Refusal('conflict', 'port-taken', message)
}
