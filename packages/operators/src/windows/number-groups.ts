/**
 * The groups of fixed windows whose aggregates are nothing but numbers: by pane, in slots, so that
 * adding a record makes no object and whole panes go at once. What is read is a group like those of
 * other windows, made for the moment.
 */

import {
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

export class NumberGroups {
  readonly table: SlotTable<Group>
  readonly #groups: WindowGroups
  readonly #numbers: NumberAggregates
  readonly #layout: SlotLayout<Group>
  /** Where a group is read that nobody keeps. */
  readonly #values: Row[number][] = []
  readonly #read: Group

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
        const timeMs = times === undefined ? atMs : (times[index] ?? 0)
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
    return this.#readable(merged)
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
