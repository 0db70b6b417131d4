/**
 * Keeps jobs running: places them on engine hosts, starts them again when a host dies, and finds
 * the one that takes hosts down.
 *
 * When a host dies, nobody knows which of its jobs did it. So they are suspects: one alone gets a
 * strike, and after three strikes within a minute it is given up; several are divided over two new
 * hosts, until the offender is alone. The others run on. Without checkpoints a job starts over from
 * its sources.
 */

import type { ChildProcess } from 'node:child_process'
import type { Env, Topics } from '@millrace/engine'
import type { wire } from '@millrace/pipeline'
import { type BackoffSettings, backoffMs } from './backoff.ts'
import { EngineProcess } from './engine-process.ts'
import type {
  FilledTap,
  HostedJobState,
  HostReply,
  HostRequest,
  HostRequestName,
  JobNews,
  MeasuredJob,
} from './messages.ts'
import { RecentCount } from './recent-count.ts'
import { Refusal } from './refusal.ts'
import { TopicPort } from './topic-port.ts'

export interface JobToRun {
  readonly jobId: string
  readonly pipelineId: string
  readonly version: number
  readonly document: string
  readonly startedAtMs: number
  readonly restarts: number
  readonly pace: number | null
  readonly paused: boolean
}

export interface SupervisorListener {
  /** Whatever a `JobStatus` says has changed. */
  jobChanged(status: wire.JobStatus): void
  /** Something for the job's log that its status does not say. */
  jobNoted(jobId: string, news: JobNews): void
  jobMeasured(measured: MeasuredJob): void
  tapFilled(filled: FilledTap): void
  pictureDrawn(picture: wire.Picture): void
  /** It runs in a new host: taps and pictures of the old one are gone. */
  jobRestarted(jobId: string): void
  /** Something for the log. */
  hostEnded(reason: string, jobCount: number): void
}

export interface SupervisorOptions {
  readonly env: Env
  readonly roots: readonly string[]
  readonly deadlineMs: number
  readonly backoff: BackoffSettings
  readonly listener: SupervisorListener
  /** The log that jobs read and write topics of. */
  readonly topics: Topics
  startProcess(): ChildProcess
}

const STRIKES_MAX = 3
const STRIKES_WITHIN_MS = 60_000
/** How often a job is started again because of something outside that may pass. */
const RETRIES_MAX = 8
const RETRIES_WITHIN_MS = 600_000
/** Ended jobs whose results stay in their host. */
const ENDED_MAX = 20

interface Host {
  readonly process: EngineProcess
  readonly jobs: Set<SupervisedJob>
  /** Its jobs were on a host that died, and the offender has not been found. */
  suspect: boolean
}

interface SupervisedJob {
  readonly run: JobToRun
  status: wire.JobStatus
  host: Host | undefined
  /** Times that it took a host down. */
  readonly strikes: RecentCount
  /** Times that something outside made it fail. */
  readonly retries: RecentCount
  cancelRestart: () => void
  watched: boolean
  paused: boolean
  /** Somebody has told it to end: then it is not started again. */
  ending: boolean
}

export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #jobs = new Map<string, SupervisedJob>()
  readonly #hosts = new Set<Host>()
  #closed = false
  readonly #planned = new Set<() => void>()
  /** Hosts that ended one after the other without a job to blame. */
  #idleEnds = 0

  constructor(options: SupervisorOptions) {
    this.#options = options
    // It is there before the first job, so that a job starts at once.
    this.#startHost()
  }

  statuses(): readonly wire.JobStatus[] {
    return [...this.#jobs.values()].map(({ status }) => status)
  }

  /** Whether a job of this pipeline has not ended. */
  runs(pipelineId: string): boolean {
    return this.statuses().some((job) => job.pipelineId === pipelineId && job.endedAtMs === null)
  }

  status(jobId: string): wire.JobStatus | undefined {
    return this.#jobs.get(jobId)?.status
  }

  get hosts(): readonly { readonly pid: number | undefined; readonly residentBytes: number }[] {
    return [...this.#hosts].map(({ process: { pid, residentBytes } }) => ({ pid, residentBytes }))
  }

  /** Resolves when the job runs, or rejects with a `Refusal`. */
  async start(run: JobToRun): Promise<wire.JobStatus> {
    const { jobId, pipelineId, version, startedAtMs, restarts, pace } = run
    const status: wire.JobStatus = {
      ...{ jobId, pipelineId, version, startedAtMs, restarts, pace },
      state: 'starting',
      endedAtMs: null,
      failure: null,
      deadLetters: 0,
    }
    const job: SupervisedJob = {
      run,
      status,
      host: undefined,
      strikes: new RecentCount(STRIKES_WITHIN_MS),
      retries: new RecentCount(RETRIES_WITHIN_MS),
      cancelRestart: () => {},
      watched: false,
      paused: run.paused,
      ending: false,
    }
    this.#jobs.set(jobId, job)
    this.#forgetOldest()
    this.#options.listener.jobChanged(status)
    await this.#place(job, this.#calmHost())
    return job.status
  }

  async control(request: HostRequest<'controlJob'>): Promise<wire.JobStatus> {
    const job = this.#find(request.jobId)
    if (request.action === 'stop' && job.status.endedAtMs !== null) return job.status
    if (request.action === 'pace') this.#change(job, { pace: request.recordsPerSecond })
    if (request.action === 'stop' && job.status.state === 'restarting') {
      job.cancelRestart()
      const endedAtMs = this.#options.env.clock.nowMs()
      this.#change(job, { state: 'stopped', endedAtMs })
      return job.status
    }
    const { process } = this.#hostOf(job)
    if (request.action === 'stop') job.ending = true
    await process.request('controlJob', request)
    return job.status
  }

  /** Asks the host of a job. Rejects with a `Refusal`. */
  ask<Name extends HostRequestName>(
    jobId: string,
    name: Name,
    body: HostRequest<Name>,
  ): Promise<HostReply<Name>> {
    return this.#hostOf(this.#find(jobId)).process.request(name, body)
  }

  /** Whether somebody watches: then it is measured often, also after a restart. */
  watch(jobId: string, watched: boolean): void {
    const job = this.#jobs.get(jobId)
    if (job === undefined) return
    job.watched = watched
    const { host } = job
    if (host !== undefined) this.#tell(host, 'watchJob', { jobId, watched })
  }

  /**
   * Ends all jobs gently. They count as running: whoever starts the server again gets them back.
   */
  async drain(withinMs: number): Promise<void> {
    this.#closed = true
    for (const cancel of this.#planned) cancel()
    this.#planned.clear()
    const ended = Promise.all(
      [...this.#hosts].flatMap(({ process, jobs }) =>
        [...jobs]
          .filter(({ status }) => status.endedAtMs === null)
          .map(async (job) => {
            job.cancelRestart()
            const { jobId } = job.run
            await process.request('abandonJob', { jobId }).catch(isRefusal)
            await this.#ended(job)
          }),
      ),
    )
    const { timers } = this.#options.env
    let cancel = () => {}
    const timeout = new Promise<void>((resolve) => {
      cancel = timers.after(withinMs, resolve)
    })
    await Promise.race([ended, timeout])
    cancel()
    await this.#close()
  }

  readonly #endings = new Map<SupervisedJob, () => void>()

  #ended(job: SupervisedJob): Promise<void> {
    if (job.status.endedAtMs !== null || job.host === undefined) return Promise.resolve()
    return new Promise((resolve) => this.#endings.set(job, resolve))
  }

  async #close(): Promise<void> {
    const exits = [...this.#hosts].map(
      (host) => new Promise<void>((resolve) => this.#exits.set(host, resolve)),
    )
    for (const { process, jobs } of this.#hosts) {
      // Where all jobs have ended, there is nothing that a gentle end would save.
      const ended = [...jobs].every(({ status }) => status.endedAtMs !== null)
      if (ended) process.kill('it was not needed any more')
      else process.disconnect()
    }
    const { timers } = this.#options.env
    const cancel = timers.after(1000, () => {
      for (const { process } of this.#hosts) process.kill('it did not end by itself')
    })
    await Promise.all(exits)
    cancel()
  }

  readonly #exits = new Map<Host, () => void>()

  // Placing

  #calmHost(): Host {
    const calm = [...this.#hosts].filter(({ suspect }) => !suspect)
    const [fewest] = calm.sort((a, b) => a.jobs.size - b.jobs.size)
    return fewest ?? this.#startHost()
  }

  #startHost(): Host {
    const { env, deadlineMs, listener, startProcess, topics } = this.#options
    const port = new TopicPort({
      topics,
      answer: (number, packed) => this.#tell(host, 'answerTopics', { number, packed }),
      appended: (topic) => host.process.request('topicAppended', { topic }),
    })
    const host: Host = {
      jobs: new Set(),
      suspect: false,
      process: new EngineProcess({
        env,
        deadlineMs,
        start: startProcess,
        onExit: (reason) => {
          port.close()
          this.#hostEnded(host, reason)
        },
        onMessage: (message) => {
          if (message.kind === 'topicsAsked') void port.ask(message.number, message.packed)
          else if (message.kind === 'jobChanged') this.#hostSays(host, message)
          else if (message.kind === 'jobNoted') listener.jobNoted(message.jobId, message.news)
          else if (message.kind === 'jobMeasured') this.#measured(message)
          else if (message.kind === 'tapFilled') listener.tapFilled(message)
          else listener.pictureDrawn(message.picture)
        },
      }),
    }
    this.#hosts.add(host)
    return host
  }

  async #place(job: SupervisedJob, host: Host): Promise<void> {
    job.host = host
    host.jobs.add(job)
    const { jobId, document } = job.run
    const { roots } = this.#options
    const { paused } = job
    const { pace } = job.status
    try {
      await host.process.request('startJob', { jobId, document, roots, pace, paused })
      this.#idleEnds = 0
      if (job.watched) this.#tell(host, 'watchJob', { jobId, watched: true })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      // Where the host has died meanwhile, the job is restarted as all others of that host are.
      if (error.kind === 'unavailable') return
      this.#fail(job, error.message)
    }
  }

  #hostSays(host: Host, { state, endedAtMs, pace, failure, deadLetters, jobId }: HostedJobState) {
    const job = this.#jobs.get(jobId)
    if (job === undefined || job.host !== host) return
    if (state === 'running' || state === 'paused') job.paused = state === 'paused'
    if (failure?.retry === true && !this.#closed && !job.ending) this.#retry(job, failure)
    else this.#change(job, { state, endedAtMs, pace, failure, deadLetters })
  }

  /** Dead letters are counted with each measurement; that alone is no change of state. */
  #measured(measured: MeasuredJob): void {
    const { jobId, deadLetters } = measured
    const job = this.#jobs.get(jobId)
    if (job !== undefined) job.status = { ...job.status, deadLetters }
    this.#options.listener.jobMeasured(measured)
  }

  /** Starts a job again that something outside made fail, unless that has not helped so far. */
  #retry(job: SupervisedJob, failure: wire.WireFailure): void {
    const { env } = this.#options
    const count = job.retries.add(env.clock.monotonicMs())
    if (count > RETRIES_MAX) {
      const message =
        `${failure.message} The job was started again ${RETRIES_MAX} times within ` +
        `${RETRIES_WITHIN_MS / 60_000} minutes, and is not started again by itself.`
      const endedAtMs = env.clock.nowMs()
      this.#change(job, { state: 'failed', endedAtMs, failure: { ...failure, message } })
      return
    }
    const { jobId } = job.run
    if (job.host !== undefined) this.#tell(job.host, 'forgetJob', { jobId })
    job.host?.jobs.delete(job)
    job.host = undefined
    job.cancelRestart = this.#startLater(count - 1, () => this.#placeAgain(job, this.#calmHost()))
    this.#changeToRestarting(job, failure)
  }

  #placeAgain(job: SupervisedJob, host: Host): void {
    if (job.status.state !== 'restarting') return
    void this.#place(job, host).then(() => this.#options.listener.jobRestarted(job.run.jobId))
  }

  #changeToRestarting(job: SupervisedJob, failure: wire.WireFailure): void {
    const restarts = job.status.restarts + 1
    this.#change(job, { state: 'restarting', restarts, failure, deadLetters: 0 })
  }

  // Restarting

  #hostEnded(host: Host, reason: string): void {
    this.#hosts.delete(host)
    this.#exits.get(host)?.()
    const lost = [...host.jobs]
    const active = lost.filter(({ status }) => status.endedAtMs === null)
    for (const job of lost) job.host = undefined
    if (this.#closed) {
      for (const job of active) this.#endings.get(job)?.()
      return
    }
    this.#options.listener.hostEnded(reason, active.length)
    for (const job of active) if (job.ending) this.#fail(job, endedWhileEnding(reason))
    const [only, ...others] = active.filter(({ ending }) => !ending)
    if (only === undefined) {
      if (this.#hosts.size === 0) this.#startLater(this.#idleEnds++, () => this.#startHost())
      return
    }
    if (others.length === 0) this.#strike(only, reason)
    else this.#divide([only, ...others], reason)
  }

  #strike(job: SupervisedJob, reason: string): void {
    const count = job.strikes.add(this.#options.env.clock.monotonicMs())
    if (count >= STRIKES_MAX) {
      this.#fail(
        job,
        `The engine has stopped ${count} times within a minute while it ran this job alone; the last ` +
          `time, ${reason}. It is not started again by itself. Look for a node that holds much in memory ` +
          'or computes very long for one record, change it, and start the pipeline again.',
      )
      if (this.#hosts.size === 0) this.#startHost()
      return
    }
    this.#restart([job], count - 1, reason)
  }

  /** Half of them on one new host, half on another. */
  #divide(jobs: readonly SupervisedJob[], reason: string): void {
    const half = jobs.length >> 1
    this.#restart(jobs.slice(0, half), 0, reason)
    this.#restart(jobs.slice(half), 0, reason)
  }

  #restart(jobs: readonly SupervisedJob[], attempt: number, reason: string): void {
    let cancelled = 0
    const cancel = this.#startLater(attempt, () => {
      const host = this.#startHost()
      host.suspect = true
      this.#later(STRIKES_WITHIN_MS, () => {
        host.suspect = false
      })
      for (const job of jobs) this.#placeAgain(job, host)
    })
    const message = `The engine that ran the job has stopped: ${reason}.`
    const failure = { domain: 'internal', retry: true, message } as const
    for (const job of jobs) {
      job.cancelRestart = () => {
        cancelled++
        if (cancelled === jobs.length && this.#hosts.size > 0) cancel()
      }
      this.#changeToRestarting(job, failure)
    }
  }

  #startLater(attempt: number, start: () => void): () => void {
    const { env, backoff } = this.#options
    return this.#later(backoffMs(backoff, attempt, env.random), start)
  }

  /** Not after the supervisor is closed: what is planned would keep the process from its end. */
  #later(delayMs: number, act: () => void): () => void {
    if (this.#closed) return () => {}
    const cancel = this.#options.env.timers.after(delayMs, () => {
      this.#planned.delete(cancel)
      act()
    })
    this.#planned.add(cancel)
    return () => {
      this.#planned.delete(cancel)
      cancel()
    }
  }

  // Jobs

  #fail(job: SupervisedJob, message: string): void {
    const endedAtMs = this.#options.env.clock.nowMs()
    const failure = { domain: 'internal', retry: false, message } as const
    this.#change(job, { state: 'failed', endedAtMs, failure })
  }

  #change(job: SupervisedJob, change: Partial<wire.JobStatus>): void {
    job.status = { ...job.status, ...change }
    if (job.status.endedAtMs !== null) this.#endings.get(job)?.()
    this.#options.listener.jobChanged(job.status)
  }

  /** What the sinks of an ended job hold stays until others have ended after it. */
  #forgetOldest(): void {
    const ended = [...this.#jobs.values()].filter(({ status }) => status.endedAtMs !== null)
    for (const job of ended.slice(0, Math.max(0, ended.length - ENDED_MAX))) {
      this.forget(job.run.jobId)
    }
  }

  forget(jobId: string): void {
    const job = this.#jobs.get(jobId)
    if (job === undefined) return
    this.#jobs.delete(jobId)
    const { host } = job
    if (host === undefined) return
    host.jobs.delete(job)
    this.#tell(host, 'forgetJob', { jobId })
  }

  #find(jobId: string): SupervisedJob {
    const job = this.#jobs.get(jobId)
    if (job !== undefined) return job
    const message = `There is no running job "${jobId}". Start the pipeline again.`
    throw new Refusal('not-found', 'no-such-job', message)
  }

  #hostOf(job: SupervisedJob): Host {
    if (job.host !== undefined) return job.host
    if (job.status.endedAtMs === null) {
      const message = 'The job is being started again. Try once more in a moment.'
      throw new Refusal('unavailable', 'job-restarting', message)
    }
    const message = 'The job has ended and what it showed is gone. Start the pipeline again.'
    throw new Refusal('not-found', 'job-not-hosted', message)
  }

  /**
   * Asks without waiting: where the host dies or has forgotten the job, there is nothing left to
   * do.
   */
  #tell<Name extends HostRequestName>(host: Host, name: Name, body: HostRequest<Name>): void {
    host.process.request(name, body).catch(isRefusal)
  }
}

function endedWhileEnding(reason: string): string {
  return (
    `The engine has stopped while this job, which was told to end, completed what was open: ${reason}. ` +
    'Outputs that were not complete are as they were before. Start the pipeline again.'
  )
}

/** Swallows a refusal and nothing else. */
function isRefusal(error: unknown): void {
  if (!(error instanceof Refusal)) throw error
}
