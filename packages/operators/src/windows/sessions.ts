/**
 * Runs session windows. A record is [time, time + gap) by itself; sessions of one group that
 * overlap are one.
 *
 *     gap = 3     a..          a record at 0
 *                    b..       one at 3 touches it and begins another session
 *                  c..         one at 1 or 2 overlaps both and joins them: [0, 6)
 *
 * Each session has one timer. Most records make their session longer, and setting a timer for each
 * would cost more than all the rest; so the timer stays, and a session that is found to be longer
 * when it comes sets the next one. Timers come by (time, start, key), which is the order in which
 * sessions must leave.
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
import { EMPTY_ROW, type Key, type Row } from '@millrace/pipeline'
import type { WindowConfig } from './window-config.ts'
import { type Group, WINDOW_PORTS, WindowGroups, type WindowPort } from './window-groups.ts'

export function runSessions(
  gapMs: number,
  config: WindowConfig,
  inputs: Inputs<'in'>,
  context: RunContext,
): Outputs<WindowPort> {
  const settings = { ports: WINDOW_PORTS, onError: config.onError }
  return process(inputs, context, settings, (emit) => new Sessions(gapMs, config, context, emit))
}

/** [startMs, endMs), where no watermark has reached its last millisecond. */
export interface Session extends Group {
  startMs: number
  endMs: number
  /** Its timer stands at this time and at its start; never behind its last millisecond. */
  timerMs: number
  records: number
}

/** All sessions are in one namespace: each ends at a time of its own. */
const ALL = 0

class Sessions implements Handler {
  readonly #gapMs: number
  readonly #context: RunContext
  readonly #emit: Emit<WindowPort>
  readonly #groups: WindowGroups
  /** By key, in the order of time. They do not overlap, and there is at least one. */
  readonly #table: StateTable<Session[]>
  readonly #timers: EventTimers

  constructor(gapMs: number, config: WindowConfig, context: RunContext, emit: Emit<WindowPort>) {
    this.#gapMs = gapMs
    this.#context = context
    this.#emit = emit
    this.#groups = new WindowGroups(config, context, emit)
    this.#table = context.state.table('sessions')
    this.#timers = context.state.timers('ends')
  }

  rows(input: number, { rows, times }: Batch, from: number, to: number): void {
    const groups = this.#groups
    const gapMs = this.#gapMs
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      const timeMs = times?.[index] ?? 0
      const key = groups.readKey(row)
      const open = this.#table.change(ALL, key)
      const place = open === undefined ? 0 : firstEndingAfter(open, timeMs)
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
      }
    }
  }

  watermark(watermarkMs: number): Iterator<unknown> | undefined {
    return this.#timers.nextMs() <= watermarkMs ? this.#fireDue(watermarkMs) : undefined
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
    const { ledger, progress } = this.#context
    const endMs = timeMs + this.#gapMs
    if (endMs - 1 <= progress.watermarkMs) {
      ledger.late++
      this.#emit.out.late.emit(row, timeMs)
      return
    }
    const group = this.#groups.begin(row)
    if (!this.#groups.add(group, input, row, timeMs)) return
    const { values, accumulator } = group
    const session = { values, accumulator, startMs: timeMs, endMs, timerMs: endMs - 1, records: 1 }
    if (open === undefined) this.#table.put(ALL, key, [session])
    else open.splice(place, 0, session)
    this.#timers.set(session.timerMs, session.startMs, key)
    ledger.held++
  }

  /**
   * The record at `timeMs` is in the session, which may now reach the next one. It reaches no
   * other: a record is as long as the gap, and so is the shortest session in between. The one
   * before ends at or before it.
   */
  #extend(open: Session[], place: number, session: Session, key: Key, timeMs: number): void {
    const endMs = timeMs + this.#gapMs
    const next = open[place + 1]
    if (next !== undefined && next.startMs < endMs) {
      this.#groups.merge(session, next)
      session.records += next.records
      session.endMs = next.endMs
      open.splice(place + 1, 1)
    } else if (endMs > session.endMs) session.endMs = endMs
    if (timeMs < session.startMs) {
      session.startMs = timeMs
      this.#setTimer(session, key)
    }
  }

  *#fireDue(watermarkMs: number): Generator<void, void> {
    let timer = this.#timers.takeDue(watermarkMs)
    for (; timer !== undefined; timer = this.#timers.takeDue(watermarkMs)) {
      this.#fire(timer)
      yield
    }
  }

  #fire({ timeMs, namespace, key }: EventTimer): void {
    const open = this.#table.change(ALL, key) ?? []
    const place = open.findIndex(
      ({ startMs, timerMs }) => startMs === namespace && timerMs === timeMs,
    )
    const session = open[place]
    // It was merged into another one, or has begun earlier since.
    if (session === undefined) return
    if (session.endMs - 1 > timeMs) {
      this.#setTimer(session, key)
      return
    }
    this.#groups.fire(session, session.startMs, session.endMs)
    this.#context.ledger.release('absorbed', session.records)
    if (open.length === 1) this.#table.delete(ALL, key)
    else open.splice(place, 1)
  }

  #setTimer(session: Session, key: Key): void {
    session.timerMs = session.endMs - 1
    this.#timers.set(session.timerMs, session.startMs, key)
  }
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
