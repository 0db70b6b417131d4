/**
 * Runs an inner join of two streams whose output is a table. It is the table join of rows that only
 * come: nothing that left is taken back, so a row is kept as it is, in a chain, and asked for its
 * place in the order only when the other side meets it. Under a key with very many rows the join of
 * any tables goes on (`table-matches.ts`).
 */

import type {
  Batch,
  Emit,
  Handler,
  OutputPort,
  RunContext,
  SlotTable,
  Unfinished,
} from '@millrace/engine'
import { EMPTY_ROW, type Row } from '@millrace/pipeline'
import { type ChainedRows, NOWHERE } from './chained-rows.ts'
import { ChainedSides } from './chained-sides.ts'
import { createKeySides, type KeySide } from './held-records.ts'
import type { JoinSchemas } from './join-schema.ts'
import type { MatchedSides } from './matched-rows.ts'
import { type LivingConfig, Pairing, REFUSED, USED, type Use } from './pairing.ts'
import {
  ALL,
  createCompares,
  type MatchedTable,
  ROWS_A_STEP,
  ROWS_A_TURN,
  TableJoin,
  type TableJoinPort,
} from './table-matches.ts'

/** A row has come, and these may match it. */
interface Meeting {
  readonly side: 0 | 1
  readonly row: Row
  /** Where the row is, and where those of the other side are. */
  readonly place: number
  readonly partners: readonly number[]
}

export class StreamsJoin implements Handler {
  readonly #ledger: RunContext['ledger']
  readonly #out: OutputPort
  readonly #pairing: Pairing
  readonly #keys: readonly [KeySide, KeySide]
  readonly #sides: ChainedSides
  readonly #rows: ChainedRows
  readonly #table: SlotTable<MatchedSides>
  readonly #many: TableJoin
  /** In this call, for a sense of time only. */
  #visited = 0

  constructor(
    config: LivingConfig,
    outputIndexes: readonly number[],
    schemas: JoinSchemas,
    context: RunContext,
    emit: Emit<TableJoinPort>,
  ) {
    this.#ledger = context.ledger
    this.#out = emit.out.out
    this.#pairing = new Pairing(config, schemas, context, emit)
    this.#keys = createKeySides(config, schemas)
    this.#sides = new ChainedSides(createCompares(config.on, schemas))
    this.#rows = this.#sides.rows
    this.#table = context.state.slots('rows', this.#sides.layout)
    this.#many = new TableJoin(config, outputIndexes, schemas, context, emit, this.#longOnes())
  }

  rows(input: number, batch: Batch, from: number, to: number): Unfinished | undefined {
    const side = input === 0 ? 0 : 1
    const { rows } = batch
    const keys = this.#keys[side]
    const sides = this.#sides
    const entries = this.#table.namespace(ALL)
    this.#visited = 0
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      if (keys.hasNull(row)) {
        this.#ledger.expired++
        continue
      }
      const slot = entries.place(keys.readKey(row))
      const { isNew, slots } = entries
      if (!isNew && !entries.isTouched(slot)) this.#table.beforeChange(ALL, entries, slot)
      if (!sides.isChained(slots, slot)) this.#table.bringBack(slots, slot)
      if (!sides.hasRoom(slots, slot, side)) {
        const unfinished = this.#many.rows(input, batch, index, index + 1)
        if (unfinished !== undefined) return unfinished
        continue
      }
      this.#ledger.held++
      const place = sides.add(slots, slot, side, row)
      const other = side === 0 ? 1 : 0
      const first = sides.firstOf(slots, slot, other)
      if (first === NOWHERE) continue
      if (this.#rows.nextOf(first) === NOWHERE) {
        this.#visited++
        this.#meetOne(side, row, place, first, false)
        continue
      }
      const partners = sides.inOrder(slots, slot, other)
      const work = this.#meetAll({ side, row, place, partners })
      if (work !== undefined || this.#visited >= ROWS_A_TURN) return { to: index + 1, work }
    }
    return undefined
  }

  /** What is left to do, where there is much. */
  #meetAll(meeting: Meeting): Iterator<void> | undefined {
    const { length } = meeting.partners
    if (length > ROWS_A_STEP) return this.#meetSlowly(meeting)
    this.#meet(meeting, 0, length)
    return undefined
  }

  *#meetSlowly(meeting: Meeting): Generator<void, void> {
    const { length } = meeting.partners
    for (let from = 0; from < length; from += ROWS_A_STEP) {
      this.#meet(meeting, from, Math.min(from + ROWS_A_STEP, length))
      yield
    }
  }

  #meet({ side, row, place, partners }: Meeting, from: number, to: number): void {
    const rows = this.#rows
    this.#visited += to - from
    for (let index = from; index < to; index++) {
      const partner = partners[index] as number
      const before = index === 0 ? undefined : rows.rowAt(partners[index - 1] as number)
      this.#meetOne(side, row, place, partner, rows.rowAt(partner) === before)
    }
  }

  /** `isRepeat` where the partner is equal to the one before it. */
  #meetOne(side: 0 | 1, row: Row, place: number, other: number, isRepeat: boolean): void {
    const partner = this.#rows.rowAt(other)
    const left = side === 0 ? row : partner
    const right = side === 0 ? partner : row
    let made: Row
    try {
      if (!this.#pairing.holds(left, right)) return
    } catch (error) {
      // Where nobody knows, they count as a match that makes no row; of equal rows once.
      if (isRepeat) this.#match(place, other, REFUSED)
      else this.#refuse(place, other, left, right, error)
      return
    }
    try {
      made = this.#pairing.made(left, right)
    } catch (error) {
      this.#refuse(place, other, left, right, error)
      return
    }
    this.#match(place, other, USED)
    this.#out.emitChange('+I', made, Number.NaN)
  }

  #refuse(place: number, other: number, left: Row, right: Row, error: unknown): void {
    this.#pairing.refuse(left, right, error)
    this.#match(place, other, REFUSED)
  }

  #match(place: number, other: number, use: Use): void {
    this.#rows.match(place, use)
    this.#rows.match(other, use)
  }

  /** Those of keys with very many rows, as a table. They stay, and are there already. */
  #longOnes(): MatchedTable {
    const table = this.#table
    return {
      change: (namespace, key) => {
        const entries = table.namespace(namespace)
        const slot = entries.find(key)
        return slot < 0 ? undefined : (entries.slots.objects[slot] as MatchedSides)
      },
      put: () => {
        throw new Error('There is a row of the key already.')
      },
      delete: () => {
        throw new Error('Rows that have come stay.')
      },
    }
  }
}
