/** What can be done with backfills over the API: planned, started, watched, switched, cancelled. */

import type { ChildProcess } from 'node:child_process'
import type { Env, OperatorDefinition, Topics } from '@millrace/engine'
import { writesOutside } from '@millrace/engine'
import type { CheckedPipeline, wire } from '@millrace/pipeline'
import { type BackfillPlan, planBackfill } from '../backfill/backfill-plan.ts'
import { readOnlyTopics } from '../read-only-topics.ts'
import type { PipelineStore } from '../storage/pipeline-store.ts'
import { Refusal } from '../supervision/refusal.ts'
import { isRefusal } from '../supervision/supervised-job.ts'
import type { Supervisor } from '../supervision/supervisor.ts'
import { BackfillRun } from './backfill-run.ts'
import type { BackfillSwitch } from './backfill-switch.ts'
import type { DocumentChecker } from './document-checker.ts'
import type { RouteHandlers, RouteRequest } from './route-handlers.ts'

export interface BackfillDeskOptions {
  readonly env: Env
  readonly checker: DocumentChecker
  readonly dataFolder: string
  readonly roots: readonly string[]
  readonly deadlineMs: number
  readonly stateBytesMax: number | null
  readonly pipelines: PipelineStore
  readonly supervisor: Supervisor
  readonly topics: Topics
  readonly switch: BackfillSwitch
  /** Throws a `Refusal` where the job may not run this document. */
  checkVersion(job: wire.JobStatus, document: string): Promise<void>
  startEngineProcess(): ChildProcess
  noted(jobId: string, severity: 'info' | 'warning', message: string): void
  /** A job is what everybody may know of it again. */
  released(jobId: string): void
  onFault(error: unknown): void
}

const FAULT = 'Millrace has a bug here, which is in the log of the server.'

type Body = RouteRequest<'startBackfill'>['body']
type Checked = CheckedPipeline<OperatorDefinition>

interface Running {
  readonly run: BackfillRun
  status: wire.BackfillStatus
  /** The checkpoint of the job up to which it may read. */
  checkpointId: number
  /** Where it was at some times, the oldest first. */
  readonly seen: { readonly atMs: number; readonly records: number }[]
  cancelLook: () => void
}

/** Not more than about a tenth of a second of most jobs. */
const RECORDS_BEHIND_MAX = 1000
const LOOK_MS = 500
/** The rate is that of so many looks. */
const SEEN_MAX = 10

export class BackfillDesk {
  readonly handlers
  readonly #options: BackfillDeskOptions
  /** By pipeline, the last one. */
  readonly #last = new Map<string, wire.BackfillStatus>()
  /** One at a time: it takes a core while it catches up. */
  #running: Running | undefined
  #starting = false

  constructor(options: BackfillDeskOptions) {
    this.#options = options
    this.handlers = this.#createHandlers()
  }

  /** Whether its job stands still, for a moment. */
  switches(pipelineId: string): boolean {
    return this.#running?.status.pipelineId === pipelineId && this.#isSwitching
  }

  jobChanged({ jobId, endedAtMs, failure }: wire.JobStatus): void {
    const running = this.#running
    if (running?.status.jobId !== jobId || endedAtMs === null || this.#isSwitching) return
    const why = failure === null ? 'The job has ended.' : `The job has failed: ${failure.message}`
    this.#end(running, 'failed', `${why} Nothing was switched.`)
  }

  /** Jobs go on as they are, after the next start. */
  close(): void {
    const running = this.#running
    if (running === undefined) return
    if (this.#isSwitching) running.run.end()
    else this.#end(running, 'cancelled', 'The server was stopped. The job goes on as it was.')
  }

  get #isSwitching(): boolean {
    return this.#running?.status.state === 'switching'
  }

  #createHandlers() {
    return {
      planBackfill: async ({ params: { id }, body }) => {
        const { version, document } = body
        const text =
          document === undefined
            ? (await this.#options.pipelines.get(id, version)).document
            : JSON.stringify(document)
        const checked = await this.#checked(text)
        return toWirePlan(await this.#plan(this.#jobOf(id), checked), checked)
      },
      startBackfill: ({ params, body }) => this.#startOnce(params.id, body),
      getBackfill: async ({ params: { id } }) => {
        await this.#options.pipelines.get(id)
        const running = this.#runningOf(id)
        if (running !== undefined) await this.#look(running)
        return { backfill: this.#runningOf(id)?.status ?? this.#last.get(id) ?? null }
      },
      switchBackfill: async ({ params: { id } }) => {
        const running = this.#require(id)
        await this.#look(running)
        if (!running.status.caughtUp) throw notCaughtUp(running.status)
        await this.#switch(running)
        return running.status
      },
      cancelBackfill: async ({ params: { id } }) => {
        const running = this.#require(id)
        this.#refuseSwitching()
        this.#end(running, 'cancelled', 'It was cancelled. The job goes on as it was.')
        return running.status
      },
    } satisfies Partial<RouteHandlers>
  }

  async #startOnce(pipelineId: string, body: Body): Promise<wire.BackfillStatus> {
    if (this.#running !== undefined || this.#starting) {
      const message = 'Another backfill is running. Wait for its end, or cancel it first.'
      throw new Refusal('conflict', 'backfill-runs', message)
    }
    this.#starting = true
    try {
      return await this.#start(pipelineId, body)
    } finally {
      this.#starting = false
    }
  }

  async #start(pipelineId: string, body: Body): Promise<wire.BackfillStatus> {
    const { env, pipelines, supervisor, dataFolder, roots } = this.#options
    const { from = { kind: 'earliest' }, automatic = false } = body
    const saved = await pipelines.get(pipelineId, body.version)
    const job = this.#jobOf(pipelineId)
    const { jobId } = job
    const { reasons } = await this.#plan(job, await this.#checked(saved.document))
    if (reasons.length > 0) throw new Refusal('conflict', 'no-backfill', reasons.join(' '))
    await this.#options.checkVersion(job, saved.document)
    const { checkpointId } = await supervisor.ask(jobId, 'takeCheckpoint', {
      jobId,
      reason: 'backfill',
    })
    const run = new BackfillRun({
      ...{ env, deadlineMs: this.#options.deadlineMs },
      topics: readOnlyTopics(this.#options.topics, 'A backfill may only read topics.'),
      startProcess: () => this.#options.startEngineProcess(),
    })
    const live = await pipelines.get(pipelineId, job.version)
    const texts = { live: live.document, next: saved.document }
    const { stateBytesMax } = this.#options
    try {
      const place = { root: dataFolder, pipelineId, roots: [...roots], at: from, stateBytesMax }
      await run.begin({ ...place, ...texts, checkpointId })
    } catch (error) {
      run.end()
      throw error
    }
    const running: Running = {
      ...{ run, checkpointId, seen: [], cancelLook: () => {} },
      status: {
        ...{ backfillId: env.ids.next(), pipelineId, jobId, from, automatic },
        ...{ fromVersion: job.version, version: saved.version, state: 'running' },
        ...{ startedAtMs: env.clock.nowMs(), endedAtMs: null, records: 0, recordsBehind: 0 },
        recordsBehindMax: body.recordsBehindMax ?? RECORDS_BEHIND_MAX,
        ...{ caughtUp: false, watermark: 'start', liveWatermark: 'start', remainingMs: null },
        ...{ deadLetters: 0, message: null },
      },
    }
    this.#running = running
    const begun = `Version ${saved.version} has begun to read old records, beside this one.`
    this.#options.noted(jobId, 'info', begun)
    void run.failed.then((why) => {
      if (this.#running !== running || this.#isSwitching) return
      this.#end(running, 'failed', `${why} The job goes on as it was.`)
    })
    // It may have ended while the engine was started.
    const now = supervisor.status(jobId)
    if (now !== undefined) this.jobChanged(now)
    else this.#end(running, 'failed', 'The job has ended. Nothing was switched.')
    await this.#look(running)
    this.#lookLater(running)
    return running.status
  }

  /** Rejects with a `Refusal` where the pipeline does not run. */
  #jobOf(pipelineId: string): wire.JobStatus {
    const jobs = this.#options.supervisor.statuses()
    const job = jobs.find((one) => one.pipelineId === pipelineId && one.endedAtMs === null)
    if (job !== undefined) return job
    const message =
      'The pipeline is not running, so there is nothing to switch from. Start the new version at the ' +
      'earliest record.'
    throw new Refusal('conflict', 'pipeline-not-running', message)
  }

  async #plan({ pipelineId, version }: wire.JobStatus, next: Checked): Promise<BackfillPlan> {
    const { document } = await this.#options.pipelines.get(pipelineId, version)
    return planBackfill(await this.#checked(document), next)
  }

  async #checked(document: string): Promise<Checked> {
    return (await this.#options.checker.runnable(document)).checked
  }

  #lookLater(running: Running): void {
    running.cancelLook()
    running.cancelLook = this.#options.env.timers.after(LOOK_MS, () => {
      const look = async () => {
        if (this.#running !== running || this.#isSwitching) return
        await this.#follow(running)
        await this.#look(running)
        const { automatic, caughtUp } = running.status
        if (automatic && caughtUp && this.#running === running) await this.#switch(running)
      }
      look()
        .catch(this.#options.onFault)
        .finally(() => {
          if (this.#running === running) this.#lookLater(running)
        })
    })
  }

  /** The job has come further meanwhile, which lasts. */
  async #follow(running: Running): Promise<void> {
    const { checkpoints } = this.#options.supervisor.status(running.status.jobId) ?? {}
    const newest = checkpoints?.last?.id ?? 0
    if (newest <= running.checkpointId) return
    running.checkpointId = newest
    // What cannot be found out now can be after the next one.
    await running.run.move(newest).catch(isRefusal)
  }

  /** Brings the status up to date. */
  async #look(running: Running): Promise<void> {
    try {
      const progress = await running.run.progress()
      if (this.#running !== running) return
      const atMs = this.#options.env.clock.monotonicMs()
      running.seen.push({ atMs, records: progress.records })
      if (running.seen.length > SEEN_MAX) running.seen.shift()
      const caughtUp = progress.recordsBehind <= running.status.recordsBehindMax
      const remainingMs = caughtUp ? 0 : remaining(running.seen, progress.recordsBehind)
      running.status = { ...running.status, ...progress, caughtUp, remainingMs }
    } catch (error) {
      isRefusal(error)
    }
  }

  async #switch(running: Running): Promise<void> {
    this.#refuseSwitching()
    const { jobId, version } = running.status
    running.status = { ...running.status, state: 'switching' }
    try {
      await this.#comeClose(running)
      const at = await this.#options.switch.run(jobId, version, running.run)
      const message = `Version ${version} has taken the place of the one before at checkpoint ${at}.`
      this.#end(running, 'done', message)
    } catch (error) {
      const why = error instanceof Refusal ? error.message : FAULT
      const goesOn = this.#runs(jobId) ? 'The job goes on as it was.' : 'The job has ended.'
      this.#end(running, 'failed', `${why} ${goesOn} Nothing was switched.`)
      isRefusal(error)
    } finally {
      this.#options.released(jobId)
    }
  }

  /** So that little is left to read while the job stands still. */
  async #comeClose(running: Running): Promise<void> {
    const { supervisor, env } = this.#options
    const { jobId } = running.status
    const { checkpointId } = await supervisor.ask(jobId, 'takeCheckpoint', {
      jobId,
      reason: 'backfill',
    })
    await running.run.move(checkpointId)
    for (;;) {
      const { recordsBehind } = await running.run.progress()
      if (recordsBehind <= running.status.recordsBehindMax) return
      await new Promise<void>((resolve) => env.timers.after(LOOK_MS / 10, resolve))
    }
  }

  #runs(jobId: string): boolean {
    return this.#options.supervisor.status(jobId)?.endedAtMs === null
  }

  #end(running: Running, state: 'done' | 'failed' | 'cancelled', message: string): void {
    if (this.#running !== running) return
    running.cancelLook()
    running.run.end()
    const endedAtMs = this.#options.env.clock.nowMs()
    running.status = { ...running.status, state, endedAtMs, message }
    this.#last.set(running.status.pipelineId, running.status)
    this.#running = undefined
    const severity = state === 'failed' ? 'warning' : 'info'
    this.#options.noted(running.status.jobId, severity, `Backfill: ${message}`)
  }

  #runningOf(pipelineId: string): Running | undefined {
    return this.#running?.status.pipelineId === pipelineId ? this.#running : undefined
  }

  #require(pipelineId: string): Running {
    const running = this.#runningOf(pipelineId)
    if (running !== undefined) return running
    const message = 'No backfill of this pipeline is running. Start one first.'
    throw new Refusal('conflict', 'no-such-backfill', message)
  }

  #refuseSwitching(): void {
    if (!this.#isSwitching) return
    const message = 'The backfill is taking the place of the job just now. Wait for a moment.'
    throw new Refusal('conflict', 'backfill-switches', message)
  }
}

/** Null where it does not come closer. */
function remaining(seen: Running['seen'], behind: number): number | null {
  const [first, last] = [seen[0], seen.at(-1)]
  if (first === undefined || last === undefined || last.records <= first.records) return null
  return Math.round((behind * (last.atMs - first.atMs)) / (last.records - first.records))
}

function toWirePlan(
  { next, reached, reasons, notices }: BackfillPlan,
  { nodes }: Checked,
): wire.WireBackfillPlan {
  return {
    nodes: next.nodes.map((node) => {
      const kept = reached.has(node.id) ? 'anew' : 'kept'
      const title = nodes.get(node.id)?.title ?? node.id
      return { nodeId: node.id, title, kind: writesOutside(node) ? 'sink' : kept }
    }),
    reasons: [...reasons],
    notices: [...notices],
  }
}

function notCaughtUp({ recordsBehind, recordsBehindMax }: wire.BackfillStatus): Refusal {
  const message =
    `The backfill has ${recordsBehind} records left to read, and is switched with ${recordsBehindMax} at the ` +
    'most, since the job stands still meanwhile. Wait until it has caught up.'
  return new Refusal('conflict', 'backfill-behind', message)
}
