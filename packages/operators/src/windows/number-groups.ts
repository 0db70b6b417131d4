/**
 * The groups of fixed windows whose aggregates are nothing but numbers: by pane, in slots, so that
 * adding a record makes no object and whole panes go at once. What is read is a group like those of
 * other windows, made for the moment.
 */

import {
  keysInOrder,
  type OutputPort,
  SlotEntries,
  type SlotLayout,
  type Slots,
  type SlotTable,
  type State,
} from '@millrace/engine'
import { EMPTY_ROW, type Key, type NumberAggregates, type Row } from '@millrace/pipeline'
import type { Group, WindowGroups } from './window-groups.ts'

/** Merged between two places where the thread may be given back. */
const GROUPS_A_STEP = 512
/** Results that leave between two such places: what comes behind this node takes its time, too. */
const ROWS_A_STEP = 3

export class NumberGroups {
  readonly table: SlotTable<Group>
  readonly #groups: WindowGroups
  readonly #numbers: NumberAggregates
  readonly #layout: SlotLayout<Group>
  /** Where a group is read that nobody keeps. */
  readonly #values: Row[number][] = []
  readonly #read: Group
  /** What a result row begins with: the group, and its window. */
  readonly #lead: Row[number][] = []

  constructor(groups: WindowGroups, numbers: NumberAggregates, state: State) {
    this.#groups = groups
    this.#numbers = numbers
    this.#layout = groupLayout(groups, numbers)
    this.table = state.slots('groups', this.#layout)
    this.#read = { values: this.#values, accumulator: numbers.initial.slice() }
  }

  /**
   * Adds the rows [from, to), all of one pane; `atMs` is their time where they have none of their
   * own. Returns how many were added; the others were refused.
   */
  add(
    paneMs: number,
    input: number,
    rows: readonly Row[],
    times: readonly number[] | undefined,
    from: number,
    to: number,
    atMs: number,
  ): number {
    const { table } = this
    const { keyIsValue, readKey, readValues } = this.#groups
    const numbers = this.#numbers
    const timed = numbers.needsTime ? times : undefined
    const entries = table.namespace(paneMs)
    let refused = 0
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      const slot = entries.place(readKey(row))
      const { slots } = entries
      if (!entries.isNew) {
        if (!entries.isTouched(slot)) table.beforeChange(paneMs, entries, slot)
      } else if (!keyIsValue) slots.objects[slot] = readValues(row)
      try {
        const timeMs = timed === undefined ? atMs : (timed[index] ?? 0)
        numbers.add(slots.numbers, slot * slots.stride + 1, row, timeMs)
      } catch (error) {
        refused++
        this.#groups.refuseRow(input, row, error, this.#layout.toValue(slots, slot))
        if (entries.isNew) entries.takeLast()
      }
    }
    if (entries.count === 0) table.drop(paneMs)
    return to - from - refused
  }

  /** The groups of a pane; each is there until the next one is read. */
  of(paneMs: number): { get(key: Key): Group | undefined; keys(): Iterable<Key> } {
    return this.#readable(this.table.look(paneMs))
  }

  /** The groups of several panes together, as `of`. */
  *merge(
    panes: readonly { readonly startMs: number }[],
  ): Generator<void, ReturnType<NumberGroups['of']>> {
    return this.#readable(yield* this.#merged(panes))
  }

  /** Whether every result has a value, and is made of the numbers as they lie. */
  get makesRows(): boolean {
    return this.#numbers.row !== undefined
  }

  /**
   * Emits the results of the window [startMs, endMs), which has these panes, by key: only where it
   * `makesRows`.
   */
  *fire(
    panes: readonly { readonly startMs: number }[],
    startMs: number,
    endMs: number,
    out: OutputPort,
  ): Generator<void, void> {
    const [first, ...others] = panes
    if (first === undefined) return
    const entries =
      others.length === 0 ? this.table.look(first.startMs) : yield* this.#merged(panes)
    if (entries === undefined) return
    this.#lead[this.#groups.valueCount] = startMs
    this.#lead[this.#groups.valueCount + 1] = endMs
    const [only, ...parts] = entries.parts()
    const keys = parts.length === 0 ? only?.numberKeys()?.sort() : undefined
    if (only === undefined || keys === undefined) {
      yield* this.#fireInOrder(entries, endMs, out)
      return
    }
    for (let at = 0; at < keys.length; at++) {
      this.#emit(only, only.find(keys[at] as number), endMs, out)
      if ((at + 1) % ROWS_A_STEP === 0) yield
    }
  }

  /** Whatever their keys are, and however many. */
  *#fireInOrder(entries: SlotEntries, endMs: number, out: OutputPort): Generator<void, void> {
    let fired = 0
    for (const key of keysInOrder(entries.keys())) {
      const slot = key === undefined ? -1 : entries.find(key)
      if (slot >= 0) this.#emit(entries.slots, slot, endMs, out)
      if (key === undefined || ++fired % ROWS_A_STEP === 0) yield
    }
  }

  #emit(slots: Slots, slot: number, endMs: number, out: OutputPort): void {
    const lead = this.#lead
    if (this.#groups.keyIsValue) lead[0] = slots.givenKey(slot)
    else {
      const values = slots.objects[slot] as Row
      for (let at = 0; at < values.length; at++) lead[at] = values[at] ?? null
    }
    const row = this.#numbers.row?.(slots.numbers, slot * slots.stride + 1, lead)
    if (row !== undefined) out.emit(row, endMs - 1)
  }

  *#merged(panes: readonly { readonly startMs: number }[]): Generator<void, SlotEntries> {
    const expected = Math.max(0, ...panes.map(({ startMs }) => this.table.count(startMs)))
    const merged = new SlotEntries(this.#numbers.initial, expected, undefined)
    let count = 0
    for (const { startMs } of panes) {
      for (const slots of this.table.look(startMs)?.parts() ?? []) {
        for (let slot = 0; slot < slots.count; slot++) {
          this.#mergeOne(merged, slots, slot)
          if (++count % GROUPS_A_STEP === 0) yield
        }
      }
    }
    return merged
  }

  #mergeOne(merged: SlotEntries, from: Slots, slot: number): void {
    const at = merged.place(from.givenKey(slot))
    const { slots } = merged
    if (merged.isNew && !this.#groups.keyIsValue) slots.objects[at] = from.objects[slot]
    const [intoAt, fromAt] = [at * slots.stride + 1, slot * from.stride + 1]
    try {
      this.#numbers.merge(slots.numbers, intoAt, from.numbers, fromAt)
    } catch (error) {
      throw this.#groups.failure(error, this.#layout.toValue(slots, at))
    }
  }

  #readable(entries: SlotEntries | undefined): ReturnType<NumberGroups['of']> {
    return {
      get: (key) => {
        const slot = entries?.find(key) ?? -1
        return entries === undefined || slot < 0 ? undefined : this.#group(entries.slots, slot)
      },
      keys: () => entries?.keys() ?? [],
    }
  }

  #group(slots: Slots, slot: number): Group {
    const { numbers, stride } = slots
    const { accumulator } = this.#read
    const first = slot * stride + 1
    for (let at = 0; at < accumulator.length; at++) accumulator[at] = numbers[first + at]
    if (!this.#groups.keyIsValue) return { values: slots.objects[slot] as Row, accumulator }
    this.#values[0] = slots.givenKey(slot)
    return this.#read
  }
}

function groupLayout(
  { keyIsValue }: WindowGroups,
  { initial }: NumberAggregates,
): SlotLayout<Group> {
  return {
    initial,
    toValue: (slots, slot) => {
      const first = slot * slots.stride + 1
      const values = keyIsValue ? [slots.givenKey(slot)] : (slots.objects[slot] as Row)
      return { values, accumulator: [...slots.numbers.subarray(first, first + initial.length)] }
    },
    setValue: (slots, slot, { values, accumulator }) => {
      slots.numbers.set(accumulator as number[], slot * slots.stride + 1)
      if (!keyIsValue) slots.objects[slot] = values
    },
    givenKey: (key, { values }) => (keyIsValue ? ((values[0] ?? null) as Key) : key),
  }
}
