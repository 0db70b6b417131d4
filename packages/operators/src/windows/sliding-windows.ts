/**
 * Runs sliding windows as Kafka Streams has them: of each group, for every distinct time t of its
 * records, the window that ends with t and the one that begins right after it.
 *
 *     size = 3     records     a   b
 *                  time        5   7
 *                  windows  [2..5]         ends with a
 *                            [6...9]       begins after a: holds b
 *                             [4..7]       ends with b: holds a and b
 *                                [8...     begins after b: holds nothing, and so is none
 *
 * Each window is as long as any other, and so a window is its start. The records of one time are
 * one *point*; a window merges the points that lie in it when it gives its result.
 */

import {
  type Batch,
  type Emit,
  type EventTimers,
  type Handler,
  type Inputs,
  inOrder,
  type Outputs,
  process,
  type RunContext,
  type StateTable,
} from '@millrace/engine'
import { compareKeys, EMPTY_ROW, type Key, type Row } from '@millrace/pipeline'
import { EarlyClock } from './early-clock.ts'
import { firesOnce, type WindowConfig } from './window-config.ts'
import { type Group, WINDOW_PORTS, WindowGroups, type WindowPort } from './window-groups.ts'
import { nothingSent, type Sent, WindowResults } from './window-results.ts'
import { WindowTime } from './window-time.ts'

export function runSlidingWindows(
  sizeMs: number,
  config: WindowConfig,
  inputs: Inputs<'in'>,
  context: RunContext,
): Outputs<WindowPort> {
  const settings = { ports: WINDOW_PORTS, onError: config.onError }
  return process(
    inputs,
    context,
    settings,
    (emit) => new SlidingWindows(sizeMs, config, context, emit),
  )
}

/** The records of a group at one time. */
export interface Point extends Group {
  readonly timeMs: number
  records: number
}

/** The points of all groups are in one namespace. */
const ALL = 0

class SlidingWindows implements Handler {
  /** Both ends of a window are in it: its last millisecond is its start + size. */
  readonly #sizeMs: number
  readonly #config: WindowConfig
  readonly #context: RunContext
  readonly #emit: Emit<WindowPort>
  readonly #groups: WindowGroups
  readonly #results: WindowResults
  readonly #once: boolean
  readonly #time: WindowTime
  /** By key, in the order of time; there is at least one. */
  readonly #table: StateTable<Point[]>
  /** By start and key, where windows fire more than once. */
  readonly #sent: StateTable<Sent>
  /** The last millisecond of each window, and its start. */
  readonly #ends: EventTimers
  /** When a point is in no window any more, and makes none: its time. */
  readonly #closings: EventTimers
  readonly #early: EarlyClock
  readonly #changed: StateTable<true>

  constructor(sizeMs: number, config: WindowConfig, context: RunContext, emit: Emit<WindowPort>) {
    const { state } = context
    this.#sizeMs = sizeMs
    this.#config = config
    this.#context = context
    this.#emit = emit
    this.#groups = new WindowGroups(config, context, emit)
    this.#results = new WindowResults(config, this.#groups, emit)
    this.#once = firesOnce(config)
    this.#time = new WindowTime(config, context)
    this.#table = state.table('points')
    this.#sent = state.table('sent')
    this.#ends = state.timers('ends')
    this.#closings = state.timers('closings')
    this.#early = new EarlyClock(config.early?.every, context)
    this.#changed = state.table('changed')
  }

  rows(input: number, { rows, times }: Batch, from: number, to: number): void {
    const { byClock } = this.#time
    const nowMs = this.#time.arrivalMs()
    const { ledger } = this.#context
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      const timeMs = byClock ? nowMs : (times?.[index] ?? 0)
      if (timeMs + this.#sizeMs + this.#config.allowedLateness <= this.#time.closedMs()) {
        ledger.late++
        this.#emit.out.late.emit(row, timeMs)
      } else this.#take(input, row, timeMs)
    }
  }

  watermark(watermarkMs: number): Iterator<unknown> | undefined {
    if (!this.#time.counts(watermarkMs)) return undefined
    const nextMs = Math.min(this.#ends.nextMs(), this.#closings.nextMs())
    return nextMs <= watermarkMs ? this.#fireDue(watermarkMs) : undefined
  }

  nextProcessingMs(): number {
    const earlyMs = this.#early.dueMs()
    if (!this.#time.byClock) return earlyMs
    return Math.min(this.#ends.nextMs() + 1, this.#closings.nextMs() + 1, earlyMs)
  }

  *processingTime(nowMs: number): Generator<void, void> {
    const dueMs = this.#time.dueMs(nowMs)
    if (this.#time.byClock && Math.min(this.#ends.nextMs(), this.#closings.nextMs()) <= dueMs) {
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

  #take(input: number, row: Row, timeMs: number): void {
    const key = this.#groups.readKey(row)
    const known = this.#table.change(ALL, key)
    let points = known ?? []
    const place = indexFrom(points, timeMs)
    const there = points[place]
    const isNew = there?.timeMs !== timeMs
    if (!isNew) {
      if (!this.#groups.add(there, input, row, timeMs)) return
      there.records++
    } else {
      const group = this.#groups.begin(row)
      if (!this.#groups.add(group, input, row, timeMs)) return
      const { values, accumulator } = group
      const point = { values, accumulator, timeMs, records: 1 }
      // A list that is made with its first element has no room for others, and most have one.
      if (known === undefined) {
        points = [point]
        this.#table.put(ALL, key, points)
      } else points.splice(place, 0, point)
      this.#setTimers(timeMs, key)
    }
    this.#context.ledger.held++
    if (!this.#once) this.#trigger(points, timeMs, key, isNew)
  }

  /** A new time makes two windows: those that have ended already give their result at once. */
  #setTimers(timeMs: number, key: Key): void {
    const closedMs = this.#time.closedMs()
    const nextMs = timeMs + 1 + this.#sizeMs
    if (timeMs > closedMs) this.#ends.set(timeMs, timeMs - this.#sizeMs, key)
    if (nextMs > closedMs) this.#ends.set(nextMs, timeMs + 1, key)
    this.#closings.set(nextMs + this.#config.allowedLateness, timeMs, key)
  }

  /** The windows that have changed give another result, where they are due for one. */
  #trigger(points: readonly Point[], timeMs: number, key: Key, isNew: boolean): void {
    const closedMs = this.#time.closedMs()
    const { early, allowedLateness } = this.#config
    for (const startMs of this.#changedStarts(points, timeMs, isNew)) {
      const lastMs = startMs + this.#sizeMs
      if (lastMs + allowedLateness <= closedMs) continue
      if (lastMs <= closedMs) {
        this.#fire(points, startMs, key)
        continue
      }
      if (early?.every !== undefined) {
        this.#changed.put(ALL, key, true)
        this.#early.ask()
      }
      if (early?.count === undefined) continue
      const isIn = startMs <= timeMs
      if (this.#countOf(points, startMs, key, isIn) >= early.count) this.#fire(points, startMs, key)
    }
  }

  /** The starts of the windows that contain the record, and of the one that begins after it. */
  #changedStarts(points: readonly Point[], timeMs: number, isNew: boolean): readonly number[] {
    const sizeMs = this.#sizeMs
    const starts = new Set<number>()
    for (let place = indexFrom(points, timeMs - sizeMs - 1); ; place++) {
      const point = points[place]
      if (point === undefined || point.timeMs > timeMs + sizeMs) break
      if (point.timeMs < timeMs) starts.add(point.timeMs + 1)
      else starts.add(point.timeMs - sizeMs)
    }
    // It may be new, and hold records that were there before.
    if (isNew) starts.add(timeMs + 1)
    return [...starts].sort((a, b) => a - b)
  }

  /** How many records there are since the last result; a window that is new has all its records. */
  #countOf(points: readonly Point[], startMs: number, key: Key, isIn: boolean): number {
    const known = this.#sent.change(startMs, key)
    if (known !== undefined) {
      if (isIn) known.added++
      return isIn ? known.added : 0
    }
    const sent = nothingSent()
    const end = indexFrom(points, startMs + this.#sizeMs + 1)
    for (let place = indexFrom(points, startMs); place < end; place++) {
      sent.added += points[place]?.records ?? 0
    }
    if (sent.added > 0) this.#sent.put(startMs, key, sent)
    return sent.added
  }

  #fire(points: readonly Point[], startMs: number, key: Key): void {
    const group = this.#within(points, startMs)
    if (group === undefined) return
    const endMs = startMs + this.#sizeMs + 1
    if (this.#once) {
      this.#groups.fire(group, startMs, endMs)
      return
    }
    const known = this.#sent.change(startMs, key)
    const sent = known ?? nothingSent()
    if (known === undefined) this.#sent.put(startMs, key, sent)
    sent.added = 0
    this.#results.send(sent, group, startMs, endMs)
  }

  #within(points: readonly Point[], startMs: number): Group | undefined {
    const from = indexFrom(points, startMs)
    const to = indexFrom(points, startMs + this.#sizeMs + 1)
    const first = points[from]
    if (first === undefined || from >= to) return undefined
    if (to - from === 1) return first
    const merged = this.#groups.copy(first)
    for (let place = from + 1; place < to; place++) {
      const point = points[place]
      if (point !== undefined) this.#groups.merge(merged, point)
    }
    return merged
  }

  *#fireDue(watermarkMs: number): Generator<void, void> {
    let timer = this.#ends.takeDue(watermarkMs)
    for (; timer !== undefined; timer = this.#ends.takeDue(watermarkMs)) {
      this.#fire(this.#table.get(ALL, timer.key) ?? [], timer.namespace, timer.key)
      yield
    }
    yield* this.#close(watermarkMs)
  }

  /** Lets go of the points that no window needs any more. */
  *#close(untilMs: number): Generator<void, void> {
    let timer = this.#closings.takeDue(untilMs)
    for (; timer !== undefined; timer = this.#closings.takeDue(untilMs)) {
      const { namespace: timeMs, key } = timer
      const points = this.#table.change(ALL, key) ?? []
      const [first] = points
      // Points leave in the order of their times, each with a timer of its own.
      if (first?.timeMs !== timeMs) throw new Error(`There is no point at ${timeMs} to let go.`)
      this.#context.ledger.release('absorbed', first.records)
      this.#sent.delete(timeMs - this.#sizeMs, key)
      this.#sent.delete(timeMs + 1, key)
      if (points.length === 1) this.#table.delete(ALL, key)
      else points.shift()
      yield
    }
  }

  /** The results of all windows of the groups that have changed, where they have not ended. */
  *#fireEarly(): Generator<void, void> {
    const closedMs = this.#time.closedMs()
    const due: { readonly startMs: number; readonly key: Key }[] = []
    for (const key of this.#changed.keys(ALL)) {
      const starts = new Set<number>()
      for (const { timeMs } of this.#table.get(ALL, key) ?? []) {
        if (timeMs > closedMs) starts.add(timeMs - this.#sizeMs)
        if (timeMs + 1 + this.#sizeMs > closedMs) starts.add(timeMs + 1)
      }
      for (const startMs of starts) due.push({ startMs, key })
      yield
    }
    const inTurn = inOrder(due, (a, b) => a.startMs - b.startMs || compareKeys(a.key, b.key))
    for (const one of inTurn) {
      if (one !== undefined) this.#fire(this.#table.get(ALL, one.key) ?? [], one.startMs, one.key)
      yield
    }
    this.#changed.drop(ALL)
  }
}

/** The index of the first point at or after this time. */
function indexFrom(points: readonly Point[], timeMs: number): number {
  let low = 0
  let high = points.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((points[middle]?.timeMs ?? 0) < timeMs) low = middle + 1
    else high = middle
  }
  return low
}
