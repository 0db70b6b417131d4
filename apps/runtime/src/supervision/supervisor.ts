/**
 * Keeps jobs running: places them on engine hosts, starts them again when a host dies, and finds
 * the one that takes hosts down.
 *
 * When a host dies, nobody knows which of its jobs did it. So they are suspects: one alone gets a
 * strike, and after three strikes within a minute it is given up; several are divided over two new
 * hosts, until the offender is alone. The others run on. A job goes on from its newest checkpoint,
 * or starts over from its sources where it has none.
 */

import type { wire } from '@millrace/pipeline'
import { backoffMs } from './backoff.ts'
import { EngineProcess } from './engine-process.ts'
import type {
  HostedJobState,
  HostReply,
  HostRequest,
  HostRequestName,
  MeasuredJob,
} from './messages.ts'
import { Refusal } from './refusal.ts'
import {
  ENDED_MAX,
  endedWhileEnding,
  givenUpText,
  type Host,
  isRefusal,
  type JobToRun,
  joinCheckpoints,
  RETRIES_MAX,
  RETRIES_WITHIN_MS,
  STRIKES_MAX,
  STRIKES_WITHIN_MS,
  type SupervisedJob,
  type SupervisorOptions,
  superviseJob,
} from './supervised-job.ts'
import { TopicPort } from './topic-port.ts'

export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #jobs = new Map<string, SupervisedJob>()
  readonly #hosts = new Set<Host>()
  #closed = false
  #holdReason: string | null = null
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
    const job = superviseJob(run)
    const { status } = job
    this.#jobs.set(run.jobId, job)
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

  /**
   * Ends a job with a last checkpoint, and resolves when it has ended, with the number of that
   * one: null where there is none.
   */
  async suspend(jobId: string): Promise<number | null> {
    const job = this.#find(jobId)
    if (job.status.endedAtMs !== null) return null
    if (job.status.state === 'restarting') {
      await this.control({ jobId, action: 'stop' })
      return job.status.checkpoints?.last?.id ?? job.status.checkpoints?.restored?.id ?? null
    }
    const { process } = this.#hostOf(job)
    job.ending = true
    const { checkpointId } = await process.request('suspendJob', { jobId })
    await this.#ended(job)
    return checkpointId
  }

  /** Sources of all jobs wait for as long as there is a reason. */
  hold(reason: string | null): void {
    this.#holdReason = reason
    for (const host of this.#hosts) this.#tell(host, 'holdJobs', { reason })
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
            await process.request('suspendJob', { jobId }).catch(isRefusal)
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
    if (this.#holdReason !== null) this.#tell(host, 'holdJobs', { reason: this.#holdReason })
    return host
  }

  async #place(job: SupervisedJob, host: Host): Promise<void> {
    job.host = host
    host.jobs.add(job)
    const { jobId, document, pipelineId, begin, after } = job.run
    const { roots, dataFolder } = this.#options
    const { paused } = job
    const { pace } = job.status
    try {
      const checkpoints = { dataFolder, pipelineId, begin, after }
      const request = { jobId, document, roots, pace, paused, checkpoints }
      await host.process.request('startJob', request)
      this.#idleEnds = 0
      if (job.watched) this.#tell(host, 'watchJob', { jobId, watched: true })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      // Where the host has died meanwhile, the job is restarted as all others of that host are.
      if (error.kind === 'unavailable') return
      this.#fail(job, error.message)
    }
  }

  #hostSays(host: Host, said: HostedJobState) {
    const { state, endedAtMs, pace, failure, deadLetters, jobId } = said
    const job = this.#jobs.get(jobId)
    if (job === undefined || job.host !== host) return
    const checkpoints = joinCheckpoints(job, said.checkpoints)
    if (state === 'running' || state === 'paused') job.paused = state === 'paused'
    if (failure?.retry === true && !this.#closed && !job.ending) {
      job.status = { ...job.status, checkpoints }
      this.#retry(job, failure)
    } else this.#change(job, { state, endedAtMs, pace, failure, deadLetters, checkpoints })
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
    // What fails for want of room is tried again until there is some.
    const count = this.#holdReason === null ? job.retries.add(env.clock.monotonicMs()) : 1
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
    job.failuresBefore = job.status.checkpoints?.failures ?? 0
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
      this.#fail(job, givenUpText(count, reason))
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
