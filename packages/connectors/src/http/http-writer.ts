/**
 * How an HTTP sink sends. Records gather to batches, one for each lane; a batch waits in its lane,
 * is sent, and is sent again until it is taken or refused. What has not been taken at a cut is in
 * the checkpoint, and a job that goes on from it sends the same under the same keys.
 */

import {
  type Env,
  JobFailed,
  type Ledger,
  type Net,
  type NetExchange,
  NetFailure,
  type Outstanding,
  outstandingUnits,
  type PreparedOutput,
  type Saved,
  type TransactionalSink,
  toUtf8,
} from '@millrace/engine'
import type { HttpSinkConfig } from '../http-sink.ts'
import { judge, type Verdict } from './answers.ts'
import { halves, idempotencyKey, type RequestBatch, savedBatch } from './request-batch.ts'

/** A batch ends when it holds this much. */
const BATCH_LENGTH_MAX = 1024 * 1024
const ANSWER_BYTES_MAX = 4096
/** Before the first repeat, at most; twice as long before each further one, up to the last. */
const RETRY_FIRST_MS = 500
const RETRY_MAX_MS = 30_000

export interface HttpWriterOptions {
  readonly config: HttpSinkConfig
  readonly env: Env
  readonly net: Net
  /** Of keys: this node of this job, and no other. */
  readonly scope: string
  readonly ledger: Ledger
  readonly outstanding: Outstanding
  /** A record that the endpoint does not take. It is sent again after a restart until `done`. */
  refuse(record: string, reason: string, done: () => void): void
  fail(error: Error): void
}

interface Gathering {
  readonly first: number
  readonly records: string[]
  length: number
}

interface Lane {
  readonly queue: RequestBatch[]
  active: number
}

/** What a checkpoint holds. */
interface PreparedRequests {
  readonly scope: string
  /** How many records have come to the sink. */
  readonly sequence: number
  readonly pending: readonly RequestBatch[]
}

export class HttpWriter implements TransactionalSink {
  readonly #options: HttpWriterOptions
  /** How many requests of one lane are under way at once. */
  readonly #laneWidth: number
  #scope: string
  #sequence = 0
  readonly #gathering = new Map<number, Gathering>()
  readonly #lanes = new Map<number, Lane>()
  /** Not taken yet, whether or not it is on its way. */
  readonly #pending = new Set<RequestBatch>()
  /** Of the checkpoint that the job goes on from: they go before all that comes now. */
  readonly #restored = new Set<RequestBatch>()
  readonly #exchanges = new Set<NetExchange>()
  readonly #cancelTimers = new Set<() => void>()
  #cancelWait: () => void = () => {}
  #closed = false

  constructor(options: HttpWriterOptions) {
    this.#options = options
    this.#scope = options.scope
    const { key, concurrency } = options.config
    this.#laneWidth = key === undefined ? concurrency : 1
  }

  /** Whether something has come that was not taken yet. */
  get isBusy(): boolean {
    return this.#pending.size > 0 || this.#gathering.size > 0
  }

  write(record: string, lane: number): void {
    const { batch } = this.#options.config
    let gathering = this.#gathering.get(lane)
    if (gathering === undefined) {
      if (this.#gathering.size === 0) this.#waitForMore()
      gathering = { first: this.#sequence, records: [], length: 0 }
      this.#gathering.set(lane, gathering)
    }
    this.#sequence++
    gathering.records.push(record)
    gathering.length += record.length
    if (gathering.records.length >= batch.records || gathering.length >= BATCH_LENGTH_MAX) {
      this.#endBatch(lane, gathering)
    }
  }

  /** What has gathered goes now. */
  handOver(): void {
    for (const [lane, gathering] of this.#gathering) this.#endBatch(lane, gathering)
  }

  async recover(prepared: Saved): Promise<void> {
    if (prepared === undefined) return
    const { scope, sequence, pending } = prepared as unknown as PreparedRequests
    this.#scope = scope
    this.#sequence = sequence
    for (const batch of pending) {
      this.#restored.add(batch)
      this.#enqueue(batch)
    }
    this.#sendAll()
  }

  /** A batch ends at a cut, so that those behind it are the same after a restart. */
  cut(): PreparedOutput {
    this.handOver()
    const pending = [...this.#pending].toSorted((a, b) => a.first - b.first)
    const prepared: Saved = {
      scope: this.#scope,
      sequence: this.#sequence,
      pending: pending.map(savedBatch),
    }
    return { prepare: async () => prepared }
  }

  /** What is sent is there for everybody. */
  async commit(): Promise<void> {}

  async abort(): Promise<void> {
    await this.close()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancelWait()
    for (const cancel of this.#cancelTimers) cancel()
    for (const exchange of this.#exchanges) exchange.cancel()
  }

  #waitForMore(): void {
    const { env, config } = this.#options
    if (config.batch.records === 1) return
    this.#cancelWait()
    this.#cancelWait = env.timers.after(config.batch.wait, () => this.handOver())
  }

  #endBatch(lane: number, { first, records }: Gathering): void {
    this.#gathering.delete(lane)
    if (this.#gathering.size === 0) this.#cancelWait()
    const batch = { first, records, lane }
    this.#enqueue(batch)
    this.#sendNext(this.#lane(lane))
  }

  #enqueue(batch: RequestBatch): void {
    this.#pending.add(batch)
    this.#lane(batch.lane).queue.push(batch)
    this.#options.outstanding.add(unitsOf(batch))
  }

  #lane(index: number): Lane {
    const found = this.#lanes.get(index)
    if (found !== undefined) return found
    const lane = { queue: [], active: 0 }
    this.#lanes.set(index, lane)
    return lane
  }

  #sendAll(): void {
    for (const lane of this.#lanes.values()) this.#sendNext(lane)
  }

  /** The lanes of now may be others than before the restart, so they begin when those are done. */
  #mayGo(batch: RequestBatch): boolean {
    return this.#restored.size === 0 || this.#restored.has(batch)
  }

  #sendNext(lane: Lane): void {
    while (lane.active < this.#laneWidth && !this.#closed) {
      const [batch] = lane.queue
      if (batch === undefined || !this.#mayGo(batch)) return
      lane.queue.shift()
      lane.active++
      void this.#deliver(batch).then(() => {
        lane.active--
        if (this.#closed) return
        this.#options.outstanding.remove(unitsOf(batch))
        const wasLast = this.#restored.delete(batch) && this.#restored.size === 0
        if (wasLast) this.#sendAll()
        else this.#sendNext(lane)
      })
    }
  }

  /** Resolves when each record was taken or refused, or the job has failed. Never rejects. */
  async #deliver(batch: RequestBatch): Promise<void> {
    const { ledger, config } = this.#options
    for (let tries = 0; !this.#closed; tries++) {
      const verdict = await this.#send(batch)
      if (this.#closed) return
      if (verdict.kind === 'taken') {
        ledger.release('passed', batch.records.length)
        this.#pending.delete(batch)
        return
      }
      if (verdict.kind === 'refused') return this.#refused(batch, verdict.reason)
      if (verdict.kind === 'closed') return this.#fail(verdict.failure)
      if (tries >= config.retries) return this.#fail(givenUp(verdict.reason, tries + 1))
      await this.#pause(tries, verdict.afterMs)
    }
  }

  /** Nothing more is sent: what was not taken is in the checkpoint that the job goes on from. */
  #fail(failure: JobFailed): void {
    this.#closed = true
    this.#options.fail(failure)
  }

  /** Of several records it may be one that is not taken, and the others go on their way. */
  async #refused(batch: RequestBatch, reason: string): Promise<void> {
    if (batch.records.length === 1) {
      const done = () => this.#pending.delete(batch)
      this.#options.refuse(batch.records[0] ?? '', reason, done)
      return
    }
    this.#pending.delete(batch)
    const parts = halves(batch)
    for (const part of parts) this.#pending.add(part)
    for (const part of parts) await this.#deliver(part)
  }

  async #send(batch: RequestBatch): Promise<Verdict> {
    const { config, env, net } = this.#options
    const { url, method, timeout, headers } = config
    const exchange = net.send({
      url,
      method,
      headers: [
        ...headers.map(({ name, value }) => [name, value] as const),
        ['Content-Type', isLines(config) ? 'application/x-ndjson' : 'application/json'],
        ['Idempotency-Key', idempotencyKey(this.#scope, batch)],
      ],
      body: toUtf8(bodyText(config, batch.records)),
      timeoutMs: timeout,
      answerBytesMax: ANSWER_BYTES_MAX,
    })
    this.#exchanges.add(exchange)
    try {
      return judge(url, await exchange.answered, env.clock.nowMs())
    } catch (error) {
      if (!(error instanceof NetFailure)) throw error
      const { code, message, cause } = error
      if (code !== 'not-allowed') return { kind: 'later', reason: message }
      const failure = new JobFailed({ domain: 'user', retry: false, message, cause })
      return { kind: 'closed', failure }
    } finally {
      this.#exchanges.delete(exchange)
    }
  }

  /** Full jitter: those that were refused together do not come again together. */
  #pause(tries: number, afterMs: number | undefined): Promise<void> {
    const { timers, random } = this.#options.env
    const most = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** Math.min(tries, 20))
    const delayMs = (afterMs ?? 0) + random.next() * most
    return new Promise((resolve) => {
      const cancel = timers.after(delayMs, () => {
        this.#cancelTimers.delete(cancel)
        resolve()
      })
      this.#cancelTimers.add(cancel)
    })
  }
}

function unitsOf({ records }: RequestBatch): number {
  return outstandingUnits(records.reduce((sum, { length }) => sum + length, 0))
}

function isLines({ format }: HttpSinkConfig): boolean {
  return format === 'ndjson'
}

/** One record a request is an object; more are a list, also where there happens to be one. */
function bodyText(config: HttpSinkConfig, records: readonly string[]): string {
  if (isLines(config)) return `${records.join('\n')}\n`
  return config.batch.records === 1 ? (records[0] ?? '') : `[${records.join(',')}]`
}

function givenUp(reason: string, tries: number): JobFailed {
  const message = `${reason} It was tried ${tries} times. Look after the endpoint and start the job again.`
  return new JobFailed({ domain: 'external', retry: true, message })
}
