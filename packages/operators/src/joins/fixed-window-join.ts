/**
 * Joins in windows of a fixed size. Records are stored once, in their pane (see
 * `window-layout.ts`), by key. A window that fires brings the panes it is made of together, key by
 * key; so each overlapping window costs a look at its records, as its results do anyway.
 */

import {
  type Batch,
  type Emit,
  type Handler,
  inKeyOrder,
  keysInOrder,
  type RunContext,
  ShardedMap,
  START_OF_TIME_MS,
  type StateTable,
  type StateValue,
} from '@millrace/engine'
import { EMPTY_ROW } from '@millrace/pipeline'
import { type Pane, PaneList } from '../windows/pane-list.ts'
import type { WindowLayout } from '../windows/window-layout.ts'
import { type HeldSides, hold, inArrivalOrder, letGo } from './held-records.ts'
import type { JoinSchemas } from './join-schema.ts'
import type { WindowBounds } from './pair-join.ts'
import { type JoinPort, type RunConfig, UNUSED } from './pairing.ts'
import { WindowRecords } from './window-records.ts'

/** After so many keys, the thread may be given back. */
const KEYS_A_STEP = 64

/** What one pane holds under a key. */
export class FixedWindowJoin implements Handler {
  readonly #layout: WindowLayout
  readonly #context: RunContext
  readonly #records: WindowRecords
  /** By pane and key. */
  readonly #table: StateTable<HeldSides>
  readonly #panes: PaneList
  /** The last millisecond of the window that fired last. */
  readonly #firedMs: StateValue<number>

  constructor(
    layout: WindowLayout,
    config: RunConfig,
    schemas: JoinSchemas,
    context: RunContext,
    emit: Emit<JoinPort>,
  ) {
    this.#layout = layout
    this.#context = context
    this.#records = new WindowRecords(config, schemas, context, emit)
    this.#table = context.state.table('records')
    this.#panes = new PaneList(context.state.value('panes', []))
    this.#firedMs = context.state.value('fired', START_OF_TIME_MS)
  }

  rows(input: number, { rows, times }: Batch, from: number, to: number): void {
    const { ledger, progress } = this.#context
    const { watermarkMs } = progress
    const layout = this.#layout
    const side = input === 0 ? 0 : 1
    const records = this.#records
    const keys = records.keys[side]
    let order = records.arrived.get()
    let paneStartMs = Number.POSITIVE_INFINITY
    let paneEndMs = Number.NEGATIVE_INFINITY
    let isOpen = false
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      const timeMs = times?.[index] ?? 0
      if (timeMs < paneStartMs || timeMs >= paneEndMs) {
        layout.moveTo(timeMs)
        paneStartMs = layout.startMs
        paneEndMs = layout.endMs
        isOpen = layout.findOpen(watermarkMs)
        if (isOpen && this.#panes.find(paneStartMs) === undefined) this.#panes.open(paneStartMs)
      }
      if (!isOpen) {
        if (layout.inGap) ledger.filtered++
        else records.late(side, row, timeMs)
        continue
      }
      if (records.isUseless(side, row)) {
        ledger.expired++
        continue
      }
      const key = keys.readKey(row)
      let sides = this.#table.change(paneStartMs, key)
      if (sides === undefined) {
        sides = [[], []]
        this.#table.put(paneStartMs, key, sides)
      }
      hold(sides, side, { row, order: order++, use: UNUSED })
      ledger.held++
    }
    records.arrived.set(order)
    this.#panes.changed()
  }

  watermark(watermarkMs: number): Iterator<unknown> | undefined {
    const next = this.#nextWindow()
    return next !== undefined && next.endMs - 1 <= watermarkMs
      ? this.#fireDue(watermarkMs)
      : undefined
  }

  *#fireDue(watermarkMs: number): Generator<void, void> {
    let window = this.#nextWindow()
    for (; window !== undefined && window.endMs - 1 <= watermarkMs; window = this.#nextWindow()) {
      const neededFromMs = this.#layout.neededFromMs(window.startMs, window.endMs)
      yield* this.#fire(window, neededFromMs)
      this.#firedMs.set(window.endMs - 1)
      for (const { startMs } of this.#panes.takeBefore(neededFromMs)) this.#table.drop(startMs)
    }
  }

  /** The earliest window that may have records and has not fired. */
  #nextWindow(): WindowBounds | undefined {
    const { first } = this.#panes
    if (first === undefined) return undefined
    this.#layout.moveTo(first.startMs)
    const closedMs = Math.max(this.#context.progress.watermarkMs, this.#firedMs.get())
    if (!this.#layout.findOpen(closedMs)) throw new Error('A pane is kept that no window needs.')
    return { startMs: this.#layout.openStartMs, endMs: this.#layout.openEndMs }
  }

  /** Lets go of the records in panes that start before `neededFromMs`; the panes stay. */
  *#fire(window: WindowBounds, neededFromMs: number): Generator<void, void> {
    const panes = this.#panes.between(window.startMs, window.endMs)
    const [only] = panes
    if (only !== undefined && panes.length === 1) {
      yield* this.#firePane(window, only.startMs, only.startMs >= neededFromMs)
      return
    }
    const merged = yield* this.#merge(panes)
    let count = 0
    for (const entry of inKeyOrder(merged.entries())) {
      count++
      if (entry === undefined || count % KEYS_A_STEP === 0) yield
      if (entry === undefined) continue
      const [key, starts] = entry
      // What pairs with another one is marked as used.
      const parts = starts.flatMap((startMs) => {
        const sides = this.#table.change(startMs, key)
        return sides === undefined ? [] : [{ startMs, sides }]
      })
      const left = yield* inArrivalOrder(parts.map(({ sides }) => sides[0]))
      const right = yield* inArrivalOrder(parts.map(({ sides }) => sides[1]))
      const pairs = this.#records.join(window, left, right)
      if (pairs !== undefined) yield* pairs
      for (const { startMs, sides } of parts) {
        if (startMs >= neededFromMs) continue
        const rest = letGo(sides, this.#context.ledger)
        if (rest !== undefined) yield* rest
      }
    }
  }

  *#firePane(window: WindowBounds, startMs: number, isNeeded: boolean): Generator<void, void> {
    let count = 0
    for (const key of keysInOrder(this.#table.keys(startMs))) {
      count++
      if (key === undefined || count % KEYS_A_STEP === 0) yield
      const sides = key === undefined ? undefined : this.#table.change(startMs, key)
      if (sides === undefined) continue
      const pairs = this.#records.join(window, sides[0], sides[1])
      if (pairs !== undefined) yield* pairs
      const rest = isNeeded ? undefined : letGo(sides, this.#context.ledger)
      if (rest !== undefined) yield* rest
    }
  }

  /** The panes in which each key has records. */
  *#merge(panes: readonly Pane[]): Generator<void, ShardedMap<number[]>> {
    const merged = new ShardedMap<number[]>()
    let count = 0
    for (const { startMs } of panes) {
      for (const key of this.#table.keys(startMs)) {
        const starts = merged.get(key)
        if (starts === undefined) merged.set(key, [startMs])
        else starts.push(startMs)
        count++
        if (count % KEYS_A_STEP === 0) yield
      }
    }
    return merged
  }
}
