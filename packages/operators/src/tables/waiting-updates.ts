/**
 * The updates of a table, each held back for a while. A row waits from its first change on; the
 * changes that come meanwhile take its place, and not its time.
 */

import {
  type Batch,
  type EventTimers,
  type Handler,
  JobFailed,
  type OutputPort,
  type RunContext,
  type StateTable,
  type StateValue,
  shownNotes,
} from '@millrace/engine'
import { compareRows, EMPTY_ROW, type Key, type Row } from '@millrace/pipeline'
import { StateLifetime } from '../state-lifetime.ts'
import type { Kept } from './latest-rows.ts'
import { keyReader } from './to-table.ts'

export interface WaitingSettings {
  readonly delayMs: number
  /** How many rows may wait. */
  readonly limit: number
  /** Whether rows leave early beyond the limit; otherwise the job fails. */
  readonly emitsEarly: boolean
  readonly timeToLiveMs: number | undefined
}

interface Entry {
  /** As it left last; null where it is not in the table that left. */
  shown: Kept | null
  /** As it is now; null where it has been deleted. */
  now: Kept | null
  /** The time of the first change that waits; null where none does. */
  sinceMs: number | null
}

/** All rows are in one namespace. */
const ALL = 0
/**
 * By the clock, rows that begin to wait at one reading of it are told apart by parts of a
 * millisecond, so that they leave as they came, however many a batch brings. A number of today has
 * room for them.
 */
const STEP_MS = 2 ** -11
/** So far ahead of the clock they may be by then. */
const STEPS_MS_MAX = 1000

export class WaitingUpdates implements Handler {
  readonly #settings: WaitingSettings
  readonly #out: OutputPort
  readonly #context: RunContext
  /** Whether the time that passes is event time. */
  readonly #timed: boolean
  readonly #readKey: (row: Row) => Key
  readonly #entries: StateTable<Entry>
  readonly #timers: EventTimers
  readonly #waiting: StateValue<number>
  /** Since when the one waits that has begun last, by the clock. */
  readonly #latestMs: StateValue<number>
  readonly #lifetime: StateLifetime

  constructor(settings: WaitingSettings, out: OutputPort, context: RunContext) {
    const input = context.inputSchemas.in
    if (input === undefined) throw new Error('A suppress has an input "in".')
    this.#settings = settings
    this.#out = out
    this.#context = context
    this.#timed = input.eventTime
    this.#readKey = keyReader(input.key ?? [], input)
    this.#entries = context.state.table('entries')
    context.state.showAs((value) => (isEntry(value) ? shownNotes(value) : value))
    this.#timers = context.state.timers('waiting')
    this.#waiting = context.state.value('waiting', 0)
    this.#latestMs = context.state.value('latest', 0)
    this.#lifetime = new StateLifetime(context, settings.timeToLiveMs)
  }

  rows(_input: number, { rows, times, changes }: Batch, from: number, to: number): void {
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      const change = changes?.[index]
      // What it is replaced by comes next, under the same key.
      if (change === '-U') this.#context.ledger.absorbed++
      else this.#change(row, times?.[index] ?? 0, change === '-D')
    }
  }

  watermark(watermarkMs: number): Iterator<unknown> | undefined {
    if (!this.#timed && watermarkMs !== Number.POSITIVE_INFINITY) return undefined
    return this.#timers.nextMs() <= watermarkMs ? this.#leave(watermarkMs) : undefined
  }

  outgoingWatermark(watermarkMs: number): number {
    return this.#timed ? watermarkMs - this.#settings.delayMs : watermarkMs
  }

  nextProcessingMs(): number {
    const waitingMs = this.#timed ? Number.POSITIVE_INFINITY : Math.floor(this.#timers.nextMs())
    return Math.min(waitingMs, this.#lifetime.nextMs())
  }

  *processingTime(nowMs: number): Generator<void, void> {
    if (!this.#timed) yield* this.#leave(nowMs + 1 - STEP_MS)
    yield* this.#lifetime.expire(nowMs, (namespace, key) => {
      const entry = this.#entries.change(namespace, key)
      if (entry?.sinceMs === null) this.#entries.delete(namespace, key)
      else if (entry !== undefined) entry.shown = null
    })
  }

  #change(row: Row, timeMs: number, deletes: boolean): void {
    const { ledger } = this.#context
    const key = this.#readKey(row)
    let entry = this.#entries.change(ALL, key)
    if (entry !== undefined && entry.shown !== null && this.#lifetime.hasExpired(ALL, key)) {
      entry.shown = null
    }
    if (entry === undefined) {
      if (deletes) {
        ledger.dropped++
        return
      }
      entry = { shown: null, now: null, sinceMs: null }
    }
    const waited = entry.sinceMs !== null
    if (waited) ledger.release('absorbed', 1)
    ledger.held++
    entry.now = deletes ? null : { row, timeMs }
    this.#entries.put(ALL, key, entry)
    this.#lifetime.written(ALL, key)
    if (!waited) this.#wait(key, entry, this.#timed ? timeMs : this.#nextSinceMs())
  }

  #nextSinceMs(): number {
    const nowMs = this.#context.nowMs()
    const latestMs = this.#latestMs.get()
    const isSame = latestMs >= nowMs && latestMs < nowMs + STEPS_MS_MAX
    const sinceMs = isSame ? latestMs + STEP_MS : nowMs
    this.#latestMs.set(sinceMs)
    return sinceMs
  }

  #wait(key: Key, entry: Entry, sinceMs: number): void {
    entry.sinceMs = sinceMs
    this.#waiting.set(this.#waiting.get() + 1)
    // What has left is the watermark less the delay.
    if (this.#timed && sinceMs - 1 <= this.#context.progress.watermarkMs) {
      this.#show(key, entry)
      return
    }
    this.#timers.set(this.#dueMs(sinceMs), ALL, key)
    const { limit, emitsEarly } = this.#settings
    if (this.#waiting.get() <= limit) return
    if (!emitsEarly) throw this.#full()
    this.#showFirst()
  }

  #dueMs(sinceMs: number): number {
    return sinceMs + this.#settings.delayMs - (this.#timed ? 1 : 0)
  }

  *#leave(untilMs: number): Generator<void, void> {
    for (;;) {
      const timer = this.#timers.takeDue(untilMs)
      if (timer === undefined) return
      this.#showAt(timer.timeMs, timer.key)
      yield
    }
  }

  /** The one that has waited longest; by event time, of those alike the one with the lowest key. */
  #showFirst(): void {
    for (;;) {
      const timer = this.#timers.takeDue(Number.POSITIVE_INFINITY)
      if (timer === undefined || this.#showAt(timer.timeMs, timer.key)) return
    }
  }

  /** False for a timer of a wait that is over. */
  #showAt(timeMs: number, key: Key): boolean {
    const entry = this.#entries.change(ALL, key)
    if (entry === undefined || entry.sinceMs === null) return false
    if (this.#dueMs(entry.sinceMs) !== timeMs) return false
    this.#show(key, entry)
    return true
  }

  #show(key: Key, entry: Entry): void {
    const { shown, now } = entry
    const same = shown !== null && now !== null && compareRows(shown.row, now.row) === 0
    const nothing = shown === null && now === null
    if (!nothing && (!same || this.#lifetime.on)) this.#emit(shown, now)
    this.#context.ledger.release(nothing || same ? 'absorbed' : 'passed', 1)
    this.#waiting.set(this.#waiting.get() - 1)
    entry.sinceMs = null
    entry.shown = now
    if (now === null) this.#entries.delete(ALL, key)
  }

  #emit(shown: Kept | null, now: Kept | null): void {
    const out = this.#out
    if (now === null) {
      if (shown !== null) out.emitChange('-D', shown.row, shown.timeMs)
      return
    }
    if (shown !== null) out.emitChange('-U', shown.row, shown.timeMs)
    out.emitChange(shown === null ? '+I' : '+U', now.row, now.timeMs)
  }

  #full(): JobFailed {
    const { limit } = this.#settings
    return new JobFailed({
      domain: 'user',
      retry: false,
      message:
        `Node "${this.#context.nodeId}" holds back ${this.#waiting.get()} rows, and its limit is ${limit}. Raise the ` +
        'limit, choose a shorter duration, or set "whenFull" to "emit".',
    })
  }
}

function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && 'now' in value && 'sinceMs' in value
}
