/** The engine hosts of a server: starts them, knows what each has to do, and ends idle ones. */

import type { ChildProcess } from 'node:child_process'
import type { Clock, Env, Topics } from '@millrace/engine'
import type { wire } from '@millrace/pipeline'
import type { TurnNote } from '../env/turn-note.ts'
import type { Remains } from './blame.ts'
import { EngineProcess, type EventOfHost } from './engine-process.ts'
import type { HostAhead } from './host-ahead.ts'
import { HostPriorities, type PriorityView, type SetNiceness } from './host-priorities.ts'
import type { HostSettings } from './host-settings.ts'
import {
  chooseForNew,
  chooseShared,
  chooseToEmpty,
  countUsed,
  type HostView,
  type PoolLimits,
  SUSPECTS_MAX,
} from './placement.ts'
import { isFree, type SupervisedJob } from './supervised-job.ts'
import { TopicPort } from './topic-port.ts'

/** What a host process is started with. */
export interface HostLaunch {
  /** To be inherited as `NOTE_FD`; none where nobody asks whose turn it was. */
  readonly noteFd?: number
  readonly settings: HostSettings
}

export interface EnginePoolOptions {
  readonly env: Env
  readonly deadlineMs: number
  readonly limits: PoolLimits
  readonly settings: HostSettings
  /** Of the machine's memory, what processes may still take. */
  freeBytes(): number
  /** The log that jobs read and write topics of. */
  readonly topics: Topics
  /** One that was started before, which is taken first. */
  readonly ahead?: HostAhead
  startProcess(launch: HostLaunch): ChildProcess
  openNote(): TurnNote
  readonly setNiceness: SetNiceness
  onEvent(host: Host, event: Exclude<EventOfHost, { kind: 'topicsAsked' }>): void
  /** It begins; what it is told is heard when it has. */
  onLaunched(host: Host): void
  /** `loads` and `vitals` of its process are new. */
  onHeartbeat(host: Host): void
  /** It is gone, and not because it was idle. */
  onEnded(host: Host, remains: Remains): void
}

export interface Seat {
  readonly host: Host
  readonly reason: wire.PlacementReason
}

/** A host with nothing in it. */
const EMPTY_MS = 30_000
/** One whose jobs have all ended: somebody may look at their results. */
const ENDED_MS = 600_000
/** Of what was measured, for the new value; a heartbeat comes every second. */
const SMOOTHING = 0.4
/** Until then it is busy with loading its code. */
const BEATS_OF_START = 2
/** A spare host holds about a tenth of it; without as much, nobody's memory is taken for one. */
const FREE_BYTES_FOR_SPARE = 768 * 2 ** 20
/** When a spare host has ended by itself, the next one may, too. */
const NO_SPARE_MS = 60_000

export class Host implements HostView, PriorityView {
  readonly number: number
  readonly process: EngineProcess
  readonly note: TurnNote
  readonly jobs = new Set<SupervisedJob>()
  alone = false
  isForSuspect = false
  /** It has nothing to do before another one ends, or is needed. */
  isSpare = false
  readonly launchedAtMs: number
  threadShare = 0
  beats = 0
  idleSinceMs: number | undefined
  /** One of its jobs is on its way to another host. */
  movedAtMs = Number.NEGATIVE_INFINITY
  isRetired = false
  readonly #clock: Clock

  constructor(number: number, process: EngineProcess, note: TurnNote, clock: Clock) {
    this.number = number
    this.process = process
    this.note = note
    this.#clock = clock
    this.launchedAtMs = clock.monotonicMs()
  }

  get active(): readonly SupervisedJob[] {
    return [...this.jobs].filter(({ status }) => status.endedAtMs === null)
  }

  get jobCount(): number {
    return this.active.length
  }

  get newCount(): number {
    const nowMs = this.#clock.monotonicMs()
    return this.active.filter(({ newUntilMs }) => nowMs < newUntilMs).length
  }

  get isHeavy(): boolean {
    return this.active.some(({ hasOffended, status }) => {
      return hasOffended || status.placement?.reason === 'busy'
    })
  }

  get canEmpty(): boolean {
    const nowMs = this.#clock.monotonicMs()
    return this.active.every((job) => {
      return !job.run.tied && (job.moving !== undefined || isFree(job, nowMs))
    })
  }

  get memoryShare(): number {
    const { vitals } = this.process
    if (vitals === undefined) return 0
    const { residentBytes, residentBytesMax, heapBytes, heapBytesMax } = vitals
    return Math.max(residentBytes / residentBytesMax, heapBytes / heapBytesMax)
  }
}

export class EnginePool {
  readonly #options: EnginePoolOptions
  readonly #hosts = new Set<Host>()
  readonly #exits = new Map<Host, () => void>()
  readonly #priorities: HostPriorities
  #started = 0
  /** No spare host is started before. */
  #spareFromMs = 0

  constructor(options: EnginePoolOptions) {
    this.#options = options
    this.#priorities = new HostPriorities(options.setNiceness)
  }

  /** With the spare one. */
  get hosts(): readonly Host[] {
    return [...this.#hosts]
  }

  get #inUse(): readonly Host[] {
    return this.hosts.filter(({ isSpare }) => !isSpare)
  }

  get limits(): PoolLimits {
    return this.#options.limits
  }

  /** For a job that is to take its place among others, as soon as it is known. */
  seatFor({ newUntilMs, run }: SupervisedJob): Seat {
    if (this.#options.env.clock.monotonicMs() >= newUntilMs) return this.sharedSeat('light')
    const { limits } = this
    const chosen = chooseForNew(this.#inUse, limits, {
      hasSpare: this.#hasSpare,
      isTied: run.tied,
    })
    if (chosen === undefined) return { host: this.start(false), reason: 'new' }
    const { host, isFull, isApart } = chosen
    if (isApart) return { host, reason: 'new' }
    return { host, reason: isFull ? 'full' : 'new-among-others' }
  }

  /** Among others that are known, where there is most room. */
  sharedSeat(reason: 'light' | 'crowded' | 'light-again'): Seat {
    const chosen = chooseShared(this.#inUse, this.limits, this.#hasSpare)
    if (chosen === undefined) return { host: this.start(false), reason }
    return { host: chosen.host, reason: chosen.isFull ? 'full' : reason }
  }

  /** As above, in another host than this one. */
  seatBeside(left: Host, reason: 'crowded' | 'settled'): Seat | undefined {
    const others = this.#inUse.filter((host) => host !== left)
    const chosen = chooseShared(others, this.limits, this.#hasSpare)
    if (chosen?.isFull === false) return { host: chosen.host, reason }
    return this.#hasMore ? { host: this.start(false), reason } : undefined
  }

  /** A host for a job that is heavy, and leaves this one; undefined where there may be no more. */
  ownSeat(reason: 'busy' | 'large', left: Host): Seat | undefined {
    return this.mayOwn(left) ? { host: this.start(true), reason } : undefined
  }

  /** The same for jobs that may have stopped a host. */
  suspectSeat(): Seat | undefined {
    const { hostsMax } = this.limits
    const beyond = countUsed(this.#inUse) > hostsMax ? 1 : 0
    if (this.#inUse.length >= hostsMax + SUSPECTS_MAX + beyond) return undefined
    const host = this.start(true)
    host.isForSuspect = true
    return { host, reason: 'suspect' }
  }

  get #hasMore(): boolean {
    return this.#inUse.length < this.limits.hostsMax
  }

  /**
   * Whether there may be one for a heavy job, which leaves this one. Where all are in use, another
   * one makes room, if it has few jobs.
   */
  mayOwn(left: Host): boolean {
    const { limits } = this
    if (this.#hasMore) return true
    if (countUsed(this.#inUse) > limits.hostsMax) return false
    const one = { ...limits, hostsMax: limits.hostsMax - 1 }
    return chooseToEmpty(this.#inUse, one, left) !== undefined
  }

  /** Its jobs go to the others, since there is one more than there may be. */
  get toEmpty(): Host | undefined {
    return chooseToEmpty(this.#inUse, this.limits)
  }

  /** Whether it has loaded its code. */
  get #hasSpare(): boolean {
    return this.hosts.some(({ isSpare, process }) => isSpare && process.vitals !== undefined)
  }

  /** The spare one, where there is one: it is there at once. */
  start(alone: boolean): Host {
    const host = this.hosts.find(({ isSpare }) => isSpare) ?? this.#launch()
    host.isSpare = false
    host.alone = alone
    this.#settles()
    return host
  }

  #launch(): Host {
    const { env, deadlineMs, topics, settings } = this.#options
    const ahead = this.#options.ahead?.take()
    const note = ahead?.note ?? this.#options.openNote()
    const port = new TopicPort({
      topics,
      answer: (number, packed) => host.process.request('answerTopics', { number, packed }),
      appended: (topic) => host.process.request('topicAppended', { topic }),
    })
    this.#started++
    const process = new EngineProcess({
      env,
      deadlineMs,
      start: () => ahead?.process ?? this.#options.startProcess({ noteFd: note.fd, settings }),
      onExit: (reason) => {
        port.close()
        this.#ended(host, reason)
      },
      onHeartbeat: () => this.#beaten(host),
      onMessage: (message) => {
        if (message.kind === 'topicsAsked') void port.ask(message.number, message.packed)
        else this.#options.onEvent(host, message)
      },
    })
    const host = new Host(this.#started, process, note, env.clock)
    this.#hosts.add(host)
    this.#options.onLaunched(host)
    return host
  }

  /** Which come after others; to be settled when jobs have been placed, too. */
  settlePriorities(): void {
    this.#priorities.settle(this.hosts)
  }

  /** Whether it comes after others. */
  yields(host: Host): boolean {
    return this.#priorities.yields(host)
  }

  /** Resolves when all have ended; those with work in them are asked, and killed if they do not. */
  async close(): Promise<void> {
    const exits = this.hosts.map(
      (host) => new Promise<void>((resolve) => this.#exits.set(host, resolve)),
    )
    for (const { process, jobCount } of this.#hosts) {
      // Where all jobs have ended, there is nothing that a gentle end would save.
      if (jobCount === 0) process.kill('it was not needed any more')
      else process.disconnect()
    }
    const cancel = this.#options.env.timers.after(1000, () => {
      for (const { process } of this.#hosts) process.kill('it did not end by itself')
    })
    await Promise.all(exits)
    cancel()
  }

  #beaten(host: Host): void {
    const { vitals, loads } = host.process
    if (vitals === undefined) return
    host.beats++
    if (host.beats > BEATS_OF_START) {
      host.threadShare += (vitals.threadShare - host.threadShare) * SMOOTHING
    }
    for (const job of host.active) {
      const load = loads.get(job.run.jobId)
      job.share += ((load?.share ?? 0) - job.share) * SMOOTHING
      job.stateBytes = load?.stateBytes ?? 0
    }
    this.#standBy(host)
    if (this.#retireIfIdle(host)) return
    this.#keepSpare()
    this.settlePriorities()
    this.#options.onHeartbeat(host)
  }

  /** Hosts that have just begun, or taken over jobs, have enough to do. */
  #settles(): void {
    const { env, limits } = this.#options
    this.#spareFromMs = env.clock.monotonicMs() + limits.spareAfterMs
  }

  /**
   * A host takes most of a second to start. So there is a spare one, as long as there are jobs that
   * the next one should not begin among, or that would wait when a turn without an end ends theirs.
   */
  #keepSpare(): void {
    const { env } = this.#options
    if (!this.#lacksSpare(this.#inUse) || env.clock.monotonicMs() < this.#spareFromMs) return
    this.#launch().isSpare = true
  }

  /** One that has been emptied is the spare one, where there is none. */
  #standBy(host: Host): void {
    const { alone, isSpare, jobs } = host
    if (alone || isSpare || jobs.size > 0 || this.#isLastShared(host)) return
    const others = this.#inUse.filter((one) => one !== host)
    if (this.#lacksSpare(others)) host.isSpare = true
  }

  #lacksSpare(inUse: readonly Host[]): boolean {
    if (!this.#wantsSpare(inUse) || this.hosts.some(({ isSpare }) => isSpare)) return false
    return this.#options.freeBytes() >= FREE_BYTES_FOR_SPARE
  }

  /** One more than there may be is either the spare one, or has jobs that are new. */
  #wantsSpare(inUse: readonly Host[]): boolean {
    const { hostsMax } = this.limits
    if (countUsed(inUse) > hostsMax) return false
    const jobsLeast = hostsMax > 1 ? 1 : 2
    return inUse.some(({ alone, jobCount }) => !alone && jobCount >= jobsLeast)
  }

  #isLastShared(host: Host): boolean {
    const shared = this.#inUse.filter(({ alone }) => !alone)
    return shared.length === 1 && shared[0] === host
  }

  /** Whether it was. One that is shared stays for the jobs to come. */
  #retireIfIdle(host: Host): boolean {
    const nowMs = this.#options.env.clock.monotonicMs()
    const isNeeded = host.isSpare ? this.#wantsSpare(this.#inUse) : host.jobCount > 0
    if (isNeeded) host.idleSinceMs = undefined
    else host.idleSinceMs ??= nowMs
    const { idleSinceMs } = host
    if (idleSinceMs === undefined) return false
    const isLast = this.#isLastShared(host)
    if (isLast || nowMs - idleSinceMs < (host.jobs.size === 0 ? EMPTY_MS : ENDED_MS)) return false
    host.isRetired = true
    for (const job of host.jobs) job.host = undefined
    host.process.kill('it was not needed any more')
    return true
  }

  #ended(host: Host, reason: string): void {
    this.#hosts.delete(host)
    this.#exits.get(host)?.()
    const noted = host.note.read()
    host.note.close()
    if (host.isRetired) return
    this.#settles()
    if (host.isSpare) this.#spareFromMs = this.#options.env.clock.monotonicMs() + NO_SPARE_MS
    // There is always one that jobs can be placed in.
    else if (this.#inUse.length === 0 && this.#hosts.size > 0) this.start(false)
    const { vitals } = host.process
    const heapShare = vitals === undefined ? 0 : vitals.heapBytes / vitals.heapBytesMax
    this.#options.onEnded(host, { ...noted, reason, heapShare })
  }
}
