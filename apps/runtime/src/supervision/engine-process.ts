/**
 * One engine host as the web server holds it: a child process that answers requests and sends a
 * heartbeat. One that misses its deadline is killed, for it may never give the thread back by
 * itself.
 */

import type { ChildProcess } from 'node:child_process'
import type { Env } from '@millrace/engine'
import {
  type HostMessage,
  type HostReply,
  type HostRequest,
  type HostRequestName,
  type HostVitals,
  hostMessage,
  hostRequests,
  type JobLoad,
} from './messages.ts'
import { Refusal } from './refusal.ts'

export type EventOfHost = Exclude<HostMessage, { kind: 'reply' | 'refusal' | 'heartbeat' }>

export interface EngineProcessOptions {
  readonly env: Env
  /** A host that is silent for so long is killed. */
  readonly deadlineMs: number
  start(): ChildProcess
  onMessage(message: EventOfHost): void
  /** `vitals` and `loads` are new. */
  onHeartbeat(): void
  /** It is gone, for whatever reason; called once. */
  onExit(reason: string): void
}

/** Until its first message, a host loads its code, for which a busy machine may take longer. */
const START_MS_MAX = 15_000

/** How often it is looked at within its deadline. */
const LOOKS = 8

interface Waiting {
  readonly name: HostRequestName
  resolve(body: unknown): void
  reject(refusal: Error): void
}

export class EngineProcess {
  vitals: HostVitals | undefined
  /** Of its jobs, by id; those that are not there take next to nothing. */
  loads: ReadonlyMap<string, JobLoad> = new Map()
  readonly #options: EngineProcessOptions
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, Waiting>()
  #requestCount = 0
  #exited = false
  #heard = false
  #killedBecause: string | undefined
  #heardAtMs: number
  #cancelDeadline: () => void = () => {}

  constructor(options: EngineProcessOptions) {
    this.#options = options
    this.#heardAtMs = options.env.clock.monotonicMs()
    this.#child = options.start()
    this.#child.on('message', (message) => this.#receive(message))
    this.#child.on('error', (error) => this.#exit(`it could not be started: ${error.message}`))
    this.#child.on('exit', (code, signal) => {
      this.#exit(this.#killedBecause ?? `it ended with ${signal ?? `exit code ${code}`}`)
    })
    this.#watchDeadline()
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Rejects with a `Refusal`, also when the host goes away before it answers. */
  request<Name extends HostRequestName>(name: Name, body: unknown): Promise<HostReply<Name>> {
    if (this.#exited) return Promise.reject(gone())
    this.#requestCount++
    const number = this.#requestCount
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, {
        name,
        resolve: (reply) => resolve(reply as HostReply<Name>),
        reject,
      })
      // Where the channel is closed, the exit follows and rejects what waits.
      this.#child.send({ number, name, body }, () => {})
    })
  }

  /**
   * Asks without waiting: where the host dies or has forgotten the job, there is nothing left to
   * do.
   */
  tell<Name extends HostRequestName>(name: Name, body: HostRequest<Name>): void {
    this.request(name, body).catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error
    })
  }

  kill(reason: string): void {
    this.#killedBecause ??= reason
    this.#child.kill('SIGKILL')
  }

  /** Closes the channel, at which the host ends by itself. */
  disconnect(): void {
    this.#killedBecause ??= 'it was asked to end'
    if (this.#child.connected) this.#child.disconnect()
  }

  #receive(received: unknown): void {
    if (this.#exited) return
    const read = hostMessage.safeParse(received)
    if (!read.success) {
      this.kill(`it sent a message that does not fit the protocol: ${read.error.message}`)
      return
    }
    const message = read.data
    this.#heardAtMs = this.#options.env.clock.monotonicMs()
    this.#heard = true
    if (message.kind === 'heartbeat') {
      this.vitals = message.vitals
      this.loads = new Map(message.loads.map((load) => [load.jobId, load]))
      this.#options.onHeartbeat()
    } else if (message.kind === 'reply') this.#answer(message.number, message.body)
    else if (message.kind === 'refusal') {
      const { number, refused, code, message: text, problems } = message
      this.#take(number)?.reject(new Refusal(refused, code, text, problems))
    } else this.#options.onMessage(message)
  }

  #answer(number: number, body: unknown): void {
    const waiting = this.#take(number)
    if (waiting === undefined) return
    const read = hostRequests[waiting.name].reply.safeParse(body)
    if (read.success) waiting.resolve(read.data)
    else {
      this.kill(`its answer to ${waiting.name} does not fit the protocol: ${read.error.message}`)
      waiting.reject(gone())
    }
  }

  #take(number: number): Waiting | undefined {
    const waiting = this.#waiting.get(number)
    this.#waiting.delete(number)
    return waiting
  }

  #watchDeadline(): void {
    const { env, deadlineMs } = this.#options
    const setAtMs = env.clock.monotonicMs()
    this.#cancelDeadline = env.timers.after(deadlineMs / LOOKS, () => {
      const nowMs = env.clock.monotonicMs()
      // Where this process itself was stopped for a while, its own sleep says nothing about the
      // host.
      const overslept = nowMs - setAtMs > deadlineMs / 2
      if (overslept) this.#heardAtMs = nowMs
      const limitMs = this.#heard ? deadlineMs : Math.max(deadlineMs, START_MS_MAX)
      if (nowMs - this.#heardAtMs > limitMs) {
        this.kill(`it gave no sign of life for ${limitMs} ms`)
        return
      }
      this.#watchDeadline()
    })
  }

  #exit(reason: string): void {
    if (this.#exited) return
    this.#exited = true
    this.#cancelDeadline()
    for (const { reject } of this.#waiting.values()) reject(gone())
    this.#waiting.clear()
    this.#options.onExit(reason)
  }
}

function gone(): Refusal {
  const message =
    'The engine has just stopped and is being started again. Try once more in a moment.'
  return new Refusal('unavailable', 'engine-restarting', message)
}
