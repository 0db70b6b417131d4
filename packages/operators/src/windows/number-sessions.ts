/**
 * Sessions that fire once and keep nothing but numbers (see `sessions.ts` for what a session is):
 * those of a key are a chain of items, the latest first, so that adding a record makes no object
 * and costs a step for each session of its key that is later. Where each of them ends is known to
 * slices of time, without a timer.
 *
 * A session that has been joined to an earlier one has no records. Its item stays until its
 * slice has met it, and so each item is in the slices once.
 */

import {
  type Batch,
  type ChainLayout,
  type ChainTable,
  type Emit,
  type Handler,
  inOrder,
  type RunContext,
} from '@millrace/engine'
import {
  compareKeys,
  EMPTY_ROW,
  type Key,
  type NumberAggregates,
  type Row,
} from '@millrace/pipeline'
import { DueSlices, SLICE_MS_MAX } from './due-slices.ts'
import type { Session } from './sessions.ts'
import type { Group, WindowGroups, WindowPort } from './window-groups.ts'

/** Of an item: [startMs, endMs), its records, and what the aggregates keep. */
const START = 0
const END = 1
const RECORDS = 2
const VALUES = 3

const NONE: Float64Array = new Float64Array(0)

/** A gap has so many slices, so that few sessions are met before they are due. */
const SLICES_A_GAP = 64
/** Results that leave between two places where the thread may be given back. */
const ROWS_A_STEP = 3
/** More are sorted with such places in between. */
const SORTED_AT_ONCE = 1024

export class NumberSessions implements Handler {
  readonly #gapMs: number
  readonly #context: RunContext
  readonly #emit: Emit<WindowPort>
  readonly #groups: WindowGroups
  readonly #numbers: NumberAggregates
  readonly #table: ChainTable<Session[]>
  readonly #ends: DueSlices
  /** What a result row begins with: key, start and end. */
  readonly #lead: Row[number][] = [null, 0, 0]

  /** Where a group is one value. */
  constructor(
    gapMs: number,
    groups: WindowGroups,
    numbers: NumberAggregates,
    context: RunContext,
    emit: Emit<WindowPort>,
  ) {
    this.#gapMs = gapMs
    this.#context = context
    this.#emit = emit
    this.#groups = groups
    this.#numbers = numbers
    const table = context.state.chains('sessions', sessionLayout(numbers))
    this.#table = table
    // Version 1 had a timer for each.
    const timers = context.state.timers('ends')
    while (timers.takeDue(Number.POSITIVE_INFINITY) !== undefined);
    const widthMs = Math.min(Math.ceil(gapMs / SLICES_A_GAP), SLICE_MS_MAX)
    this.#ends = new DueSlices(widthMs, (item) => endOf(table, item) - 1)
    for (const first of table.firsts()) {
      for (let item = first; item >= 0; item = table.next(item)) {
        this.#ends.add(item, endOf(table, item) - 1)
      }
    }
  }

  rows(input: number, { rows, times }: Batch, from: number, to: number): void {
    const gapMs = this.#gapMs
    const table = this.#table
    const { readKey } = this.#groups
    const aggregates = this.#numbers
    const { needsTime } = aggregates
    const { ledger } = this.#context
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      const timeMs = times?.[index] ?? 0
      const key = readKey(row)
      const first = table.find(key)
      let later = -1
      let item = first
      let numbers = NONE
      let at = 0
      for (; item >= 0; item = table.next(item)) {
        numbers = table.numbers(item)
        at = table.at(item)
        if ((numbers[at + START] as number) < timeMs + gapMs) break
        later = item
      }
      if (item < 0 || (numbers[at + END] as number) <= timeMs) {
        this.#begin(key, first, later, input, row, timeMs)
        continue
      }
      if (timeMs < (numbers[at + START] as number)) {
        // Where it joins two sessions, it is added to the earlier one.
        item = this.#earlierWith(item, timeMs)
        numbers = table.numbers(item)
        at = table.at(item)
      }
      if (!table.isTouched(first)) table.beforeChange(first)
      try {
        aggregates.add(numbers, at + VALUES, row, needsTime ? timeMs : 0)
      } catch (error) {
        this.#groups.refuseRow(input, row, error, this.#groupOf(item))
        continue
      }
      numbers[at + RECORDS] = (numbers[at + RECORDS] as number) + 1
      ledger.held++
      const endMs = timeMs + gapMs
      if (endMs > (numbers[at + END] as number)) this.#extend(item, endMs)
      if (timeMs < (numbers[at + START] as number)) numbers[at + START] = timeMs
    }
  }

  watermark(watermarkMs: number): Iterator<unknown> | undefined {
    return this.#ends.nextMs <= watermarkMs ? this.#fireDue(watermarkMs) : undefined
  }

  /** The record overlaps no session: it is late by itself, or begins one, before `later`. */
  #begin(key: Key, first: number, later: number, input: number, row: Row, timeMs: number): void {
    const { ledger, progress } = this.#context
    const endMs = timeMs + this.#gapMs
    if (endMs - 1 <= progress.watermarkMs) {
      ledger.late++
      this.#emit.out.late.emit(row, timeMs)
      return
    }
    const table = this.#table
    const item = table.create(key)
    const numbers = table.numbers(item)
    const at = table.at(item)
    numbers[at + START] = timeMs
    numbers[at + END] = endMs
    numbers[at + RECORDS] = 1
    try {
      this.#numbers.add(numbers, at + VALUES, row, this.#numbers.needsTime ? timeMs : 0)
    } catch (error) {
      const group = this.#groupOf(item)
      table.free(item)
      this.#groups.refuseRow(input, row, error, group)
      return
    }
    if (first >= 0 && !table.isTouched(first)) table.beforeChange(first)
    if (later < 0) table.putFirst(first, item)
    else table.putBehind(later, item)
    this.#ends.add(item, endMs - 1)
    ledger.held++
  }

  /** The session, or the one before it if that ends behind this time. */
  #earlierWith(item: number, timeMs: number): number {
    const earlier = this.#table.next(item)
    return earlier >= 0 && endOf(this.#table, earlier) > timeMs ? earlier : item
  }

  /** The session may now reach the later one, and no other: each is at least as long as the gap. */
  #extend(item: number, endMs: number): void {
    const table = this.#table
    const numbers = table.numbers(item)
    const at = table.at(item)
    const later = table.previous(item)
    if (later < 0 || startOf(table, later) >= endMs) {
      numbers[at + END] = endMs
      return
    }
    const from = table.numbers(later)
    const fromAt = table.at(later)
    try {
      this.#numbers.merge(numbers, at + VALUES, from, fromAt + VALUES)
    } catch (error) {
      throw this.#groups.failure(error, this.#groupOf(item))
    }
    numbers[at + RECORDS] = (numbers[at + RECORDS] as number) + (from[fromAt + RECORDS] as number)
    numbers[at + END] = from[fromAt + END] as number
    from[fromAt + RECORDS] = 0
    table.take(later)
  }

  *#fireDue(watermarkMs: number): Generator<void, void> {
    let fired = 0
    for (const items of this.#ends.due(watermarkMs)) {
      if (items === undefined) {
        yield
        continue
      }
      this.#keepOpen(items)
      for (const item of this.#inOrder(items)) {
        if (item !== undefined) this.#fire(item)
        if (item === undefined || ++fired % ROWS_A_STEP === 0) yield
      }
    }
  }

  /** Lets go of those that have been joined to others. */
  #keepOpen(items: number[]): void {
    const table = this.#table
    let kept = 0
    for (const item of items) {
      if (table.numbers(item)[table.at(item) + RECORDS] === 0) table.free(item)
      else items[kept++] = item
    }
    items.length = kept
  }

  /** As they leave: by end, start and key. */
  #inOrder(items: number[]): Iterable<number | undefined> {
    const table = this.#table
    if (items.length === 1) return items
    const compare = (a: number, b: number) =>
      endOf(table, a) - endOf(table, b) ||
      startOf(table, a) - startOf(table, b) ||
      compareKeys(table.givenKey(a), table.givenKey(b))
    return items.length > SORTED_AT_ONCE ? inOrder(items, compare) : items.sort(compare)
  }

  #fire(item: number): void {
    const table = this.#table
    const numbers = table.numbers(item)
    const at = table.at(item)
    const lead = this.#lead
    const startMs = numbers[at + START] as number
    const endMs = numbers[at + END] as number
    const records = numbers[at + RECORDS] as number
    lead[0] = table.givenKey(item)
    lead[1] = startMs
    lead[2] = endMs
    const row = this.#numbers.row?.(numbers, at + VALUES, lead)
    if (row === undefined) this.#groups.fire(this.#groupOf(item), startMs, endMs)
    else this.#emit.out.out.emit(row, endMs - 1)
    this.#context.ledger.release('absorbed', records)
    this.#remove(item)
  }

  /** The last of its chain: the sessions before it have ended earlier. */
  #remove(item: number): void {
    const table = this.#table
    const first = table.previous(item) < 0 ? item : table.find(table.givenKey(item))
    if (!table.isTouched(first)) table.beforeChange(first)
    table.take(item)
    table.free(item)
  }

  #groupOf(item: number): Group {
    const numbers = this.#table.numbers(item)
    const at = this.#table.at(item) + VALUES
    const accumulator = [...numbers.subarray(at, at + this.#numbers.initial.length)]
    return { values: [this.#table.givenKey(item)], accumulator }
  }
}

function startOf(table: ChainTable<Session[]>, item: number): number {
  return table.numbers(item)[table.at(item) + START] as number
}

function endOf(table: ChainTable<Session[]>, item: number): number {
  return table.numbers(item)[table.at(item) + END] as number
}

/** They are stored as sessions that are objects, the earliest first. */
function sessionLayout({ initial }: NumberAggregates): ChainLayout<Session[]> {
  return {
    initial: [0, 0, 0, ...initial],
    toValue: (key, items) =>
      items.toReversed().map(([startMs = 0, endMs = 0, records = 0, ...accumulator]) => {
        const lies = { startMs, endMs, timerMs: endMs - 1, records, fired: false, sent: null }
        return { values: [key], accumulator, ...lies }
      }),
    itemsOf: (sessions) =>
      sessions.toReversed().map(({ startMs, endMs, records, accumulator }) => {
        return [startMs, endMs, records, ...(accumulator as number[])]
      }),
    givenKey: (key, [session]) =>
      session === undefined ? key : ((session.values[0] ?? null) as Key),
  }
}
