/**
 * The job that is watched: follows the pipeline's newest job, takes frames in, and commits them
 * once a paint.
 *
 * A frame is acknowledged when it arrives, whether or not it is ever painted: a page in the
 * background gets no animation frames, and only the newest view waits for one, so it costs nothing
 * and is up to date at once when it is seen again.
 */

import type { wire } from '@millrace/pipeline'
import type { Connection } from './connection.ts'
import type { LiveEnv } from './env.ts'
import { createFrameHistory, type TelemetryView } from './frame-history.ts'
import { createHeldBackTracker, type HeldBack } from './held-back.ts'
import { extendLog, type JobLog, joinLog, NO_LOG } from './job-log.ts'
import { isActive } from './job-words.ts'
import { createKeyedStore, type KeyedStore } from './keyed-store.ts'
import { type TideScale, toTideScale } from './tide.ts'
import { createValueStore, type ReadableValue } from './value-store.ts'

/** What all nodes are shown against, as of one frame. */
export interface Surface {
  /** The host's clock. */
  readonly atMs: number
  readonly scale: TideScale | undefined
}

export interface NodeLevel {
  readonly metrics: wire.NodeMetrics | undefined
  readonly surface: Surface
  readonly heldBack: HeldBack | undefined
}

/**
 * Nodes that one paint brings up to date. Five frames a second leave twelve paints for each; a
 * large pipeline that changes all at once would hold up a drag if it were shown all at once.
 */
const NODES_A_PAINT = 25

export interface LiveJob {
  readonly status: ReadableValue<wire.JobStatus | undefined>
  /** By node id. */
  readonly metrics: Pick<KeyedStore<wire.NodeMetrics>, 'get' | 'subscribe' | 'keys'>
  readonly heldBack: Pick<KeyedStore<HeldBack>, 'get' | 'subscribe'>
  /** Each node against clock and pipeline; another one with every frame that is shown. */
  readonly levels: Pick<KeyedStore<NodeLevel>, 'get' | 'subscribe'>
  readonly surface: ReadableValue<Surface>
  /** What has happened to the job that is watched. */
  readonly log: ReadableValue<JobLog>
  /** The host's clock minus this machine's. */
  readonly clockOffsetMs: () => number
  /** Follows the jobs of this pipeline; `undefined` follows none. */
  follow(pipelineId: string | undefined): void
  /** Takes in a status that came another way: the answer to a request. */
  takeStatus(status: wire.JobStatus): void
  /** As it began. Where it is watched already, the socket has told of it, perhaps of more since. */
  takeStarted(status: wire.JobStatus): void
  close(): void
}

/** What is asked over HTTP; both reject while the server is away. */
export interface JobReader {
  /** Undefined where the pipeline never ran. */
  newestJob(pipelineId: string): Promise<wire.JobStatus | undefined>
  readLog(jobId: string): Promise<wire.JobLog>
}

export function createLiveJob(connection: Connection, reader: JobReader, env: LiveEnv): LiveJob {
  return new WatchedJob(connection, reader, env)
}

const NO_SURFACE: Surface = { atMs: 0, scale: undefined }

class WatchedJob implements LiveJob {
  readonly status = createValueStore<wire.JobStatus | undefined>(undefined)
  readonly metrics = createKeyedStore<wire.NodeMetrics>()
  readonly heldBack = createKeyedStore<HeldBack>()
  readonly levels = createKeyedStore<NodeLevel>()
  readonly surface = createValueStore<Surface>(NO_SURFACE)
  readonly log = createValueStore<JobLog>(NO_LOG)
  readonly #connection: Connection
  readonly #reader: JobReader
  readonly #env: LiveEnv
  readonly #history = createFrameHistory()
  readonly #culprits = createHeldBackTracker()
  readonly #stops: (() => void)[]
  #pipelineId: string | undefined
  #jobId: string | undefined
  #pending: TelemetryView | undefined
  /** The view that is being shown, and the nodes that have not been brought up to it yet. */
  #view: TelemetryView | undefined
  #waiting = new Set<string>()
  #cancelPaint: (() => void) | undefined
  #resyncing = false
  #offsetMs = 0

  constructor(connection: Connection, reader: JobReader, env: LiveEnv) {
    this.#connection = connection
    this.#reader = reader
    this.#env = env
    this.#stops = [
      connection.on('jobMeasured', (frame) => this.#takeFrame(frame)),
      connection.on('jobChanged', (status) => this.takeStatus(status)),
      connection.on('jobLogged', ({ jobId, event }) => {
        if (jobId === this.#jobId) this.log.set(extendLog(this.log.get(), [event]))
      }),
      connection.onConnected(() => this.#begin()),
    ]
  }

  clockOffsetMs = () => this.#offsetMs

  follow(pipelineId: string | undefined): void {
    if (pipelineId === this.#pipelineId) return
    this.#pipelineId = pipelineId
    if (this.#jobId !== undefined) {
      void this.#connection.request('unwatchJob', { jobId: this.#jobId })
      this.#jobId = undefined
    }
    this.#clear()
    this.status.set(undefined)
    this.log.set(NO_LOG)
    this.#begin()
  }

  takeStatus(status: wire.JobStatus): void {
    if (status.pipelineId !== this.#pipelineId) return
    if (status.jobId !== this.#jobId) {
      const newest = this.status.get()
      if (newest !== undefined && newest.startedAtMs > status.startedAtMs) return
      this.#watch(status)
      return
    }
    this.#setStatus(status)
  }

  takeStarted(status: wire.JobStatus): void {
    if (status.jobId !== this.#jobId) this.takeStatus(status)
  }

  close(): void {
    this.#cancelPaint?.()
    for (const stop of this.#stops) stop()
    if (this.#jobId !== undefined) {
      void this.#connection.request('unwatchJob', { jobId: this.#jobId })
    }
  }

  /** After each connect: the host has forgotten this page, and jobs may have come and gone. */
  #begin(): void {
    const pipelineId = this.#pipelineId
    if (pipelineId === undefined || this.#connection.state.get().kind !== 'live') return
    this.#reader.newestJob(pipelineId).then(
      (newest) => {
        if (pipelineId !== this.#pipelineId) return
        if (newest !== undefined) this.#watch(newest)
        else if (this.#jobId !== undefined) this.#loseJob()
      },
      // The connection's own state tells people; the next connect comes back here.
      () => {},
    )
  }

  /** The host no longer knows the job: what it left on screen stays, marked as ended. */
  #loseJob(): void {
    const status = this.status.get()
    this.#jobId = undefined
    if (isActive(status)) this.#setStatus({ ...status, state: 'stopped' })
  }

  #watch(status: wire.JobStatus): void {
    if (status.jobId !== this.#jobId) {
      this.#clear()
      this.log.set(NO_LOG)
    }
    this.#history.forget()
    this.#jobId = status.jobId
    this.#setStatus(status)
    const { jobId } = status
    this.#connection.request('watchJob', { jobId }).then((answer) => {
      if (answer.ok && jobId === this.#jobId) this.#setStatus(answer.reply)
    }, rethrow)
    // What happens from here on is told; what has happened before is asked for.
    this.#reader.readLog(jobId).then(
      (kept) => {
        if (jobId === this.#jobId) this.log.set(joinLog(this.log.get(), kept))
      },
      // As above: the next connect comes back here.
      () => {},
    )
  }

  #clear(): void {
    this.#cancelPaint?.()
    this.#cancelPaint = undefined
    this.#pending = undefined
    this.#resyncing = false
    this.#history.forget()
    this.#culprits.forget()
    this.#view = undefined
    this.#waiting.clear()
    for (const store of [this.metrics, this.heldBack, this.levels]) {
      for (const key of store.keys()) store.stage(key, undefined)
      store.commit()
    }
    this.surface.set(NO_SURFACE)
  }

  #setStatus(status: wire.JobStatus): void {
    const before = this.status.get()
    if (before !== undefined && sameStatus(before, status)) return
    this.status.set(status)
  }

  #takeFrame(frame: wire.Frame): void {
    if (frame.jobId !== this.#jobId) return
    const outcome = this.#history.take(frame)
    if (outcome.kind === 'stale') return
    if (outcome.kind === 'gap') {
      this.#resync(frame.jobId)
      return
    }
    this.#resyncing = false
    this.#offsetMs = frame.atMs - this.#env.nowMs()
    void this.#connection.request('acknowledgeFrame', {
      jobId: frame.jobId,
      sequence: frame.sequence,
    })
    this.#pending = outcome.view
    this.#cancelPaint ??= this.#env.onNextFrame(() => this.#commit())
  }

  /** Asked once: every further frame until the full one comes is a gap too. */
  #resync(jobId: string): void {
    if (this.#resyncing) return
    this.#resyncing = true
    this.#connection.request('resyncJob', { jobId }).then((answer) => {
      if (!answer.ok) this.#resyncing = false
    }, rethrow)
  }

  /** Begins with what is common to all nodes; the nodes follow, some with each paint. */
  #commit(): void {
    const view = this.#pending
    if (view !== undefined) {
      this.#pending = undefined
      this.#view = view
      this.#setStatus(view.status)
      for (const nodeId of this.metrics.keys()) {
        if (!view.nodes.has(nodeId)) this.#stage(nodeId, undefined)
      }
      this.surface.set({
        atMs: view.atMs,
        scale: toTideScale(view.nodes.values(), this.surface.get().scale),
      })
      // Those that the last view did not get to come first, so that none is left behind for ever.
      const waiting = [...this.#waiting].filter((nodeId) => view.nodes.has(nodeId))
      this.#waiting = new Set([...waiting, ...view.nodes.keys()])
    }
    this.#commitSome()
    const more = this.#waiting.size > 0
    this.#cancelPaint = more ? this.#env.onNextFrame(() => this.#commit()) : undefined
  }

  #commitSome(): void {
    let left = NODES_A_PAINT
    for (const nodeId of this.#waiting) {
      if (left-- === 0) break
      this.#waiting.delete(nodeId)
      this.#stage(nodeId, this.#view?.nodes.get(nodeId))
    }
    for (const store of [this.metrics, this.heldBack, this.levels]) store.commit()
  }

  #stage(nodeId: string, metrics: wire.NodeMetrics | undefined): void {
    const surface = this.surface.get()
    const heldBack =
      metrics === undefined ? undefined : this.#culprits.take(nodeId, metrics.inputs, surface.atMs)
    this.metrics.stage(nodeId, metrics)
    this.heldBack.stage(nodeId, heldBack)
    this.levels.stage(nodeId, metrics === undefined ? undefined : { metrics, surface, heldBack })
  }
}

function sameStatus(a: wire.JobStatus, b: wire.JobStatus): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** A request never rejects; if one does, it is a fault of this page and must be seen. */
function rethrow(error: unknown): never {
  throw error
}
