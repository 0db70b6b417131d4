/**
 * The latest row of each key, where rows only come and each key stays. Rows lie in slots, which
 * their own columns find: no text is made of a key, and nothing is kept of a row but the row itself
 * and its time. It is stored as `LatestRows` stores it.
 */

import {
  type Batch,
  ColumnKeys,
  KEY_COLUMNS_MAX,
  type OutputPort,
  type RunContext,
  type SlotEntries,
  type SlotLayout,
  type SlotTable,
} from '@millrace/engine'
import {
  compareRows,
  EMPTY_ROW,
  isScalar,
  type Key,
  type Row,
  type StreamSchema,
} from '@millrace/pipeline'
import { indexesOf } from '../column-list.ts'
import type { Kept } from './latest-rows.ts'

/** All rows are in one namespace. */
const ALL = 0

export class LastingRows {
  /** The column of the key, where it is one. */
  readonly #column: number
  /** Of several columns. */
  readonly #keys: ColumnKeys | undefined
  readonly #table: SlotTable<Kept>
  readonly #out: OutputPort
  readonly #timed: boolean

  /** The key is in the columns at these indexes, all of scalar types. */
  constructor(indexes: readonly number[], context: RunContext, out: OutputPort) {
    this.#column = indexes[0] ?? 0
    this.#keys = indexes.length === 1 ? undefined : new ColumnKeys(indexes)
    this.#table = context.state.slots('rows', rowLayout(this.#keys, indexes))
    this.#out = out
    this.#timed = context.outputSchemas[out.name]?.eventTime ?? false
  }

  /** Undefined where rows may go, or their keys are not known by numbers. */
  static of(
    key: readonly string[],
    input: StreamSchema,
    context: RunContext,
    timeToLiveMs: number | undefined,
    out: OutputPort,
  ): LastingRows | undefined {
    const indexes = indexesOf(key, input)
    const isKnown = indexes.every((index) => {
      const type = input.columns[index]?.type
      return type !== undefined && isScalar(type)
    })
    const stays = timeToLiveMs === undefined && input.changes === 'append'
    if (!stays || !isKnown || indexes.length > KEY_COLUMNS_MAX) return undefined
    return new LastingRows(indexes, context, out)
  }

  /**
   * Each row takes the place of the one with its key, or with `keepsLater` leaves it one of a later
   * time. Returns how many are said: not those that stand there already.
   */
  put({ rows, times }: Batch, from: number, to: number, keepsLater: boolean): number {
    const entries = this.#table.namespace(ALL)
    let said = 0
    for (let index = from; index < to; index++) {
      const timeMs = times?.[index] ?? 0
      if (this.#putOne(entries, rows[index] ?? EMPTY_ROW, timeMs, keepsLater)) said++
    }
    return said
  }

  #putOne(entries: SlotEntries, row: Row, timeMs: number, keepsLater: boolean): boolean {
    const slot = this.#place(entries, row)
    const { isNew, slots } = entries
    const timeAt = slot * slots.stride + slots.keyWidth
    if (isNew) {
      slots.objects[slot] = row
      slots.numbers[timeAt] = timeMs
      this.#out.emitChange('+I', row, timeMs)
      return true
    }
    const beforeMs = slots.numbers[timeAt] as number
    if (keepsLater && beforeMs > timeMs) return false
    const table = this.#table
    if (!entries.isTouched(slot)) table.beforeChange(ALL, entries, slot)
    const before = table.object(slots, slot) as Row
    table.setObject(slots, slot, row)
    slots.numbers[timeAt] = timeMs
    const same = beforeMs === timeMs || !this.#timed
    if (same && compareRows(before, row) === 0) return false
    this.#out.emitUpdate(before, beforeMs, row, timeMs)
    return true
  }

  #place(entries: SlotEntries, row: Row): number {
    if (this.#keys !== undefined) return entries.placeRow(this.#keys, row)
    return entries.place((row[this.#column] ?? null) as Key)
  }
}

function rowLayout(keys: ColumnKeys | undefined, indexes: readonly number[]): SlotLayout<Kept> {
  const valuesOf = ({ row }: Kept) => indexes.map((index) => row[index] ?? null)
  return {
    initial: [0],
    ...(keys === undefined ? {} : { columns: { keys, valuesOf } }),
    toValue: (slots, slot) => {
      const timeMs = slots.numbers[slot * slots.stride + slots.keyWidth] as number
      return { row: slots.objects[slot] as Row, timeMs }
    },
    setValue: (slots, slot, { row, timeMs }) => {
      slots.objects[slot] = row
      slots.numbers[slot * slots.stride + slots.keyWidth] = timeMs
    },
    givenKey: (_key, kept) => (valuesOf(kept)[0] ?? null) as Key,
    objectOf: ({ row }) => row,
  }
}
