/**
 * Groups by one column that live for ever, of rows that only come, and whose aggregates are nothing
 * but numbers. They lie in slots, and the row that a group gave last is not kept: it is made again
 * of the numbers before a record is added to them. So no object outlives the record that it is made
 * for.
 */

import type { Batch, Handler, RunContext, SlotLayout, SlotTable } from '@millrace/engine'
import { EMPTY_ROW, type Key, type NumberAggregates } from '@millrace/pipeline'
import type { AggregateGroups, Group } from './aggregate-groups.ts'

type ReadRow = NonNullable<NumberAggregates['row']>

/** They are in one namespace. */
const ALL = 0

export class LastingNumbers implements Handler {
  readonly #groups: AggregateGroups
  readonly #numbers: NumberAggregates
  readonly #readRow: ReadRow
  readonly #ledger: RunContext['ledger']
  readonly #layout: SlotLayout<Group>
  readonly #table: SlotTable<Group>

  constructor(
    groups: AggregateGroups,
    numbers: NumberAggregates,
    readRow: ReadRow,
    { ledger, state }: RunContext,
  ) {
    this.#groups = groups
    this.#numbers = numbers
    this.#readRow = readRow
    this.#ledger = ledger
    this.#layout = groupLayout(numbers, readRow)
    this.#table = state.slots('groups', this.#layout)
  }

  rows(_input: number, { rows, times }: Batch, from: number, to: number): void {
    const groups = this.#groups
    const readRow = this.#readRow
    const table = this.#table
    const entries = table.namespace(ALL)
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      const slot = entries.place(groups.readKey(row))
      const { isNew, slots } = entries
      if (!isNew && !entries.isTouched(slot)) table.beforeChange(ALL, entries, slot)
      const values = [slots.givenKey(slot)]
      const at = slot * slots.stride + 1
      const before = isNew ? undefined : readRow(slots.numbers, at, values)
      try {
        this.#numbers.add(slots.numbers, at, row, times?.[index] ?? 0)
      } catch (error) {
        groups.refuseRow(row, error, { row: values })
        if (isNew) entries.takeLast()
        continue
      }
      this.#ledger.absorbed++
      groups.emitUpdate(before, readRow(slots.numbers, at, values), 0)
    }
  }
}

function groupLayout({ initial }: NumberAggregates, readRow: ReadRow): SlotLayout<Group> {
  return {
    initial,
    toValue: (slots, slot) => {
      const { numbers } = slots
      const at = slot * slots.stride + 1
      const values = [slots.givenKey(slot)]
      const accumulator = [...numbers.subarray(at, at + initial.length)]
      return { row: readRow(numbers, at, values), isOut: true, accumulator }
    },
    setValue: (slots, slot, { accumulator }) => {
      slots.numbers.set(accumulator as number[], slot * slots.stride + 1)
    },
    givenKey: (_key, { row }) => (row[0] ?? null) as Key,
  }
}
