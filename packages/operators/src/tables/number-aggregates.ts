/**
 * Groups that live for ever, of rows that only come, and whose aggregates are nothing but numbers.
 * They lie in slots, and the row that a group gave last is not kept: it is made again of the
 * numbers as they were before a record was added. So no object outlives the record that it is made
 * for.
 */

import type {
  Batch,
  ColumnKeys,
  Handler,
  RunContext,
  SlotEntries,
  SlotLayout,
  SlotTable,
} from '@millrace/engine'
import {
  EMPTY_ROW,
  type Key,
  type NumberAggregates,
  type Row,
  type Value,
} from '@millrace/pipeline'
import type { AggregateGroups, Group } from './aggregate-groups.ts'

type ReadRow = NonNullable<NumberAggregates['row']>

/** They are in one namespace. */
const ALL = 0

export class LastingNumbers implements Handler {
  readonly #groups: AggregateGroups
  readonly #columns: ColumnKeys | undefined
  readonly #numbers: NumberAggregates
  readonly #readRow: ReadRow
  readonly #ledger: RunContext['ledger']
  readonly #table: SlotTable<Group>
  /** The numbers of a group before a record was added. */
  readonly #before: Float64Array
  /** The values of the columns that are grouped by, of the record in work. */
  readonly #values: Value[] = []

  /** `columns` reads the keys of groups by several columns. */
  constructor(
    groups: AggregateGroups,
    columns: ColumnKeys | undefined,
    numbers: NumberAggregates,
    readRow: ReadRow,
    { ledger, state }: RunContext,
  ) {
    this.#groups = groups
    this.#columns = columns
    this.#numbers = numbers
    this.#readRow = readRow
    this.#ledger = ledger
    this.#before = Float64Array.from(numbers.initial)
    this.#table = state.slots('groups', groupLayout(numbers, readRow, columns))
  }

  rows(_input: number, { rows, times }: Batch, from: number, to: number): void {
    const table = this.#table
    const entries = table.namespace(ALL)
    const { needsTime } = this.#numbers
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      const slot = this.#place(entries, row)
      const { isNew, slots } = entries
      if (!isNew && !entries.isTouched(slot)) table.beforeChange(ALL, entries, slot)
      const { numbers } = slots
      const at = slot * slots.stride + slots.keyWidth
      if (!isNew) this.#note(numbers, at)
      try {
        this.#numbers.add(numbers, at, row, needsTime ? (times?.[index] ?? 0) : 0)
      } catch (error) {
        this.#groups.refuseRow(row, error, { row: slots.givenValues(slot) })
        if (isNew) entries.takeLast()
        continue
      }
      this.#ledger.absorbed++
      if (isNew || this.#hasChanged(numbers, at)) this.#tell(row, entries, slot)
    }
  }

  #place(entries: SlotEntries, row: Row): number {
    if (this.#columns === undefined) return entries.place(this.#groups.readKey(row))
    return entries.placeRow(this.#columns, row)
  }

  #note(numbers: Float64Array, at: number): void {
    const before = this.#before
    for (let index = 0; index < before.length; index++) {
      before[index] = numbers[at + index] as number
    }
  }

  #hasChanged(numbers: Float64Array, at: number): boolean {
    const before = this.#before
    for (let index = 0; index < before.length; index++) {
      if (numbers[at + index] !== before[index]) return true
    }
    return false
  }

  #tell(row: Row, { isNew, slots }: SlotEntries, slot: number): void {
    const values = this.#values
    const first = slot * slots.stride
    if (this.#columns === undefined) values[0] = slots.givenKey(slot)
    else this.#columns.fillValues(row, slots.numbers, first, values)
    const readRow = this.#readRow
    const before = isNew ? undefined : readRow(this.#before, 0, values)
    this.#groups.emitUpdate(before, readRow(slots.numbers, first + slots.keyWidth, values), 0)
  }
}

function groupLayout(
  { initial }: NumberAggregates,
  readRow: ReadRow,
  keys: ColumnKeys | undefined,
): SlotLayout<Group> {
  const width = initial.length
  return {
    initial,
    ...(keys === undefined ? {} : { columns: { keys, valuesOf: ({ row }) => row } }),
    toValue: (slots, slot) => {
      const { numbers } = slots
      const at = slot * slots.stride + slots.keyWidth
      const accumulator = [...numbers.subarray(at, at + width)]
      return { row: readRow(numbers, at, slots.givenValues(slot)), isOut: true, accumulator }
    },
    setValue: (slots, slot, { accumulator }) => {
      slots.numbers.set(accumulator as number[], slot * slots.stride + slots.keyWidth)
    },
    givenKey: (_key, { row }) => (row[0] ?? null) as Key,
  }
}
