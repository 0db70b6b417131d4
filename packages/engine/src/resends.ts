/**
 * Sends records in again that were refused and that somebody has corrected: each at the node that
 * refused it, in a turn of its own, between those of the sources. A checkpoint holds up to where
 * the requests are done, and what became of each leaves with the dead letters of that checkpoint.
 * So each request counts once, whatever crashes come between.
 *
 *     requests   1   2   3 | 4   5
 *                          └ place: what a checkpoint holds
 */

import { createRowReader, type RefusalCause, UnreadableValue } from '@millrace/pipeline'
import type { JobGraph, RunningNode } from './job-graph.ts'
import type { DeadLetter, ResendName } from './refusals.ts'
import type { RecordAgain } from './source.ts'
import { fromUtf8 } from './utf8.ts'

/** One letter to be sent in again. */
export interface ResendRequest extends ResendName, RecordAgain {
  /** Where it stands among the requests of the job, which are numbered upwards. */
  readonly place: number
  readonly nodeId: string
  /** The channel by which the row comes in; absent for what a source reads. */
  readonly channel?: number
  readonly eventTimeMs?: number
  /** The job that refused it last, of those whose counts the books may hold. */
  readonly refusedIn?: string
}

export interface ResendFeed {
  /** Some from this place on, in their order; none where there are no more yet. */
  read(fromPlace: number): Promise<readonly ResendRequest[]>
}

export interface ResendOutcome extends ResendName {
  readonly nodeId: string
  /** What has become of it at the node. */
  readonly result: 'passed' | 'filtered' | 'late' | 'refused'
  /** Why it was refused. */
  readonly cause?: RefusalCause
  /** Processing time. */
  readonly atMs: number
}

export interface JobResendsOptions {
  readonly graph: JobGraph
  readonly feed: ResendFeed
  /** As a checkpoint has it; 0 for a job that begins. */
  readonly place: number
  /** The jobs whose counts these books hold: this one, and those that it goes on from. */
  readonly books: ReadonlySet<string>
  nowMs(): number
  onOutcome(outcome: ResendOutcome): void
  wake(): void
  fail(error: unknown): void
}

interface Prepared {
  readonly request: ResendRequest
  /** Sends it in, or says why that is not possible. */
  send(): RefusalCause | undefined
}

interface UnderWay {
  readonly request: ResendRequest
  readonly node: RunningNode | undefined
  readonly in: number
  readonly late: number
  readonly filtered: number
  readonly deadLettered: number
  cause: RefusalCause | undefined
}

export class JobResends {
  readonly #options: JobResendsOptions
  #place: number
  readonly #prepared: Prepared[] = []
  #reading = false
  #again = false
  #underWay: UnderWay | undefined

  constructor(options: JobResendsOptions) {
    this.#options = options
    this.#place = options.place
  }

  /** Requests before it are done. Between turns. */
  get place(): number {
    return this.#place
  }

  get books(): ReadonlySet<string> {
    return this.#options.books
  }

  /** There may be requests. */
  look(): void {
    this.#again = true
    if (this.#reading) return
    this.#reading = true
    this.#readAll().catch((error: unknown) => this.#options.fail(error))
  }

  /** Sends the next one in; false where there is none. Between turns. */
  sendOne(): boolean {
    const next = this.#prepared.shift()
    if (next === undefined) return false
    const { request, send } = next
    const node = this.#options.graph.find(request.nodeId)
    const { in: taken = 0, late = 0, filtered = 0, deadLettered = 0 } = node?.context.ledger ?? {}
    const before = { in: taken, late, filtered, deadLettered }
    this.#underWay = { request, node, ...before, cause: undefined }
    const refused = send()
    if (refused !== undefined) this.#underWay.cause = refused
    return true
  }

  /** The turn is over: says what has become of what was sent in. */
  settle(): void {
    const underWay = this.#underWay
    if (underWay === undefined) return
    this.#underWay = undefined
    const { place, letterId, attempt, nodeId } = underWay.request
    this.#place = place + 1
    const name = { letterId, attempt, nodeId, atMs: this.#options.nowMs() }
    this.#options.onOutcome({ ...name, ...becomeOf(underWay) })
    this.#countOnce(underWay)
  }

  /** In books that do not hold its refusal it has come in for the first time. */
  #countOnce({ request, node, ...before }: UnderWay): void {
    const { refusedIn } = request
    if (refusedIn === undefined || !this.books.has(refusedIn)) return
    const ledger = node?.context.ledger
    if (ledger === undefined || ledger.in === before.in || before.deadLettered === 0) return
    ledger.takeBackRefusal()
  }

  /**
   * Letters of a turn: that of the record itself is what has become of it, and others came about by
   * it. All others stay as they are.
   */
  sort(letters: readonly DeadLetter[]): readonly DeadLetter[] {
    const underWay = this.#underWay
    if (underWay === undefined) return letters
    const { letterId, attempt, nodeId } = underWay.request
    return letters.flatMap((letter) => {
      if (letter.nodeId !== nodeId || underWay.cause !== undefined) {
        return [{ ...letter, resendOf: { letterId, attempt } }]
      }
      const { code, reason: message, column } = letter
      underWay.cause = { code, message, column }
      return []
    })
  }

  async #readAll(): Promise<void> {
    while (this.#again) {
      this.#again = false
      for (;;) {
        const from = (this.#prepared.at(-1)?.request.place ?? this.#lastPlace()) + 1
        const requests = await this.#options.feed.read(from)
        if (requests.length === 0) break
        for (const request of requests) this.#prepared.push(await this.#prepare(request))
        this.#options.wake()
      }
    }
    this.#reading = false
  }

  #lastPlace(): number {
    return this.#underWay?.request.place ?? this.#place - 1
  }

  async #prepare(request: ResendRequest): Promise<Prepared> {
    const { graph } = this.#options
    const node = graph.find(request.nodeId)
    const refused = (code: string, message: string) => ({
      request,
      send: () => ({ code, message }),
    })
    if (node === undefined) {
      const message = `The running pipeline has no node "${request.nodeId}". Add it, or discard the letter.`
      return refused('no-such-node', message)
    }
    const { source } = node
    if (source === undefined) return this.#prepareRow(request, node)
    const read = await source.again(request)
    if (read === undefined) {
      const message = 'The source cannot read a single record again. Bring the record to its input.'
      return refused('not-readable-again', message)
    }
    const found = read.rows.length + read.rejects.length
    if (found !== 1) {
      const message = `The text holds ${found} records and must hold one. Correct it and replay it again.`
      return refused('not-one-record', message)
    }
    return { request, send: () => source.sendAgain(read) }
  }

  #prepareRow(request: ResendRequest, node: RunningNode): Prepared {
    const { channel = -1, eventTimeMs, bytes } = request
    const schema = this.#options.graph.channelSchema(node, channel)
    const refused = (cause: RefusalCause) => ({ request, send: () => cause })
    if (schema === undefined) {
      const message = 'The node has no input any more by which the record came. Discard the letter.'
      return refused({ code: 'no-such-input', message })
    }
    if (schema.eventTime && eventTimeMs === undefined) {
      const message = 'The record has no event time, and the node needs one. Give it one.'
      return refused({ code: 'event-time-missing', message })
    }
    try {
      const row = createRowReader(schema.columns)(parseJson(bytes))
      return { request, send: () => node.runner?.sendIn(channel, row, eventTimeMs) }
    } catch (error) {
      if (!(error instanceof UnreadableValue)) throw error
      return refused(error)
    }
  }
}

function parseJson(bytes: Uint8Array): unknown {
  const text = fromUtf8(bytes)
  if (text === undefined) throw new UnreadableValue('The record is not UTF-8.', 'not-utf8')
  try {
    return JSON.parse(text)
  } catch {
    throw new UnreadableValue('The record is not JSON. Correct it and replay it again.', 'not-json')
  }
}

function becomeOf({ node, cause, ...before }: UnderWay): Pick<ResendOutcome, 'result' | 'cause'> {
  if (cause !== undefined) return { result: 'refused', cause }
  const ledger = node?.context.ledger
  if (ledger === undefined) return { result: 'passed' }
  if (ledger.deadLettered > before.deadLettered) {
    const message = 'It was refused and left by the errors port, which an edge reads.'
    return { result: 'refused', cause: { code: 'errors-port', message } }
  }
  if (ledger.late > before.late) return { result: 'late' }
  return { result: ledger.filtered > before.filtered ? 'filtered' : 'passed' }
}

/** Nothing can be sent in where nothing comes any more. */
export function inputEnded(name: string): RefusalCause {
  const message = `The input of "${name}" has ended, so nothing can be sent in there. Start the pipeline again.`
  return { code: 'input-ended', message }
}
