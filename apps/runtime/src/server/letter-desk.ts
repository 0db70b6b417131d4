/**
 * What can be done with dead letters over the API. What jobs tell of them is read from the log and
 * put into the store; what they are to try again is written to the log, before anybody is told.
 */

import { DiskError, type Env, type JobMeta, TopicFailure, type Topics } from '@millrace/engine'
import type { wire } from '@millrace/pipeline'
import { beginningText } from '../letters/beginning.ts'
import {
  decodeEvent,
  encodeRequest,
  jobOfResends,
  LETTER_RECORD_BYTES_MAX,
  LETTERS_TOPIC,
  resendTopic,
  type WrittenRequest,
} from '../letters/letter-events.ts'
import { findFault } from '../letters/letter-fault.ts'
import { savedLine } from '../letters/letter-writer.ts'
import { lettersSince } from '../letters/letters-since.ts'
import { firstOf, refusedAs, type StoredLetter } from '../storage/letter-rows.ts'
import { searchLetters } from '../storage/letter-search.ts'
import type { LetterStore } from '../storage/letter-store.ts'
import { Refusal } from '../supervision/refusal.ts'
import type { Supervisor } from '../supervision/supervisor.ts'
import { toBytes, toWireText } from '../topic-wire.ts'
import { LetterNews } from './letter-news.ts'
import type { RouteHandlers } from './route-handlers.ts'

export interface LetterDeskOptions {
  readonly env: Pick<Env, 'clock' | 'timers'>
  readonly store: LetterStore
  readonly topics: Topics
  readonly supervisor: Pick<Supervisor, 'statuses' | 'ask'>
  readonly jobs: { get(jobId: string): Promise<wire.JobStatus | undefined> }
  /** Refuses what is no pipeline. */
  readonly pipelines: { get(pipelineId: string): Promise<unknown> }
  /** Resolves when it lasts which jobs have ended so far. */
  endsWritten(): Promise<void>
  changed(changed: wire.LettersChanged): void
  /** What is our bug, or the disk's. */
  onFault(error: unknown): void
}

const READ_BYTES = 4 * 1024 * 1024
/** Of many, so many are changed, sent in or told at once, and no more than that of bytes. */
const LETTERS_AT_ONCE = 500
const BYTES_AT_ONCE = 8 * 1024 * 1024
const KEEP_TOLD_BYTES = 64 * 1024 * 1024
/** What the log has not taken is written again after so long. */
const WRITE_AGAIN_MS = 1000

export class LetterDesk {
  readonly #options: LetterDeskOptions
  readonly #pipelines = new Map<string, string | undefined>()
  readonly #news: LetterNews
  #stopListening: () => void = () => {}
  #reading: Promise<void> = Promise.resolve()
  /** Jobs for which something is to be written again, with what puts an end to waiting. */
  readonly #later = new Map<string, () => void>()
  #closed = false

  constructor(options: LetterDeskOptions) {
    this.#options = options
    const { env, store } = options
    this.#news = new LetterNews(env.timers, (pipelineId) => {
      options.changed({ pipelineId, books: store.books(pipelineId) })
    })
  }

  /** What becomes of letters where a job goes on from this checkpoint, in sentences. */
  async backTo(pipelineId: string, meta: JobMeta): Promise<readonly string[]> {
    const saved = savedLine(meta)
    if (saved === undefined) return []
    await this.caughtUp()
    return lettersSince(this.#options.store.wouldMove(pipelineId, saved))
  }

  /** Before jobs are started. */
  async open(): Promise<void> {
    const { topics } = this.#options
    await topics
      .create(LETTERS_TOPIC, {
        recordBytesMax: LETTER_RECORD_BYTES_MAX,
        retentionBytes: KEEP_TOLD_BYTES,
      })
      .catch(isThere)
    this.#stopListening = topics.onAppended(LETTERS_TOPIC, () => this.#readSoon())
    await this.caughtUp()
  }

  async close(): Promise<void> {
    this.#stopListening()
    this.#closed = true
    for (const cancel of this.#later.values()) cancel()
    this.#news.close()
    await this.#reading
    this.#options.store.close()
  }

  /** After jobs that ran before have been started again: others say no more what has become. */
  async begin(): Promise<void> {
    await this.caughtUp()
    const { store } = this.#options
    for (const jobId of store.jobsSentTo()) {
      if (this.#running(jobId)) await this.#sendOff(jobId, store.sentTo(jobId))
      else await this.#reopen(jobId)
    }
    await this.#removeLeft()
  }

  /** What jobs were sent that had ended when the process was killed. */
  async #removeLeft(): Promise<void> {
    const { topics } = this.#options
    for (const { topic } of await topics.list()) {
      const jobId = jobOfResends(topic)
      if (jobId === undefined || this.#running(jobId)) continue
      await topics.remove(topic).catch(isGone)
    }
  }

  /** What its last checkpoint told is in the log by now. */
  async jobEnded(jobId: string): Promise<void> {
    await this.caughtUp()
    if (this.#closed) return
    await this.#reopen(jobId)
    // One that is not known to have ended runs again, and reads on where it was.
    await this.#options.endsWritten()
    await this.#options.topics.remove(resendTopic(jobId)).catch(isGone)
  }

  async #reopen(jobId: string): Promise<void> {
    this.#options.store.reopen(jobId)
    await this.#learn(jobId)
    const pipelineId = this.#pipelines.get(jobId)
    if (pipelineId !== undefined) this.#news.changed([pipelineId])
  }

  /** When its jobs have ended: what they told last is in the log, and is put in the store first. */
  async forgetPipeline(pipelineId: string): Promise<void> {
    await this.caughtUp()
    if (!this.#closed) this.#options.store.forget(pipelineId)
  }

  /** Resolves when everything is in the store that the log had. */
  caughtUp(): Promise<void> {
    this.#readSoon()
    return this.#reading
  }

  readonly handlers = {
    listLetterGroups: async ({ params: { id } }) => {
      await this.#options.pipelines.get(id)
      await this.caughtUp()
      const { store } = this.#options
      return { groups: [...store.groups(id)], books: store.books(id) }
    },
    listLetters: async ({ params: { id: pipelineId }, query }) => {
      await this.#options.pipelines.get(pipelineId)
      const { state, search, ...rest } = query
      const states = state?.split(',') as wire.LetterState[] | undefined
      const { store } = this.#options
      if (search !== undefined) {
        const { letters, next } = searchLetters(store, { pipelineId, states, search, ...rest })
        return { letters: letters.map(toSummary), ...(next === undefined ? {} : { next }) }
      }
      const letters = store.list({ pipelineId, states, ...rest })
      const last = letters.at(-1)
      const more = letters.length === query.limit && last !== undefined
      return { letters: letters.map(toSummary), ...(more ? { next: last.seq } : {}) }
    },
    getLetter: ({ params: { id, letter } }) => {
      const found = this.#find(id, letter)
      return { ...inFull(found), followers: this.#options.store.followers(letter).map(toSummary) }
    },
    exportLetters: async ({ params: { id: pipelineId }, query }) => {
      const { store, pipelines } = this.#options
      await pipelines.get(pipelineId)
      const names = store.names({ pipelineId, ...query, limit: LETTERS_AT_ONCE })
      const some = firstOf(names, BYTES_AT_ONCE)
      const last = some.at(-1)
      const more = names.length === LETTERS_AT_ONCE || some.length < names.length
      const letters = some.flatMap(({ id }) => store.find(pipelineId, id) ?? [])
      return { letters: letters.map(inFull), ...(more && last ? { next: last.seq } : {}) }
    },
    replayLetter: async ({ params: { id, letter }, body }) => {
      const found = this.#find(id, letter)
      if (found.state !== 'open') throw notOpen(found)
      if (!isReplayable(found)) throw notReplayable()
      const edited = body.raw === undefined ? undefined : toBytes(body.raw)
      if (found.detail.truncated === true && edited === undefined) throw onlyBeginning()
      const jobId = this.#runningJob(id)
      const request = this.#options.store.send(letter, jobId, edited, body.eventTimeMs)
      if (request === undefined) throw notOpen(this.#find(id, letter))
      this.#news.changed([id])
      await this.#sendOff(jobId, [request])
      return toSummary(this.#find(id, letter))
    },
    replayLetters: async ({ params: { id }, body }) => {
      const { store, pipelines } = this.#options
      await pipelines.get(id)
      const jobId = this.#runningJob(id)
      let sent = 0
      for (const letters of this.#chosen(id, body, 'open')) {
        const fit = letters.filter((letter) => {
          const found = store.find(id, letter)
          return found !== undefined && isReplayable(found) && found.detail.truncated !== true
        })
        const requests = store.sendAll(fit, jobId)
        this.#news.changed([id])
        await this.#sendOff(jobId, requests)
        sent += requests.length
      }
      return { sent }
    },
    discardLetters: async ({ params: { id }, body }) => {
      const { store, env } = this.#options
      const discarded = await this.#changeEach(id, body, 'open', (ids) =>
        store.discard(id, ids, env.clock.nowMs()),
      )
      return { discarded }
    },
    restoreLetters: async ({ params: { id }, body }) => {
      const { store } = this.#options
      const restored = await this.#changeEach(id, body, 'discarded', (ids) =>
        store.restore(id, ids, body.letters !== undefined),
      )
      return { restored }
    },
  } satisfies Partial<RouteHandlers>

  #find(pipelineId: string, letter: string): StoredLetter {
    const found = this.#options.store.find(pipelineId, letter)
    if (found !== undefined) return found
    const message = 'There is no such dead letter: it was discarded, or is not kept any more.'
    throw new Refusal('not-found', 'no-such-letter', message)
  }

  /** Others have their turn in between: there may be very many. */
  async #changeEach(
    pipelineId: string,
    chosen: wire.LettersChosen,
    state: wire.LetterState,
    change: (ids: readonly string[]) => number,
  ): Promise<number> {
    await this.#options.pipelines.get(pipelineId)
    let count = 0
    for (const letters of this.#chosen(pipelineId, chosen, state)) {
      count += change(letters)
      this.#news.changed([pipelineId])
      await new Promise<void>((resolve) => this.#options.env.timers.yield(resolve))
    }
    return count
  }

  /** Their names, some at a time, the oldest first. */
  *#chosen(
    pipelineId: string,
    { letters, group, all }: wire.LettersChosen,
    state: wire.LetterState,
  ): Generator<readonly string[], void> {
    if (letters !== undefined) {
      for (let at = 0; at < letters.length; at += LETTERS_AT_ONCE) {
        yield letters.slice(at, at + LETTERS_AT_ONCE)
      }
      return
    }
    if (group === undefined && all !== true) {
      const message = 'Name the letters, or the group they are of, or say that all are meant.'
      throw new Refusal('bad-request', 'no-letters-named', message)
    }
    for (let after = 0; ; ) {
      const query = { pipelineId, group, states: [state], after, limit: LETTERS_AT_ONCE }
      const found = firstOf(this.#options.store.names(query), BYTES_AT_ONCE)
      const last = found.at(-1)
      if (last === undefined) return
      after = last.seq
      yield found.map(({ id }) => id)
    }
  }

  #running(jobId: string): boolean {
    const statuses = this.#options.supervisor.statuses()
    return statuses.some((status) => status.jobId === jobId && status.endedAtMs === null)
  }

  #runningJob(pipelineId: string): string {
    const statuses = this.#options.supervisor.statuses()
    const job = statuses.find((one) => one.pipelineId === pipelineId && one.endedAtMs === null)
    if (job !== undefined) return job.jobId
    const message = 'The pipeline does not run, so nothing can be sent in again. Start it first.'
    throw new Refusal('conflict', 'pipeline-not-running', message)
  }

  /** What the log does not take now, it is given later: it is noted already, and counts once. */
  async #sendOff(jobId: string, requests: readonly WrittenRequest[]): Promise<void> {
    if (requests.length === 0) return
    try {
      await this.#write(jobId, requests)
    } catch (error) {
      this.#writeLater(jobId, error)
      return
    }
    this.#tell(jobId)
  }

  /** A log that has stopped takes nothing before the next start, at which all is written again. */
  #writeLater(jobId: string, error: unknown): void {
    const isStopped = error instanceof TopicFailure && error.code === 'stopped'
    if (isStopped || !(error instanceof TopicFailure || error instanceof DiskError)) throw error
    const { env, store, onFault } = this.#options
    if (this.#closed || this.#later.has(jobId)) return
    const cancel = env.timers.after(WRITE_AGAIN_MS, () => {
      this.#later.delete(jobId)
      // One that has ended meanwhile has given them back.
      if (!this.#closed) this.#sendOff(jobId, store.sentTo(jobId)).catch(onFault)
    })
    this.#later.set(jobId, cancel)
  }

  /** Each once, however often it is written: the log knows the newest by their keys. */
  async #write(jobId: string, requests: readonly WrittenRequest[]): Promise<void> {
    const { topics, env } = this.#options
    const topic = resendTopic(jobId)
    await topics.create(topic, { recordBytesMax: LETTER_RECORD_BYTES_MAX }).catch(isThere)
    const timestampMs = env.clock.nowMs()
    await Promise.all(
      requests.map((request) => {
        const record = { key: null, value: encodeRequest(request), timestampMs }
        const idempotencyKey = `${request.letterId.slice(-100)}#${request.attempt}`
        return topics.append(topic, [record], { idempotencyKey })
      }),
    )
  }

  /** A job that is being started again looks by itself. */
  #tell(jobId: string): void {
    this.#options.supervisor.ask(jobId, 'resendLetters', { jobId }).catch((error: unknown) => {
      if (!(error instanceof Refusal)) this.#options.onFault(error)
    })
  }

  #readSoon(): void {
    this.#reading = this.#reading.then(async () => {
      if (!this.#closed) await this.#readOn()
    })
    this.#reading = this.#reading.catch((error: unknown) => {
      if (!this.#closed) this.#options.onFault(error)
    })
  }

  async #readOn(): Promise<void> {
    const { topics, store, env } = this.#options
    for (;;) {
      const [{ startOffset = 0 } = {}] = await topics.offsets(LETTERS_TOPIC)
      // Somebody has moved the store away: what is left in the log is read again.
      const from = Math.max(store.place, startOffset)
      const { records, nextOffset, endOffset } = await topics.read(
        ...([LETTERS_TOPIC, 0, from, READ_BYTES] as const),
      )
      if (nextOffset === from && records.length === 0) return
      const events = records.map(({ value }) => decodeEvent(value ?? new Uint8Array(0)))
      for (const { jobId } of events) await this.#learn(jobId)
      const pipelineOf = (jobId: string) => this.#pipelines.get(jobId)
      this.#news.changed(store.apply(events, nextOffset, pipelineOf, env.clock.nowMs()))
      if (nextOffset >= endOffset) return
    }
  }

  async #learn(jobId: string): Promise<void> {
    if (this.#pipelines.has(jobId)) return
    const { supervisor, jobs } = this.#options
    const running = supervisor.statuses().find((status) => status.jobId === jobId)
    this.#pipelines.set(jobId, (running ?? (await jobs.get(jobId)))?.pipelineId)
  }
}

function isThere(error: unknown): void {
  if (!(error instanceof TopicFailure) || error.code !== 'topic-exists') throw error
}

function isGone(error: unknown): void {
  if (!(error instanceof TopicFailure) || error.code !== 'unknown-topic') throw error
}

/** A row that came in by a channel, or what a source read. */
function isReplayable({ detail: { channel, line, place } }: StoredLetter): boolean {
  return channel !== undefined || line !== null || place !== undefined
}

function notOpen({ state }: StoredLetter): Refusal {
  const message =
    state === 'sent'
      ? 'The letter has been sent in already, and the job has not come to it yet. Wait for it.'
      : 'The letter has been sent in and was accepted, so it counts already.'
  return new Refusal('conflict', 'letter-not-open', message)
}

function notReplayable(): Refusal {
  const message =
    'What was refused here is a result, and the records it was made of were used. Correct the node and run ' +
    'the pipeline over its input again.'
  return new Refusal('conflict', 'letter-not-replayable', message)
}

function onlyBeginning(): Refusal {
  const message = 'Only the beginning of the record was kept. Write it in full, and replay that.'
  return new Refusal('conflict', 'letter-truncated', message)
}

function toSummary(letter: StoredLetter): wire.LetterSummary {
  const { id, group, jobId, state, attempts, result, resendOf, bytes, detail } = letter
  const { nodeId, operator, refusedAtMs, eventTimeMs } = detail
  const { text, code, reason: message, column } = refusedAs(letter)
  const { file, topic, partition, offset } = detail.place ?? {}
  return {
    ...{ letter: id, group, jobId, nodeId, operator, state, code, message, refusedAtMs, bytes },
    ...{ attempts, truncated: detail.truncated === true, replayable: isReplayable(letter) },
    beginning: beginningText(text),
    ...(letter.goneBack ? { goneBack: true } : {}),
    ...(letter.givenBack ? { givenBack: true } : {}),
    ...defined({ column, eventTimeMs, file, topic, partition, offset, result, resendOf }),
    ...(topic === undefined && detail.line !== null ? { line: detail.line } : {}),
    ...(topic === undefined && detail.offsetBytes !== null
      ? { offsetBytes: detail.offsetBytes }
      : {}),
  }
}

function inFull(letter: StoredLetter) {
  const { raw, edited } = letter
  const { text, code, reason: message, column } = refusedAs(letter)
  // As it was corrected it was accepted.
  const isCorrect = letter.givenBack && edited !== undefined
  const fault = isCorrect ? undefined : findFault(text, { code, message, column })
  return {
    ...toSummary(letter),
    raw: toWireText(raw),
    ...(edited === undefined ? {} : { edited: toWireText(edited) }),
    ...(fault === undefined ? {} : { fault: { ...fault } }),
  }
}

/** Without what is undefined. */
function defined<T extends object>(fields: T): { [name in keyof T]?: Exclude<T[name], undefined> } {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(known) as { [name in keyof T]?: Exclude<T[name], undefined> }
}
