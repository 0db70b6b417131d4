/**
 * The first row of each partition to which rows only come, where partitions stay: the one with the
 * highest price of each auction, say. Rows lie in slots, which the columns of their partition find,
 * so that nothing is kept of a partition but the row itself. It is stored as rankings of any input
 * are.
 */

import {
  type Batch,
  ColumnKeys,
  type Handler,
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
import { compareRanked, type RankedColumns, rankingOf } from './first-rows.ts'
import type { Ranking } from './ranking.ts'

/** Partitions are in one namespace. */
const ALL = 0

export class FirstRowOfEach implements Handler {
  readonly #by: RankedColumns
  /** The column that rows are partitioned by, where it is one. */
  readonly #column: number
  /** Of several columns. */
  readonly #keys: ColumnKeys | undefined
  readonly #ledger: RunContext['ledger']
  readonly #table: SlotTable<Ranking>
  readonly #out: OutputPort

  /** The columns at `partitionBy` are of scalar types; there is at least one. */
  constructor(
    by: RankedColumns,
    partitionBy: readonly number[],
    context: RunContext,
    out: OutputPort,
  ) {
    this.#by = by
    this.#column = partitionBy[0] ?? 0
    this.#keys = partitionBy.length === 1 ? undefined : new ColumnKeys(partitionBy)
    this.#ledger = context.ledger
    this.#table = context.state.slots('partitions', rankingLayout(by, partitionBy, this.#keys))
    this.#out = out
  }

  /** Undefined where more than one row is shown, partitions go, or are not known by numbers. */
  static of(
    by: RankedColumns,
    partitionBy: readonly string[],
    input: StreamSchema,
    context: RunContext,
    timeToLiveMs: number | undefined,
    out: OutputPort,
  ): FirstRowOfEach | undefined {
    if (by.n > 1 || by.numbered || timeToLiveMs !== undefined) return undefined
    const indexes = indexesOf(partitionBy, input)
    const isKnown = indexes.every((index) => {
      const type = input.columns[index]?.type
      return type !== undefined && isScalar(type)
    })
    if (!isKnown || indexes.length === 0 || indexes.length > KEY_COLUMNS_MAX) return undefined
    return new FirstRowOfEach(by, indexes, context, out)
  }

  rows(_input: number, { rows }: Batch, from: number, to: number): void {
    const entries = this.#table.namespace(ALL)
    let passed = 0
    for (let index = from; index < to; index++) {
      if (this.#take(entries, rows[index] ?? EMPTY_ROW)) passed++
    }
    this.#ledger.passed += passed
    this.#ledger.filtered += to - from - passed
  }

  /** False where the row is behind the one that is there; of two that rank alike that one stays. */
  #take(entries: SlotEntries, row: Row): boolean {
    const slot = this.#place(entries, row)
    const { isNew, slots } = entries
    if (isNew) {
      slots.objects[slot] = row
      this.#out.emitChange('+I', row, 0)
      return true
    }
    const table = this.#table
    const before = table.object(slots, slot) as Row
    if (compareRanked(this.#by, before, row) <= 0) return false
    if (!entries.isTouched(slot)) table.beforeChange(ALL, entries, slot)
    table.setObject(slots, slot, row)
    if (compareRows(before, row) !== 0) this.#out.emitUpdate(before, 0, row, 0)
    return true
  }

  #place(entries: SlotEntries, row: Row): number {
    if (this.#keys !== undefined) return entries.placeRow(this.#keys, row)
    return entries.place((row[this.#column] ?? null) as Key)
  }
}

function rankingLayout(
  by: RankedColumns,
  partitionBy: readonly number[],
  keys: ColumnKeys | undefined,
): SlotLayout<Ranking> {
  const rowOf = (ranking: Ranking) => ranking[0]?.[0]?.row ?? EMPTY_ROW
  const valuesOf = (ranking: Ranking) => {
    const row = rowOf(ranking)
    return partitionBy.map((index) => row[index] ?? null)
  }
  return {
    initial: [],
    ...(keys === undefined ? {} : { columns: { keys, valuesOf } }),
    toValue: (slots, slot) => rankingOf([slots.objects[slot] as Row], by),
    setValue: (slots, slot, ranking) => {
      slots.objects[slot] = rowOf(ranking)
    },
    givenKey: (_key, ranking) => (valuesOf(ranking)[0] ?? null) as Key,
    objectOf: rowOf,
  }
}
