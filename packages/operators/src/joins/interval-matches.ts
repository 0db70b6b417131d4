/**
 * Runs an interval join. A record that arrives meets the records of the other side that lie within
 * the bounds, and then waits for those that are still to come:
 *
 *     lower = -2, upper = 3            left at 10
 *     right   6   7   8   9  10  11  12  13  14
 *                     |--------- matches -----|
 *
 * A left record is needed until W >= time + max(upper, 0), a right one until W >= time - min(lower,
 * 0): no later record can match it then. Where the join keeps records that nothing has matched, a
 * timer stands at that moment; others need none, and go with their stretch (`interval-records.ts`).
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
  type StateValue,
  type Unfinished,
} from '@millrace/engine'
import { EMPTY_ROW, type Key, type Row } from '@millrace/pipeline'
import { createKeySides, type KeySide } from './held-records.ts'
import { IntervalRecords, type Stretched, stretchWidthMs, type Timed } from './interval-records.ts'
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

/** Where right times lie, seen from a left one: both ends are included. */
export interface Bounds {
  readonly lowerMs: number
  readonly upperMs: number
}

/** Between two points at which the thread may be given back lie about so many pairs. */
const PAIRS_A_STEP = 32

/** As many pairs may be looked at for many records together before the thread may be due back. */
const PAIRS_A_TURN = 4096

/** A record and where its partners lie on the other side. */
interface Meeting {
  readonly one: Timed
  readonly side: 0 | 1
  readonly key: Key
  readonly others: IntervalRecords
  readonly fromMs: number
  readonly untilMs: number
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
  /** Whether a record that meets nothing is looked for by nobody but who has its key. */
  readonly #waits: readonly [boolean, boolean]
  /** How long after its time a row may still come, for each side. */
  readonly #latenessMs: readonly [number, number]
  /** Whether rows are taken back. */
  readonly #revocable: boolean
  /** How long after its time a record may be needed, for each side. */
  readonly #keptMs: readonly [number, number]
  readonly #records: readonly [IntervalRecords, IntervalRecords]
  /** One for each record that may leave alone, in the namespace of its side. */
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
    this.#waits = [!this.#keeps[0] && !this.#revocable, !this.#keeps[1] && !this.#revocable]
    const longestMs = Math.max(...this.#latenessMs)
    const { lowerMs, upperMs } = bounds
    this.#keptMs = [Math.max(upperMs, 0) + longestMs, Math.max(-lowerMs, 0) + longestMs]
    const widthMs = stretchWidthMs(Math.max(...this.#keptMs))
    const { state, ledger } = context
    this.#records = [
      new IntervalRecords('left', this.#keys[0], widthMs, state, ledger),
      new IntervalRecords('right', this.#keys[1], widthMs, state, ledger),
    ]
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
    this.#changed()
    const waitTogether = changes === undefined && this.#canWaitTogether(side)
    const lateMs = this.#watermarkMs.get() - this.#latenessMs[side]
    for (let index = from; index < to; index++) {
      if (waitTogether) {
        index = this.#records[side].waitTogether(rows, times ?? [], index, to, lateMs)
      }
      if (index === to) break
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
    if (this.#timers.nextMs() <= watermarkMs) return this.#settleDue(watermarkMs)
    this.#letGo(watermarkMs)
    return undefined
  }

  /** Held back so far that no row that leaves alone, or late in a semi join, is late downstream. */
  outgoingWatermark(watermarkMs: number): number {
    const { lowerMs, upperMs } = this.#bounds
    const backLeftMs = this.#type === 'inner' || this.#type === 'right' ? 0 : Math.max(upperMs, 0)
    const backRightMs = this.#keeps[1] ? Math.max(-lowerMs, 0) : 0
    return watermarkMs - Math.max(backLeftMs, backRightMs) - Math.max(...this.#latenessMs)
  }

  /** Nothing of the other side can have met those that come. */
  #canWaitTogether(side: 0 | 1): boolean {
    return this.#waits[side] && this.#records[side === 0 ? 1 : 0].isEmpty
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
    if (step === -1) {
      const one = this.#takeBack(side, key, row, timeMs)
      return one && this.#meet(one, side, key, step, this.#firstStretch(side, key, timeMs))
    }
    const first = this.#firstStretch(side, key, timeMs)
    if (first === undefined && this.#waits[side]) {
      this.#records[side].wait(key, timeMs, row)
      return undefined
    }
    if (this.#records[side].areManyWaitingAt(timeMs)) {
      return this.#takeSlowly(side, key, row, timeMs, first)
    }
    return this.#meet(this.#hold(side, key, row, timeMs), side, key, 1, first)
  }

  *#takeSlowly(
    side: 0 | 1,
    key: Key,
    row: Row,
    timeMs: number,
    first: number | undefined,
  ): Generator<void, void> {
    yield* this.#records[side].settle(key, timeMs)
    const work = this.#meet(this.#hold(side, key, row, timeMs), side, key, 1, first)
    if (work !== undefined) yield* work
  }

  /** The first stretch of the other side in which there may be partners. */
  #firstStretch(side: 0 | 1, key: Key, timeMs: number): number | undefined {
    const { lowerMs, upperMs } = this.#bounds
    const others = this.#records[side === 0 ? 1 : 0]
    const untilMs = timeMs + (side === 0 ? upperMs : -lowerMs)
    for (let index = others.firstAt(timeMs + (side === 0 ? lowerMs : -upperMs)); ; index++) {
      const stretch = others.stretchAt(index, untilMs)
      if (stretch === undefined) return undefined
      if (others.areManyWaiting(stretch) || others.under(key, stretch) !== undefined) return index
    }
  }

  #hold(side: 0 | 1, key: Key, row: Row, timeMs: number): Timed {
    const one: Timed = { timeMs, row, matches: 0, use: UNUSED }
    this.#records[side].put(key, one)
    if (this.#keeps[side]) this.#timers.set(timeMs + this.#keptMs[side], side, key)
    return one
  }

  #takeBack(side: 0 | 1, key: Key, row: Row, timeMs: number): Timed | undefined {
    this.#context.ledger.absorbed++
    const one = this.#records[side].takeOut(key, timeMs, row)
    // It is out of the books: what it made is taken back, and changes nothing about that.
    if (one !== undefined) one.use = USED
    return one
  }

  /** Nothing is equal to NULL, which is proof enough at once. */
  #takeWithoutKey(side: 0 | 1, row: Row, timeMs: number, step: 1 | -1): void {
    const { ledger } = this.#context
    const leaves = this.#keeps[side]
    const left = leaves && this.#sendAlone(side, row, timeMs, step)
    if (left || step === -1) ledger.absorbed++
    else if (leaves) ledger.deadLettered++
    else ledger.expired++
  }

  /** `first` as `#firstStretch` has found it. */
  #meet(
    one: Timed,
    side: 0 | 1,
    key: Key,
    step: 1 | -1,
    first: number | undefined,
  ): Generator<void, void> | undefined {
    if (first === undefined) return undefined
    const { lowerMs, upperMs } = this.#bounds
    const others = this.#records[side === 0 ? 1 : 0]
    const fromMs = one.timeMs + (side === 0 ? lowerMs : -upperMs)
    const untilMs = one.timeMs + (side === 0 ? upperMs : -lowerMs)
    const meeting: Meeting = { one, side, key, others, fromMs, untilMs, step }
    for (let index = first; ; index++) {
      const stretch = others.stretchAt(index, untilMs)
      if (stretch === undefined) return undefined
      if (others.areManyWaiting(stretch)) return this.#meetSlowly(meeting, index)
      const there = others.under(key, stretch)
      if (there === undefined) continue
      if (Array.isArray(there) && there.length > PAIRS_A_STEP) {
        return this.#meetSlowly(meeting, index)
      }
      if (this.#meetAll(meeting, there)) return undefined
    }
  }

  /** From the stretch at this index on. */
  *#meetSlowly(meeting: Meeting, first: number): Generator<void, void> {
    const { key, others, fromMs, untilMs } = meeting
    for (let index = first; ; index++) {
      const stretch = others.stretchAt(index, untilMs)
      if (stretch === undefined) return
      if (others.areManyWaiting(stretch)) yield* others.settle(key, stretch.startMs)
      const there = others.under(key, stretch) ?? []
      const list = Array.isArray(there) ? there : [there]
      for (let from = firstAt(list, fromMs); from < list.length; from += PAIRS_A_STEP) {
        const to = Math.min(from + PAIRS_A_STEP, list.length)
        if (this.#meetSome(meeting, list, from, to)) return
        yield
      }
    }
  }

  /** True where no further partner matters. */
  #meetAll(meeting: Meeting, there: Stretched): boolean {
    if (Array.isArray(there)) return this.#meetSome(meeting, there, 0, there.length)
    const { fromMs, untilMs } = meeting
    return there.timeMs >= fromMs && there.timeMs <= untilMs && this.#meetOne(meeting, there)
  }

  /** True where no further partner matters. */
  #meetSome(meeting: Meeting, list: readonly Timed[], from: number, to: number): boolean {
    const { fromMs, untilMs } = meeting
    for (let index = from; index < to; index++) {
      const other = list[index] as Timed
      if (other.timeMs > untilMs) return true
      if (other.timeMs >= fromMs && this.#meetOne(meeting, other)) return true
    }
    return false
  }

  /** True where no further partner matters. */
  #meetOne({ one, side, step }: Meeting, other: Timed): boolean {
    // Of records that stay, a left one that leaves as it is needs one match and no more.
    const oneIsEnough = this.#leftOnly && !this.#revocable
    const left = side === 0 ? one : other
    const right = side === 0 ? other : one
    this.#pairsLooked++
    if (oneIsEnough && left.matches > 0) return side === 0
    if (this.#leftOnly) this.#count(left, right, step)
    else this.#pair(left, right, step)
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
    this.#records[0].use(left, USED)
    this.#records[1].use(right, USED)
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
    if (this.#leaveAlone(0, left, step)) this.#records[1].use(right, USED)
  }

  #leaveAlone(side: 0 | 1, one: Timed, step: 1 | -1): boolean {
    const left = this.#sendAlone(side, one.row, one.timeMs, step)
    this.#records[side].use(one, left ? USED : REFUSED)
    return left
  }

  /** With NULL for the other side, if the output has one; false where it has no value. */
  #sendAlone(side: 0 | 1, row: Row, timeMs: number, step: 1 | -1): boolean {
    const left = side === 0 ? row : undefined
    const right = side === 0 ? undefined : row
    let made: Row
    try {
      made = this.#pairing.made(left, right)
    } catch (error) {
      this.#pairing.refuse(left, right, error)
      return false
    }
    this.#send(made, timeMs, step)
    return true
  }

  #send(row: Row, timeMs: number, step: 1 | -1): void {
    this.#emit.out.out.emitChange(step === 1 ? '+I' : '-D', row, timeMs)
  }

  #refuse(left: Timed, right: Timed, error: unknown): void {
    this.#pairing.refuse(left.row, right.row, error)
    this.#records[0].use(left, REFUSED)
    this.#records[1].use(right, REFUSED)
  }

  /** Records that nothing has matched leave in the order of time over all keys. */
  *#settleDue(watermarkMs: number): Generator<void, void> {
    this.#changed()
    let timer = this.#timers.takeDue(watermarkMs)
    for (; timer !== undefined; timer = this.#timers.takeDue(watermarkMs)) {
      const side = timer.namespace === 0 ? 0 : 1
      const due = this.#records[side].at(timer.key, timer.timeMs - this.#keptMs[side])
      for (const [index, one] of due.entries()) {
        if (one.matches === 0 && one.use !== REFUSED) this.#leaveAlone(side, one, 1)
        if (index % PAIRS_A_STEP === PAIRS_A_STEP - 1) yield
      }
      yield
    }
    this.#letGo(watermarkMs)
  }

  #changed(): void {
    for (const records of this.#records) records.changed()
  }

  /** No later record can match these. */
  #letGo(watermarkMs: number): void {
    for (const side of [0, 1] as const) {
      this.#records[side].dropBefore(watermarkMs - this.#keptMs[side] + 1)
    }
  }
}

/** The index of the first record that is not before this time. */
function firstAt(list: readonly Timed[], timeMs: number): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((list[middle]?.timeMs ?? 0) < timeMs) low = middle + 1
    else high = middle
  }
  return low
}
