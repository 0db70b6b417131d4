/**
 * Runs an interval join. A record that arrives meets the records of the other side that lie within
 * the bounds, and then waits for those that are still to come:
 *
 *     lower = -2, upper = 3            left at 10
 *     right   6   7   8   9  10  11  12  13  14
 *                     |--------- matches -----|
 *
 * A left record is kept until W >= time + max(upper, 0), a right one until W >= time - min(lower,
 * 0): no later record can match it then, and where nothing has, it leaves alone. A timer stands at
 * the first record of each key and side; the others need none until their turn comes.
 *
 * An input whose windows fire again brings rows, and takes others back, up to its lateness after
 * their time. So much longer are records kept, and what they made is taken back with them.
 */

import {
  type Batch,
  type Emit,
  type EventTimers,
  type Handler,
  type RunContext,
  START_OF_TIME_MS,
  type StateTable,
  type StateValue,
  type Unfinished,
} from '@millrace/engine'
import { EMPTY_ROW, type Key, type Row } from '@millrace/pipeline'
import { createKeySides, type KeySide } from './held-records.ts'
import { type JoinSchemas, keepsAlone, leavesLeftOnly } from './join-schema.ts'
import {
  type JoinPort,
  lateRow,
  Pairing,
  REFUSED,
  type RunConfig,
  UNUSED,
  USED,
} from './pairing.ts'
import {
  dropFirst,
  first,
  firstAt,
  isAlone,
  put,
  release,
  type Sided,
  sidesWith,
  type Timed,
  type TimedEntry,
  type TimedList,
  type TimedSides,
  takeOut,
} from './timed-records.ts'

/** Where right times lie, seen from a left one: both ends are included. */
export interface Bounds {
  readonly lowerMs: number
  readonly upperMs: number
}

/** All keys are in one namespace of the table; timers have one for each side. */
const ALL = 0

/** Between two points at which the thread may be given back lie about so many pairs. */
const PAIRS_A_STEP = 32

/** As many pairs may be looked at for many records together before the thread may be due back. */
const PAIRS_A_TURN = 4096

/** A record and its neighbours in time on the other side. */
interface Meeting {
  readonly one: Timed
  readonly side: 0 | 1
  readonly others: TimedList
  readonly to: number
  /** 1 where the record comes, -1 where it is taken back. */
  readonly step: 1 | -1
}

export class IntervalJoin implements Handler {
  readonly #bounds: Bounds
  readonly #type: RunConfig['type']
  readonly #schemas: JoinSchemas
  readonly #context: RunContext
  readonly #emit: Emit<JoinPort>
  readonly #pairing: Pairing
  readonly #keys: readonly [KeySide, KeySide]
  /** Whether a record of the side leaves although nothing matches it. */
  readonly #keeps: readonly [boolean, boolean]
  readonly #leftOnly: boolean
  /** How long after its time a row may still come, for each side. */
  readonly #latenessMs: readonly [number, number]
  /** Whether rows are taken back. */
  readonly #revocable: boolean
  /** How long after its time a record may be needed, for each side. */
  readonly #keptMs: readonly [number, number]
  readonly #table: StateTable<TimedEntry>
  readonly #timers: EventTimers
  readonly #watermarkMs: StateValue<number>
  /** In this call, for a sense of time only. */
  #pairsLooked = 0

  constructor(
    bounds: Bounds,
    config: RunConfig,
    schemas: JoinSchemas,
    context: RunContext,
    emit: Emit<JoinPort>,
  ) {
    const { type } = config
    const { left, right } = schemas
    this.#bounds = bounds
    this.#type = type
    this.#schemas = schemas
    this.#context = context
    this.#emit = emit
    this.#pairing = new Pairing(config, schemas, context, emit)
    this.#keys = createKeySides(config, schemas)
    this.#keeps = [keepsAlone(type, 'left'), keepsAlone(type, 'right')]
    this.#leftOnly = leavesLeftOnly(type)
    this.#latenessMs = [left.window?.latenessMs ?? 0, right.window?.latenessMs ?? 0]
    this.#revocable = left.changes !== 'append' || right.changes !== 'append'
    const longestMs = Math.max(...this.#latenessMs)
    const { lowerMs, upperMs } = bounds
    this.#keptMs = [Math.max(upperMs, 0) + longestMs, Math.max(-lowerMs, 0) + longestMs]
    this.#table = context.state.table('records')
    this.#timers = context.state.timers('ends')
    this.#watermarkMs = context.state.value('watermark', START_OF_TIME_MS)
  }

  rows(
    input: number,
    { rows, times, changes }: Batch,
    from: number,
    to: number,
  ): Unfinished | undefined {
    const side = input === 0 ? 0 : 1
    this.#pairsLooked = 0
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      const timeMs = times?.[index] ?? 0
      const change = changes?.[index] ?? '+I'
      const step = change === '-U' || change === '-D' ? -1 : 1
      const work = this.#take(side, row, timeMs, step)
      const isDue = work !== undefined || this.#pairsLooked >= PAIRS_A_TURN
      if (isDue) return { to: index + 1, work }
    }
    return undefined
  }

  watermark(watermarkMs: number): Iterator<unknown> | undefined {
    this.#watermarkMs.set(watermarkMs)
    return this.#timers.nextMs() <= watermarkMs ? this.#settleDue(watermarkMs) : undefined
  }

  /** Held back so far that no row that leaves alone, or late in a semi join, is late downstream. */
  outgoingWatermark(watermarkMs: number): number {
    const { lowerMs, upperMs } = this.#bounds
    const backLeftMs = this.#type === 'inner' || this.#type === 'right' ? 0 : Math.max(upperMs, 0)
    const backRightMs = this.#keeps[1] ? Math.max(-lowerMs, 0) : 0
    return watermarkMs - Math.max(backLeftMs, backRightMs) - Math.max(...this.#latenessMs)
  }

  /** What is left to do, where there is much. */
  #take(side: 0 | 1, row: Row, timeMs: number, step: 1 | -1): Iterator<void> | undefined {
    const { ledger } = this.#context
    if (timeMs + this.#latenessMs[side] <= this.#watermarkMs.get()) {
      ledger.late++
      this.#emit.out.late.emit(lateRow(side, row, this.#schemas), timeMs)
      return undefined
    }
    if (this.#keys[side].hasNull(row)) {
      this.#takeWithoutKey(side, row, timeMs, step)
      return undefined
    }
    const key = this.#keys[side].readKey(row)
    if (step === -1) return this.#takeBack(side, key, row, timeMs)
    const one: Sided = { timeMs, row, matches: 0, use: UNUSED, side }
    ledger.held++
    const entry = this.#table.change(ALL, key)
    if (entry === undefined) {
      this.#table.put(ALL, key, one)
      this.#timers.set(timeMs + this.#keptMs[side], side, key)
      return undefined
    }
    const sides = this.#sidesIn(entry, key)
    this.#hold(sides, side, key, one)
    const others = sides[side === 0 ? 1 : 0]
    return others && this.#meet(one, side, others, 1)
  }

  #takeBack(side: 0 | 1, key: Key, row: Row, timeMs: number): Iterator<void> | undefined {
    this.#context.ledger.absorbed++
    const entry = this.#table.change(ALL, key)
    const sides = entry && this.#sidesIn(entry, key)
    const one = takeOut(sides?.[side], timeMs, row)
    if (one === undefined) return undefined
    // It goes out of the books at once: what it made is taken back below.
    release(one, this.#context.ledger)
    const others = sides?.[side === 0 ? 1 : 0]
    return others && this.#meet(one, side, others, -1)
  }

  /** Nothing is equal to NULL, which is proof enough at once. */
  #takeWithoutKey(side: 0 | 1, row: Row, timeMs: number, step: 1 | -1): void {
    const { ledger } = this.#context
    const one: Timed = { timeMs, row, matches: 0, use: UNUSED }
    ledger.held++
    if (this.#keeps[side]) this.#leaveAlone(side, one, step)
    if (step === -1) one.use = USED
    release(one, ledger)
  }

  /** What is under the key, with room for more. */
  #sidesIn(entry: TimedEntry, key: Key): TimedSides {
    if (!isAlone(entry)) return entry
    const sides = sidesWith(entry)
    this.#table.put(ALL, key, sides)
    return sides
  }

  #hold(sides: TimedSides, side: 0 | 1, key: Key, one: Timed): void {
    const list = sides[side]
    const head = list === undefined ? undefined : first(list)
    sides[side] = put(list, one)
    if (head === undefined || one.timeMs < head.timeMs) {
      this.#timers.set(one.timeMs + this.#keptMs[side], side, key)
    }
  }

  #meet(
    one: Timed,
    side: 0 | 1,
    others: TimedList,
    step: 1 | -1,
  ): Generator<void, void> | undefined {
    const { lowerMs, upperMs } = this.#bounds
    const [earliestMs, latestMs] = side === 0 ? [lowerMs, upperMs] : [-upperMs, -lowerMs]
    const from = firstAt(others, one.timeMs + earliestMs)
    const to = firstAt(others, one.timeMs + latestMs, true)
    const meeting = { one, side, others, to, step }
    if (to - from > PAIRS_A_STEP) return this.#meetSlowly(meeting, from)
    this.#meetSome(meeting, from, to)
    return undefined
  }

  *#meetSlowly(meeting: Meeting, from: number): Generator<void, void> {
    for (let index = from; index < meeting.to; index += PAIRS_A_STEP) {
      if (this.#meetSome(meeting, index, Math.min(index + PAIRS_A_STEP, meeting.to))) return
      yield
    }
  }

  /** True where no further partner matters. */
  #meetSome({ one, side, others, step }: Meeting, from: number, to: number): boolean {
    // Of records that stay, a left one that leaves as it is needs one match and no more.
    const oneIsEnough = this.#leftOnly && !this.#revocable
    this.#pairsLooked += to - from
    for (let index = from; index < to; index++) {
      const other = others.records[index] as Timed
      const left = side === 0 ? one : other
      const right = side === 0 ? other : one
      if (oneIsEnough && left.matches > 0) {
        if (side === 0) return true
        continue
      }
      if (this.#leftOnly) this.#count(left, right, step)
      else this.#pair(left, right, step)
    }
    return oneIsEnough && side === 0 && one.matches > 0
  }

  #pair(left: Timed, right: Timed, step: 1 | -1): void {
    let made: Row
    try {
      if (!this.#pairing.holds(left.row, right.row)) return
      made = this.#pairing.made(left.row, right.row)
    } catch (error) {
      this.#refuse(left, right, error)
      return
    }
    left.matches += step
    right.matches += step
    left.use = USED
    right.use = USED
    this.#send(made, Math.max(left.timeMs, right.timeMs), step)
  }

  /** A left record has one match more or less, and leaves with the first and goes with the last. */
  #count(left: Timed, right: Timed, step: 1 | -1): void {
    try {
      if (!this.#pairing.holds(left.row, right.row)) return
    } catch (error) {
      this.#refuse(left, right, error)
      return
    }
    left.matches += step
    if (this.#type === 'anti' || left.matches !== (step === 1 ? 1 : 0)) return
    if (this.#leaveAlone(0, left, step)) right.use = USED
  }

  /** With NULL for the other side, if the output has one; false where it has no value. */
  #leaveAlone(side: 0 | 1, one: Timed, step: 1 | -1): boolean {
    const left = side === 0 ? one : undefined
    const right = side === 0 ? undefined : one
    let made: Row
    try {
      made = this.#pairing.made(left?.row, right?.row)
    } catch (error) {
      this.#refuse(left, right, error)
      return false
    }
    one.use = USED
    this.#send(made, one.timeMs, step)
    return true
  }

  #send(row: Row, timeMs: number, step: 1 | -1): void {
    this.#emit.out.out.emitChange(step === 1 ? '+I' : '-D', row, timeMs)
  }

  #refuse(left: Timed | undefined, right: Timed | undefined, error: unknown): void {
    this.#pairing.refuse(left?.row, right?.row, error)
    for (const one of [left, right]) {
      if (one?.use === UNUSED) one.use = REFUSED
    }
  }

  *#settleDue(watermarkMs: number): Generator<void, void> {
    let timer = this.#timers.takeDue(watermarkMs)
    for (; timer !== undefined; timer = this.#timers.takeDue(watermarkMs)) {
      const side = timer.namespace === 0 ? 0 : 1
      // Records that leave do so in the order of time over all keys; others can go at once.
      const untilMs = this.#keeps[side] ? timer.timeMs : watermarkMs
      const entry = this.#table.change(ALL, timer.key)
      if (entry !== undefined && isAlone(entry)) this.#settleAlone(entry, timer.key, side, untilMs)
      else if (entry !== undefined) yield* this.#settle(entry, timer.key, side, untilMs)
      yield
    }
  }

  #settleAlone(one: Sided, key: Key, side: 0 | 1, untilMs: number): void {
    if (one.side !== side) return
    const dueMs = one.timeMs + this.#keptMs[side]
    if (dueMs > untilMs) {
      this.#timers.set(dueMs, side, key)
      return
    }
    this.#letGo(one, side)
    this.#table.delete(ALL, key)
  }

  /** No later record can match it. */
  #letGo(one: Timed, side: 0 | 1): void {
    if (this.#keeps[side] && one.matches === 0 && one.use !== REFUSED) {
      this.#leaveAlone(side, one, 1)
    }
    release(one, this.#context.ledger)
  }

  *#settle(sides: TimedSides, key: Key, side: 0 | 1, untilMs: number): Generator<void, void> {
    const list = sides[side]
    if (list === undefined) return
    const keptMs = this.#keptMs[side]
    let count = 0
    let one = first(list)
    for (; one !== undefined && one.timeMs + keptMs <= untilMs; one = first(list)) {
      this.#letGo(one, side)
      dropFirst(list)
      count++
      if (count % PAIRS_A_STEP === 0) yield
    }
    if (one !== undefined) {
      this.#timers.set(one.timeMs + keptMs, side, key)
      return
    }
    sides[side] = undefined
    if (sides[side === 0 ? 1 : 0] === undefined) this.#table.delete(ALL, key)
  }
}
