/**
 * Runs session windows. A record is [time, time + gap) by itself; sessions of one group that
 * overlap are one.
 *
 *     gap = 3     a..          a record at 0
 *                    b..       one at 3 touches it and begins another session
 *                  c..         one at 1 or 2 overlaps both and joins them: [0, 6)
 *
 * Each session has one timer, first for its end and then, where late records are allowed, for the
 * moment in which it takes no more. Most records make their session longer, and setting a timer for
 * each would cost more than all the rest; so the timer stays, and a session that is found to be
 * longer when it comes sets the next one. Timers come by (time, start, key), which is the order in
 * which sessions must leave.
 *
 * A session that has given a result and then becomes another one, because it grows or is joined,
 * takes its result back at once: there is no session with those bounds any more.
 */

import {
  type Batch,
  type Emit,
  type EventTimer,
  type EventTimers,
  type Handler,
  type Inputs,
  type Outputs,
  process,
  type RunContext,
  type StateTable,
} from '@millrace/engine'
import { compareKeys, EMPTY_ROW, type Key, type Row } from '@millrace/pipeline'
import { EarlyClock } from './early-clock.ts'
import { NumberSessions } from './number-sessions.ts'
import { TableSessions } from './table-sessions.ts'
import { firesOnce, type WindowConfig } from './window-config.ts'
import { type Group, WINDOW_PORTS, WindowGroups, type WindowPort } from './window-groups.ts'
import { nothingSent, type Sent, WindowResults } from './window-results.ts'
import { WindowTime } from './window-time.ts'

export function runSessions(
  gapMs: number,
  config: WindowConfig,
  inputs: Inputs<'in'>,
  context: RunContext,
): Outputs<WindowPort> {
  const settings = { ports: WINDOW_PORTS, onError: config.onError }
  const overTable = context.inputSchemas['in']?.changes !== 'append'
  return process(inputs, context, settings, (emit) => {
    if (overTable) return new TableSessions(gapMs, config, context, emit)
    const groups = new WindowGroups(config, context, emit)
    const plain = firesOnce(config) && config.time !== 'processing' && groups.keyIsValue
    const numbers = plain ? groups.inNumbers() : undefined
    return numbers === undefined
      ? new Sessions(gapMs, config, groups, context, emit)
      : new NumberSessions(gapMs, groups, numbers, context, emit)
  })
}

/** [startMs, endMs) */
export interface Session extends Group {
  startMs: number
  endMs: number
  /** Its timer stands at this time and at its start. */
  timerMs: number
  records: number
  /** The watermark has reached its last millisecond, and it has given its result. */
  fired: boolean
  /** Null where it fires once, and nothing need be remembered. */
  readonly sent: Sent | null
}

/** All sessions are in one namespace: each ends at a time of its own. */
const ALL = 0

class Sessions implements Handler {
  readonly #gapMs: number
  readonly #config: WindowConfig
  readonly #context: RunContext
  readonly #emit: Emit<WindowPort>
  readonly #groups: WindowGroups
  readonly #results: WindowResults
  readonly #once: boolean
  /** By key, in the order of time. They do not overlap, and there is at least one. */
  readonly #table: StateTable<Session[]>
  readonly #timers: EventTimers
  readonly #early: EarlyClock
  /** The keys with records since the last early results. */
  readonly #changed: StateTable<true>
  readonly #time: WindowTime

  constructor(
    gapMs: number,
    config: WindowConfig,
    groups: WindowGroups,
    context: RunContext,
    emit: Emit<WindowPort>,
  ) {
    const { state } = context
    this.#gapMs = gapMs
    this.#config = config
    this.#context = context
    this.#emit = emit
    this.#groups = groups
    this.#results = new WindowResults(config, this.#groups, emit)
    this.#once = firesOnce(config)
    this.#table = state.table('sessions')
    this.#timers = state.timers('ends')
    this.#early = new EarlyClock(config.early?.every, context)
    this.#changed = state.table('changed')
    this.#time = new WindowTime(config, context)
  }

  rows(input: number, { rows, times }: Batch, from: number, to: number): void {
    const groups = this.#groups
    const gapMs = this.#gapMs
    const { byClock } = this.#time
    const nowMs = this.#time.arrivalMs()
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      const timeMs = byClock ? nowMs : (times?.[index] ?? 0)
      const key = groups.readKey(row)
      const open = this.#table.change(ALL, key)
      const place = open === undefined ? 0 : placeOf(open, timeMs)
      const session = open?.[place]
      if (open === undefined || session === undefined || session.startMs >= timeMs + gapMs) {
        this.#begin(open, place, key, input, row, timeMs)
      } else if (groups.add(session, input, row, timeMs)) {
        session.records++
        this.#context.ledger.held++
        // Inside it, most records change nothing about where a session lies.
        if (timeMs < session.startMs || timeMs + gapMs > session.endMs) {
          this.#extend(open, place, session, key, timeMs)
        }
        if (session.sent !== null) this.#added(session, session.sent, key)
      }
    }
  }

  watermark(watermarkMs: number): Iterator<unknown> | undefined {
    if (!this.#time.counts(watermarkMs)) return undefined
    return this.#timers.nextMs() <= watermarkMs ? this.#fireDue(watermarkMs) : undefined
  }

  nextProcessingMs(): number {
    const earlyMs = this.#early.dueMs()
    return this.#time.byClock ? Math.min(this.#timers.nextMs() + 1, earlyMs) : earlyMs
  }

  *processingTime(nowMs: number): Generator<void, void> {
    const dueMs = this.#time.dueMs(nowMs)
    if (this.#time.byClock && this.#timers.nextMs() <= dueMs) {
      yield* this.#fireDue(dueMs)
      this.#time.passed(dueMs)
      this.#emit.watermark(dueMs)
    }
    if (this.#early.dueMs() > nowMs) return
    yield* this.#fireEarly()
    this.#early.done()
  }

  outgoingWatermark(watermarkMs: number): number {
    return this.#time.outgoing(watermarkMs)
  }

  /** The record overlaps no session: it is late by itself, or begins one. */
  #begin(
    open: Session[] | undefined,
    place: number,
    key: Key,
    input: number,
    row: Row,
    timeMs: number,
  ): void {
    const { ledger } = this.#context
    const endMs = timeMs + this.#gapMs
    if (endMs - 1 + this.#config.allowedLateness <= this.#time.closedMs()) {
      ledger.late++
      this.#emit.out.late.emit(row, timeMs)
      return
    }
    const group = this.#groups.begin(row)
    if (!this.#groups.add(group, input, row, timeMs)) return
    const { values, accumulator } = group
    const sent = this.#once ? null : nothingSent()
    // Written out, since an object that is made of another one keeps its properties apart.
    const session: Session = {
      values,
      accumulator,
      startMs: timeMs,
      endMs,
      timerMs: endMs - 1,
      records: 1,
      fired: false,
      sent,
    }
    if (open === undefined) this.#table.put(ALL, key, [session])
    else open.splice(place, 0, session)
    this.#timers.set(session.timerMs, session.startMs, key)
    ledger.held++
    if (sent !== null) this.#added(session, sent, key)
  }

  /**
   * The record at `timeMs` is in the session, which may now reach the next one. It reaches no
   * other: a record is as long as the gap, and so is the shortest session in between. The one
   * before ends at or before it.
   */
  #extend(open: Session[], place: number, session: Session, key: Key, timeMs: number): void {
    const endMs = timeMs + this.#gapMs
    const { sent } = session
    if (sent !== null) this.#results.takeBack(sent)
    const next = open[place + 1]
    if (next !== undefined && next.startMs < endMs) {
      if (sent !== null && next.sent !== null) {
        this.#results.takeBack(next.sent)
        sent.added += next.sent.added
      }
      this.#groups.merge(session, next)
      session.records += next.records
      session.endMs = next.endMs
      open.splice(place + 1, 1)
    } else if (endMs > session.endMs) session.endMs = endMs
    if (timeMs < session.startMs) {
      session.startMs = timeMs
      this.#setTimer(session, this.#dueMs(session), key)
    }
  }

  /** The session has another record, and may give another result. */
  #added(session: Session, sent: Sent, key: Key): void {
    sent.added++
    if (session.endMs - 1 <= this.#time.closedMs()) {
      this.#send(session, sent)
      session.fired = true
      return
    }
    session.fired = false
    // It had fired, and has been made longer.
    if (session.timerMs > session.endMs - 1) this.#setTimer(session, session.endMs - 1, key)
    const { early } = this.#config
    if (early?.count !== undefined && sent.added >= early.count) this.#send(session, sent)
    if (early?.every !== undefined) {
      this.#changed.put(ALL, key, true)
      this.#early.ask()
    }
  }

  #send(session: Session, sent: Sent): void {
    if (sent.added > 0 || this.#config.accumulation !== 'discarding') {
      this.#results.send(sent, session, session.startMs, session.endMs)
    }
    sent.added = 0
    if (this.#config.accumulation === 'discarding') this.#groups.clear(session)
  }

  *#fireDue(watermarkMs: number): Generator<void, void> {
    let timer = this.#timers.takeDue(watermarkMs)
    for (; timer !== undefined; timer = this.#timers.takeDue(watermarkMs)) {
      this.#fire(timer)
      yield
    }
  }

  /** When something is to happen to the session: its end, and then that nothing can happen more. */
  #dueMs({ endMs, fired }: Session): number {
    return endMs - 1 + (fired ? this.#config.allowedLateness : 0)
  }

  #fire({ timeMs, namespace, key }: EventTimer): void {
    const open = this.#table.change(ALL, key) ?? []
    const place = open.findIndex(
      ({ startMs, timerMs }) => startMs === namespace && timerMs === timeMs,
    )
    const session = open[place]
    // It was merged into another one, or has begun earlier since.
    if (session === undefined) return
    if (this.#dueMs(session) > timeMs) {
      this.#setTimer(session, this.#dueMs(session), key)
      return
    }
    if (!session.fired) {
      if (session.sent === null) this.#groups.fire(session, session.startMs, session.endMs)
      else this.#send(session, session.sent)
      session.fired = true
      if (this.#config.allowedLateness > 0) {
        this.#setTimer(session, this.#dueMs(session), key)
        return
      }
    }
    this.#context.ledger.release('absorbed', session.records)
    if (open.length === 1) this.#table.delete(ALL, key)
    else open.splice(place, 1)
  }

  /** The results of all groups that have changed, of the sessions that have not fired. */
  *#fireEarly(): Generator<void, void> {
    const due: { readonly key: Key; readonly session: Session; readonly sent: Sent }[] = []
    for (const key of this.#changed.keys(ALL)) {
      for (const session of this.#table.change(ALL, key) ?? []) {
        const { fired, sent } = session
        if (!fired && sent !== null && sent.added > 0) due.push({ key, session, sent })
      }
      yield
    }
    due.sort(
      (a, b) =>
        a.session.endMs - b.session.endMs ||
        a.session.startMs - b.session.startMs ||
        compareKeys(a.key, b.key),
    )
    for (const { session, sent } of due) {
      this.#send(session, sent)
      yield
    }
    this.#changed.drop(ALL)
  }

  #setTimer(session: Session, timeMs: number, key: Key): void {
    session.timerMs = timeMs
    this.#timers.set(timeMs, session.startMs, key)
  }
}

/** As below, at once for most groups, which have one session. */
function placeOf(sessions: readonly Session[], timeMs: number): number {
  const only = sessions[0]
  if (sessions.length === 1 && only !== undefined) return only.endMs > timeMs ? 0 : 1
  return firstEndingAfter(sessions, timeMs)
}

/** The index of the first session that ends after this time. */
function firstEndingAfter(sessions: readonly Session[], timeMs: number): number {
  let low = 0
  let high = sessions.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sessions[middle]?.endMs ?? 0) <= timeMs) low = middle + 1
    else high = middle
  }
  return low
}
