/**
 * Keeps jobs running: places them on engine hosts, moves them where they fit better, and starts
 * them again when a host dies. A job goes on from its newest checkpoint, or starts over from its
 * sources where it has none.
 */

import type { wire } from '@millrace/pipeline'
import { endText, type Remains } from './blame.ts'
import { EnginePool, type Host, type Seat } from './engine-pool.ts'
import type { EventOfHost } from './engine-process.ts'
import { viewHosts } from './host-views.ts'
import { JobEndings } from './job-endings.ts'
import { JobMover } from './job-mover.ts'
import type {
  HostedJobState,
  HostReply,
  HostRequest,
  HostRequestName,
  MeasuredJob,
} from './messages.ts'
import { placementText } from './placement.ts'
import { PlannedWork } from './planned-work.ts'
import { Refusal } from './refusal.ts'
import { Restarts } from './restarts.ts'
import { Retries } from './retries.ts'
import {
  beginsAgain,
  ENDED_MAX,
  endedWhileEnding,
  endsForGood,
  goesOnInstead,
  isRefusal,
  type JobToRun,
  joinCheckpoints,
  probationMs,
  type SupervisedJob,
  type SupervisorOptions,
  superviseJob,
} from './supervised-job.ts'

export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #jobs = new Map<string, SupervisedJob>()
  readonly #pool: EnginePool
  readonly #restarts: Restarts
  readonly #retries: Retries
  readonly #mover: JobMover
  #slots = 0
  #closed = false
  #holdReason: string | null = null
  readonly #planned: PlannedWork
  readonly #endings = new JobEndings()

  constructor(options: SupervisorOptions) {
    this.#options = options
    this.#planned = new PlannedWork(options.env.timers)
    this.#pool = this.#createPool()
    this.#restarts = this.#createRestarts()
    this.#retries = this.#createRetries()
    this.#mover = new JobMover({
      env: options.env,
      pool: this.#pool,
      place: (job, seat) => this.#place(job, seat),
      moved: (job) => this.#moved(job),
      isClosed: () => this.#closed,
    })
    // It is there before the first job, so that a job starts at once.
    this.#pool.start(false)
  }

  statuses(): readonly wire.JobStatus[] {
    return [...this.#jobs.values()].map(({ status }) => status)
  }

  /** The job of this pipeline that has not ended. */
  running(pipelineId: string): wire.JobStatus | undefined {
    return this.statuses().find((job) => job.pipelineId === pipelineId && job.endedAtMs === null)
  }

  status(jobId: string): wire.JobStatus | undefined {
    return this.#jobs.get(jobId)?.status
  }

  get hosts(): readonly { readonly pid: number | undefined; readonly residentBytes: number }[] {
    return this.#pool.hosts.map(({ process: { pid, vitals } }) => {
      return { pid, residentBytes: vitals?.residentBytes ?? 0 }
    })
  }

  /** How hosts are, which job is where, and why. */
  get engineHosts(): wire.EngineHosts {
    const { limits, settings } = this.#options
    return {
      hostsMax: limits.hostsMax,
      jobsPerHostMax: limits.jobsMax,
      turnMsMax: settings.turnMs,
      hosts: viewHosts(this.#pool, this.#options.env.clock.monotonicMs()),
    }
  }

  /** Resolves when the job runs, or rejects with a `Refusal`. */
  async start(run: JobToRun): Promise<wire.JobStatus> {
    this.#slots++
    const { env, limits } = this.#options
    const job = superviseJob(run, this.#slots, env.clock, limits)
    const { status } = job
    this.#jobs.set(run.jobId, job)
    this.#forgetOldest()
    this.#options.listener.jobChanged(status)
    await this.#place(job, this.#pool.seatFor(job))
    return job.status
  }

  async control(request: HostRequest<'controlJob'>): Promise<wire.JobStatus> {
    const job = this.#find(request.jobId)
    await job.moving
    if (request.action === 'stop' && job.comesBack) throw beginsAgain()
    if (request.action === 'stop' && job.status.endedAtMs !== null) return job.status
    if (request.action === 'pace') this.#change(job, { pace: request.recordsPerSecond })
    if (request.action === 'stop' && job.status.state === 'restarting') {
      job.cancelRestart()
      const endedAtMs = this.#options.env.clock.nowMs()
      this.#change(job, { state: 'stopped', endedAtMs })
      return job.status
    }
    const { process } = this.#hostOf(job)
    if (request.action === 'stop') Object.assign(job, { ending: true, comesBack: false })
    await process.request('controlJob', request)
    return job.status
  }

  /**
   * Ends a job with a last checkpoint, and resolves when it has ended, with the number of that
   * one: null where there is none. One that comes back goes on as it was where its host ends
   * meanwhile, and this rejects with a `Refusal`.
   */
  async suspend(jobId: string, { comesBack = false } = {}): Promise<number | null> {
    const job = this.#find(jobId)
    await job.moving
    if (job.comesBack) throw beginsAgain()
    if (job.status.endedAtMs !== null) return null
    if (job.status.state === 'restarting') {
      await this.control({ jobId, action: 'stop' })
      return job.status.checkpoints?.last?.id ?? job.status.checkpoints?.restored?.id ?? null
    }
    const { process } = this.#hostOf(job)
    job.ending = true
    job.comesBack = comesBack
    const { checkpointId } = await process.request('suspendJob', { jobId })
    await this.#endings.of(job)
    if (job.status.endedAtMs === null) throw goesOnInstead()
    if (job.status.failure !== null) job.comesBack = false
    return checkpointId
  }

  /** Sources of all jobs wait for as long as there is a reason. */
  hold(reason: string | null): void {
    this.#holdReason = reason
    for (const { process } of this.#pool.hosts) process.tell('holdJobs', { reason })
  }

  /** Asks the host of a job. Rejects with a `Refusal`. */
  async ask<Name extends HostRequestName>(
    jobId: string,
    name: Name,
    body: HostRequest<Name>,
  ): Promise<HostReply<Name>> {
    const job = this.#find(jobId)
    await job.moving
    return this.#hostOf(job).process.request(name, body)
  }

  /** Whether somebody watches: then it is measured often, also after a restart. */
  watch(jobId: string, watched: boolean): void {
    const job = this.#jobs.get(jobId)
    if (job === undefined) return
    job.watched = watched
    job.host?.process.tell('watchJob', { jobId, watched })
  }

  /**
   * Ends all jobs gently. They count as running: whoever starts the server again gets them back.
   */
  async drain(withinMs: number): Promise<void> {
    this.#closed = true
    this.#planned.close()
    const ended = this.#suspendAll()
    const { timers } = this.#options.env
    let cancel = () => {}
    const timeout = new Promise<void>((resolve) => {
      cancel = timers.after(withinMs, resolve)
    })
    await Promise.race([ended, timeout])
    cancel()
    await this.#pool.close()
  }

  async #suspendAll(): Promise<void> {
    await Promise.all([...this.#jobs.values()].map(({ moving }) => moving))
    const active = this.#pool.hosts.flatMap((host) => host.active.map((job) => ({ host, job })))
    await Promise.all(
      active.map(async ({ host, job }) => {
        job.cancelRestart()
        const { jobId } = job.run
        await host.process.request('suspendJob', { jobId }).catch(isRefusal)
        await this.#endings.of(job)
      }),
    )
  }

  // Hosts

  #createPool(): EnginePool {
    return new EnginePool({
      ...this.#options,
      onEvent: (host, event) => this.#hostSaid(host, event),
      onLaunched: ({ process }) => {
        if (this.#holdReason !== null) process.tell('holdJobs', { reason: this.#holdReason })
      },
      onHeartbeat: (host) => {
        if (!this.#closed) this.#mover.look(host)
      },
      onEnded: (host, remains) => this.#hostEnded(host, remains),
    })
  }

  #createRestarts(): Restarts {
    return new Restarts({
      ...this.#options,
      pool: this.#pool,
      later: (delayMs, act) => this.#planned.later(delayMs, act),
      placeAgain: (job, seat) => this.#placeAgain(job, seat),
      changeToRestarting: (job, failure) => this.#changeToRestarting(job, failure),
      fail: (job, failure) => this.#fail(job, failure),
      quarantined: ({ run: { jobId } }, message) => {
        this.#options.listener.jobNoted(jobId, { kind: 'quarantined', severity: 'error', message })
      },
    })
  }

  #createRetries(): Retries {
    return new Retries({
      ...this.#options,
      pool: this.#pool,
      isHeld: () => this.#holdReason !== null,
      later: (delayMs, act) => this.#planned.later(delayMs, act),
      placeAgain: (job, seat) => this.#placeAgain(job, seat),
      changeToRestarting: (job, failure) => this.#changeToRestarting(job, failure),
      fail: (job, failure) => this.#fail(job, failure),
    })
  }

  #hostSaid(host: Host, event: Exclude<EventOfHost, { kind: 'topicsAsked' }>): void {
    const { listener } = this.#options
    if (event.kind === 'jobChanged') this.#jobSaid(host, event)
    else if (event.kind === 'jobNoted') listener.jobNoted(event.jobId, event.news)
    else if (event.kind === 'jobMeasured') this.#measured(event)
    else if (event.kind === 'tapFilled') listener.tapFilled(event)
    else listener.pictureDrawn(event.picture)
  }

  #hostEnded(host: Host, remains: Remains): void {
    const reason = endText(remains)
    const { active } = host
    for (const job of host.jobs) job.host = undefined
    if (this.#closed) {
      for (const job of active) this.#endings.over(job)
      return
    }
    this.#options.listener.hostEnded(reason, active.length)
    for (const job of active) {
      job.deadLettersBefore = 0
      if (endsForGood(job)) this.#fail(job, internal(endedWhileEnding(reason)))
    }
    const lost = active.filter((job) => job.status.endedAtMs === null)
    this.#restarts.hostEnded(this.#thatRan(lost, host, remains), remains)
    for (const job of lost) this.#goesOn(job)
  }

  /**
   * Of jobs whose host has ended, those that ran in it. Hosts may end together, as when somebody
   * kills all: then those that were sent from one to the next go on elsewhere as if they had not
   * been in that. Hosts that begin later are none of these, so that it comes to an end.
   */
  #thatRan(
    lost: readonly SupervisedJob[],
    { launchedAtMs }: Host,
    { slot: inTurn }: Remains,
  ): readonly SupervisedJob[] {
    const sinceMs = this.#options.env.clock.monotonicMs() - TAKING_OVER_MS
    const waiting = lost.filter(({ status, slot, placedAtMs, lostAtMs }) => {
      const waits = status.state === 'restarting' && slot !== inTurn && placedAtMs >= sinceMs
      return waits && launchedAtMs < lostAtMs
    })
    for (const job of waiting) this.#placeAgain(job, this.#pool.seatFor(job))
    return lost.filter((job) => !waiting.includes(job))
  }

  /** Never rejects. */
  async #place(job: SupervisedJob, { host, reason }: Seat): Promise<void> {
    job.host = host
    host.jobs.add(job)
    job.placedAtMs = this.#options.env.clock.monotonicMs()
    job.lightSinceMs = undefined
    const message = placementText(host.number, reason, job)
    const placement = { host: host.number, alone: host.alone, reason, message }
    job.status = { ...job.status, placement }
    this.#pool.settlePriorities()
    const { slot, patient } = job
    const { jobId, document, pipelineId, begin, after } = job.run
    const { roots, dataFolder, quotas } = this.#options
    const { paused } = job
    const { pace } = job.status
    try {
      const checkpoints = { dataFolder, pipelineId, begin, after }
      const turns = {
        slot,
        patient,
        probationMs: probationMs(job, this.#options.env.clock.monotonicMs()),
      }
      const request = { jobId, ...turns, document, roots, pace, paused, checkpoints, quotas }
      await host.process.request('startJob', request)
      this.#restarts.hostWorks()
      if (job.watched) host.process.tell('watchJob', { jobId, watched: true })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      // Where the host has died meanwhile, the job is restarted as all others of that host are.
      if (error.kind === 'unavailable') return
      this.#fail(job, internal(error.message))
    }
  }

  #jobSaid(host: Host, said: HostedJobState) {
    const { state, endedAtMs, pace, failure, jobId, breakpoint } = said
    const job = this.#jobs.get(jobId)
    if (job === undefined || job.host !== host) return
    // On its way to another host it seems to end here.
    if (job.moving !== undefined && PARTING.has(state)) return
    const deadLetters = job.deadLettersBefore + said.deadLetters
    const checkpoints = joinCheckpoints(job, said.checkpoints)
    // At a breakpoint it stands for somebody who looks, and in no host that comes after this one.
    const stays = state === 'paused' && breakpoint === undefined
    if (state === 'running' || state === 'paused') job.paused = stays
    if (failure?.retry === true && !this.#closed && !endsForGood(job)) {
      job.status = { ...job.status, checkpoints }
      if (this.#retries.retry(job, failure)) this.#goesOn(job)
    } else {
      const books = { deadLetters, checkpoints, breakpoint }
      this.#change(job, { state, endedAtMs, pace, failure, ...books })
    }
  }

  /** Dead letters are counted with each measurement; that alone is no change of state. */
  #measured(measured: MeasuredJob): void {
    const { jobId, deadLetters } = measured
    const job = this.#jobs.get(jobId)
    if (job === undefined) return
    const all = job.deadLettersBefore + deadLetters
    job.status = { ...job.status, deadLetters: all }
    this.#options.listener.jobMeasured({ ...measured, deadLetters: all })
  }

  /** Whoever waits for its end waits for nothing. */
  #goesOn(job: SupervisedJob): void {
    job.ending = false
    job.comesBack = false
    this.#endings.over(job)
  }

  #placeAgain(job: SupervisedJob, seat: Seat): void {
    if (job.status.state !== 'restarting') return
    void this.#place(job, seat).then(() => this.#options.listener.jobRestarted(job.run.jobId))
  }

  #changeToRestarting(job: SupervisedJob, failure: wire.WireFailure): void {
    const restarts = job.status.restarts + 1
    job.failuresBefore = job.status.checkpoints?.failures ?? 0
    job.lostAtMs = this.#options.env.clock.monotonicMs()
    const books = { deadLetters: 0, breakpoint: undefined }
    this.#change(job, { state: 'restarting', restarts, failure, ...books })
  }

  // Jobs

  #moved(job: SupervisedJob): void {
    const { jobId } = job.run
    const { placement } = job.status
    const { listener } = this.#options
    if (placement !== undefined) {
      const { message } = placement
      listener.jobNoted(jobId, { kind: 'moved', severity: 'info', message })
    }
    listener.jobRestarted(jobId)
  }

  #fail(job: SupervisedJob, failure: wire.WireFailure): void {
    const endedAtMs = this.#options.env.clock.nowMs()
    this.#change(job, { state: 'failed', endedAtMs, failure })
  }

  #change(job: SupervisedJob, change: Partial<wire.JobStatus>): void {
    job.status = { ...job.status, ...change }
    if (job.status.endedAtMs !== null) {
      // However it has ended: it stands nowhere any more.
      job.status = { ...job.status, breakpoint: undefined }
      this.#endings.over(job)
    }
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
    host.process.tell('forgetJob', { jobId })
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
}

/** Jobs that have not begun in a host by then have what is wrong from it. */
const TAKING_OVER_MS = 5_000

/** What a job says that leaves its host. */
const PARTING: ReadonlySet<wire.WireJobState> = new Set(['finishing', 'stopped'])

function internal(message: string): wire.WireFailure {
  return { domain: 'internal', retry: false, message }
}
