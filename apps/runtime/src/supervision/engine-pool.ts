/** The engine hosts of a server: starts them, knows what each has to do, and ends idle ones. */

import type { ChildProcess } from 'node:child_process'
import type { Env, Topics } from '@millrace/engine'
import type { wire } from '@millrace/pipeline'
import type { TurnNote } from '../env/turn-note.ts'
import type { Remains } from './blame.ts'
import { EngineProcess, type EventOfHost } from './engine-process.ts'
import type { HostAhead } from './host-ahead.ts'
import type { HostSettings } from './host-settings.ts'
import { chooseShared, type HostView, hasRoom, type PoolLimits } from './placement.ts'
import type { SupervisedJob } from './supervised-job.ts'
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

/** Beyond the bound, for jobs that have stopped a host. */
const SUSPECTS_MAX = 2
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

export class Host implements HostView {
  readonly number: number
  readonly process: EngineProcess
  readonly note: TurnNote
  readonly jobs = new Set<SupervisedJob>()
  alone: boolean
  /** It has nothing to do before another one ends, or is needed. */
  isSpare = false
  /** When it was, and took over; it may have ended already, together with the one before it. */
  tookOverAtMs = Number.NEGATIVE_INFINITY
  threadShare = 0
  beats = 0
  idleSinceMs: number | undefined
  /** One of its jobs is on its way to another host. */
  movedAtMs = Number.NEGATIVE_INFINITY
  isRetired = false

  constructor(number: number, process: EngineProcess, note: TurnNote) {
    this.number = number
    this.alone = false
    this.process = process
    this.note = note
  }

  get active(): readonly SupervisedJob[] {
    return [...this.jobs].filter(({ status }) => status.endedAtMs === null)
  }

  get jobCount(): number {
    return this.active.length
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
  #started = 0
  /** No spare host is started before. */
  #spareFromMs = 0

  constructor(options: EnginePoolOptions) {
    this.#options = options
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

  /** Among others, where there is most room. */
  sharedSeat(reason: 'light' | 'crowded' | 'light-again'): Seat {
    const chosen = chooseShared(this.#inUse, this.limits)
    if (chosen === undefined) return { host: this.start(false), reason }
    return { host: chosen.host, reason: chosen.isFull ? 'full' : reason }
  }

  /** Another shared host that has room, or one that may still be started. */
  seatBeside(crowded: Host): Seat | undefined {
    const [other] = this.#inUse.filter(
      (host) => host !== crowded && !host.alone && hasRoom(host, this.limits),
    )
    if (other !== undefined) return { host: other, reason: 'crowded' }
    return this.hasMore ? { host: this.start(false), reason: 'crowded' } : undefined
  }

  /** A host for one job; undefined where there may be no more. */
  ownSeat(reason: 'busy' | 'large' | 'suspect'): Seat | undefined {
    const more = reason === 'suspect' ? SUSPECTS_MAX : 0
    if (this.#inUse.length >= this.limits.hostsMax + more) return undefined
    return { host: this.start(true), reason }
  }

  get hasMore(): boolean {
    return this.#inUse.length < this.limits.hostsMax
  }

  /** The spare one, where there is one: it is there at once. */
  start(alone: boolean): Host {
    const host = this.hosts.find(({ isSpare }) => isSpare) ?? this.#launch()
    if (host.isSpare) host.tookOverAtMs = this.#options.env.clock.monotonicMs()
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
    const host = new Host(this.#started, process, note)
    this.#hosts.add(host)
    this.#options.onLaunched(host)
    return host
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
    if (this.#retireIfIdle(host)) return
    this.#keepSpare()
    this.#options.onHeartbeat(host)
  }

  /** Hosts that have just begun, or taken over jobs, have enough to do. */
  #settles(): void {
    const { env, limits } = this.#options
    this.#spareFromMs = env.clock.monotonicMs() + limits.spareAfterMs
  }

  /**
   * A host takes most of a second to start. So there is a spare one, as long as there are jobs that
   * would wait for it when a turn without an end ends theirs.
   */
  #keepSpare(): void {
    const { env, freeBytes } = this.#options
    if (!this.#wantsSpare || this.hosts.some(({ isSpare }) => isSpare)) return
    if (env.clock.monotonicMs() < this.#spareFromMs) return
    if (freeBytes() < FREE_BYTES_FOR_SPARE) return
    this.#launch().isSpare = true
  }

  get #wantsSpare(): boolean {
    return this.hosts.some(({ alone, jobCount }) => !alone && jobCount > 1)
  }

  /** Whether it was. One that is shared stays for the jobs to come. */
  #retireIfIdle(host: Host): boolean {
    const nowMs = this.#options.env.clock.monotonicMs()
    const isNeeded = host.isSpare ? this.#wantsSpare : host.jobCount > 0
    if (isNeeded) host.idleSinceMs = undefined
    else host.idleSinceMs ??= nowMs
    const { idleSinceMs } = host
    if (idleSinceMs === undefined) return false
    const shared = this.#inUse.filter(({ alone }) => !alone)
    const isLast = shared.length === 1 && shared[0] === host
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
