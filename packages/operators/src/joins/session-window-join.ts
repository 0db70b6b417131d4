/**
 * Joins in session windows, which the records of both sides of a key form together: a record is
 * [time, time + gap) by itself, and those that overlap are one session.
 *
 *     gap = 3     l..            left at 0 and right at 3 touch and have a session each
 *                    r..
 *                   l..          a left one at 2 overlaps both: all three are in [0, 6)
 *
 * A session has one timer, at its end as it was when the timer was set; one that has grown since
 * sets it anew when it comes.
 */

import type {
  Batch,
  Emit,
  EventTimer,
  EventTimers,
  Handler,
  RunContext,
  StateTable,
} from '@millrace/engine'
import { EMPTY_ROW, type Key } from '@millrace/pipeline'
import { type HeldSides, hold, inArrivalOrder, letGo } from './held-records.ts'
import type { JoinSchemas } from './join-schema.ts'
import type { Held } from './pair-join.ts'
import { type JoinPort, type RunConfig, UNUSED } from './pairing.ts'
import { WindowRecords } from './window-records.ts'

/** [startMs, endMs), whose last millisecond no watermark has reached. */
interface Session {
  startMs: number
  endMs: number
  timerMs: number
  sides: HeldSides
  /** Its records came together from several sessions, and are not in the order of arrival. */
  mixed: boolean
}

/** All sessions are in one namespace: each ends at a time of its own. */
const ALL = 0

export class SessionWindowJoin implements Handler {
  readonly #gapMs: number
  readonly #context: RunContext
  readonly #records: WindowRecords
  /** By key, in the order of time. They do not overlap, and there is at least one. */
  readonly #table: StateTable<Session[]>
  readonly #timers: EventTimers

  constructor(
    gapMs: number,
    config: RunConfig,
    schemas: JoinSchemas,
    context: RunContext,
    emit: Emit<JoinPort>,
  ) {
    this.#gapMs = gapMs
    this.#context = context
    this.#records = new WindowRecords(config, schemas, context, emit)
    this.#table = context.state.table('sessions')
    this.#timers = context.state.timers('ends')
  }

  rows(input: number, { rows, times }: Batch, from: number, to: number): void {
    const side = input === 0 ? 0 : 1
    const { arrived } = this.#records
    let order = arrived.get()
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      this.#add(side, { row, order: order++, use: UNUSED }, times?.[index] ?? 0)
    }
    arrived.set(order)
  }

  watermark(watermarkMs: number): Iterator<unknown> | undefined {
    return this.#timers.nextMs() <= watermarkMs ? this.#fireDue(watermarkMs) : undefined
  }

  #add(side: 0 | 1, held: Held, timeMs: number): void {
    const { ledger } = this.#context
    const { row } = held
    if (this.#records.isUseless(side, row)) {
      // It would form no session with others: nothing is equal to it.
      if (this.#isClosed(timeMs)) this.#records.late(side, row, timeMs)
      else ledger.expired++
      return
    }
    const key = this.#records.keys[side].readKey(row)
    const open = this.#table.change(ALL, key)
    const place = open === undefined ? 0 : firstEndingAfter(open, timeMs)
    const session = open?.[place]
    if (open !== undefined && session !== undefined && session.startMs < timeMs + this.#gapMs) {
      hold(session.sides, side, held)
      this.#extend(open, place, session, key, timeMs)
    } else if (this.#isClosed(timeMs)) {
      this.#records.late(side, row, timeMs)
      return
    } else this.#begin(open, place, key, side, held, timeMs)
    ledger.held++
  }

  /** Whether the session that a record at this time would be by itself is over. */
  #isClosed(timeMs: number): boolean {
    return timeMs + this.#gapMs - 1 <= this.#context.progress.watermarkMs
  }

  #begin(
    open: Session[] | undefined,
    place: number,
    key: Key,
    side: 0 | 1,
    held: Held,
    timeMs: number,
  ): void {
    const sides: HeldSides = side === 0 ? [[held], []] : [[], [held]]
    const endMs = timeMs + this.#gapMs
    const session = { startMs: timeMs, endMs, timerMs: endMs - 1, sides, mixed: false }
    if (open === undefined) this.#table.put(ALL, key, [session])
    else open.splice(place, 0, session)
    this.#timers.set(session.timerMs, session.startMs, key)
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
      session.sides = [
        joined(session.sides[0], next.sides[0]),
        joined(session.sides[1], next.sides[1]),
      ]
      session.mixed = true
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
      yield* this.#fire(timer)
      yield
    }
  }

  *#fire({ timeMs, namespace, key }: EventTimer): Generator<void, void> {
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
    const { sides, mixed } = session
    const left = mixed ? yield* inArrivalOrder([sides[0]]) : sides[0]
    const right = mixed ? yield* inArrivalOrder([sides[1]]) : sides[1]
    const pairs = this.#records.join(session, left, right)
    if (pairs !== undefined) yield* pairs
    const rest = letGo(sides, this.#context.ledger)
    if (rest !== undefined) yield* rest
    if (open.length === 1) this.#table.delete(ALL, key)
    else open.splice(place, 1)
  }

  #setTimer(session: Session, key: Key): void {
    session.timerMs = session.endMs - 1
    this.#timers.set(session.timerMs, session.startMs, key)
  }
}

/** The shorter list goes into the longer one, so that a record is moved a few times at most. */
function joined(a: Held[], b: Held[]): Held[] {
  const [into, from] = a.length >= b.length ? [a, b] : [b, a]
  for (const held of from) into.push(held)
  return into
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
