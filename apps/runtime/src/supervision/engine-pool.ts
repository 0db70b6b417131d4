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
  /** The log that jobs read and write topics of. */
  readonly topics: Topics
  /** One that was started before, which is taken first. */
  readonly ahead?: HostAhead
  startProcess(launch: HostLaunch): ChildProcess
  openNote(): TurnNote
  onEvent(host: Host, event: Exclude<EventOfHost, { kind: 'topicsAsked' }>): void
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
const SMOOTHING = 0.3
/** Until then it is busy with loading its code. */
const BEATS_OF_START = 2
/** Of the time that a turn may take: one that has taken more will probably end its host. */
const LONG_TURN_PART = 1 / 3

export class Host implements HostView {
  readonly number: number
  readonly alone: boolean
  readonly process: EngineProcess
  readonly note: TurnNote
  readonly jobs = new Set<SupervisedJob>()
  threadShare = 0
  beats = 0
  idleSinceMs: number | undefined
  /** The turn that was under way at the last look, and since when. */
  turn: { readonly number: number | undefined; readonly sinceMs: number } | undefined
  /** One of its jobs is on its way to another host. */
  movedAtMs = Number.NEGATIVE_INFINITY
  isRetired = false

  constructor(number: number, alone: boolean, process: EngineProcess, note: TurnNote) {
    this.number = number
    this.alone = alone
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

  constructor(options: EnginePoolOptions) {
    this.#options = options
  }

  get hosts(): readonly Host[] {
    return [...this.#hosts]
  }

  get limits(): PoolLimits {
    return this.#options.limits
  }

  /** Among others, where there is most room. */
  sharedSeat(reason: 'light' | 'crowded' | 'light-again'): Seat {
    const chosen = chooseShared(this.hosts, this.limits)
    if (chosen === undefined) return { host: this.start(false), reason }
    return { host: chosen.host, reason: chosen.isFull ? 'full' : reason }
  }

  /** Another shared host that has room, or one that may still be started. */
  seatBeside(crowded: Host): Seat | undefined {
    const [other] = this.hosts.filter(
      (host) => host !== crowded && !host.alone && hasRoom(host, this.limits),
    )
    if (other !== undefined) return { host: other, reason: 'crowded' }
    return this.hasMore ? { host: this.start(false), reason: 'crowded' } : undefined
  }

  /** A host for one job; undefined where there may be no more. */
  ownSeat(reason: 'busy' | 'large' | 'suspect'): Seat | undefined {
    const more = reason === 'suspect' ? SUSPECTS_MAX : 0
    if (this.#hosts.size >= this.limits.hostsMax + more) return undefined
    return { host: this.start(true), reason }
  }

  get hasMore(): boolean {
    return this.#hosts.size < this.limits.hostsMax
  }

  start(alone: boolean): Host {
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
      onLook: () => this.#watchTurn(host),
      onMessage: (message) => {
        if (message.kind === 'topicsAsked') void port.ask(message.number, message.packed)
        else this.#options.onEvent(host, message)
      },
    })
    const host = new Host(this.#started, alone, process, note)
    this.#hosts.add(host)
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
    if (!this.#retireIfIdle(host)) this.#options.onHeartbeat(host)
  }

  /**
   * A host takes most of a second to start. So there is one already when a turn that goes on and on
   * ends this one, and the jobs that are not to blame wait only for their checkpoints.
   */
  #watchTurn(host: Host): void {
    const nowMs = this.#options.env.clock.monotonicMs()
    const number = host.note.current()
    if (number === undefined || host.turn?.number !== number) {
      host.turn = { number, sinceMs: nowMs }
      return
    }
    const isLong = nowMs - host.turn.sinceMs >= this.#options.settings.turnMs * LONG_TURN_PART
    if (isLong && this.#needsSpare(host)) this.start(false)
  }

  /** Whether there is not room enough elsewhere for its jobs but one. */
  #needsSpare(host: Host): boolean {
    const { limits } = this
    const others = this.hosts.filter((other) => other !== host && !other.alone)
    let room = 0
    for (const other of others) {
      if (hasRoom(other, limits)) room += limits.jobsMax - other.jobCount
    }
    // It takes the place of the one that ends.
    return room < host.jobCount - 1 && this.#hosts.size <= limits.hostsMax
  }

  /** Whether it was. One that is shared stays for the jobs to come. */
  #retireIfIdle(host: Host): boolean {
    const nowMs = this.#options.env.clock.monotonicMs()
    if (host.jobCount > 0) host.idleSinceMs = undefined
    else host.idleSinceMs ??= nowMs
    const { idleSinceMs } = host
    if (idleSinceMs === undefined) return false
    const isLast = !host.alone && this.hosts.filter(({ alone }) => !alone).length === 1
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
    const { vitals } = host.process
    const heapShare = vitals === undefined ? 0 : vitals.heapBytes / vitals.heapBytesMax
    this.#options.onEnded(host, { ...noted, reason, heapShare })
  }
}
