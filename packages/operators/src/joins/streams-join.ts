/**
 * Runs an inner join of two streams whose output is a table. It is the table join of rows that only
 * come: nothing that left is taken back, so a row is kept as it is, at the end of a list, and asked
 * for its place in the order only when the other side meets it. Under a key with very many rows the
 * join of any tables goes on (`table-matches.ts`).
 */

import type {
  Batch,
  Emit,
  Handler,
  OutputPort,
  RunContext,
  StateTable,
  Unfinished,
} from '@millrace/engine'
import { EMPTY_ROW, type Key, type Row } from '@millrace/pipeline'
import { APPENDED_MAX, AppendedRows, AppendedSides, type MatchedSides } from './appended-rows.ts'
import { createKeySides, type KeySide } from './held-records.ts'
import type { JoinSchemas } from './join-schema.ts'
import type { CompareRows } from './matched-rows.ts'
import { type LivingConfig, Pairing, REFUSED, USED } from './pairing.ts'
import {
  ALL,
  createCompares,
  ROWS_A_STEP,
  ROWS_A_TURN,
  TableJoin,
  type TableJoinPort,
} from './table-matches.ts'

/** A row has come, and these may match it. */
interface Meeting {
  readonly side: 0 | 1
  readonly row: Row
  readonly own: AppendedRows
  /** Where the row is among its own. */
  readonly place: number
  readonly partners: AppendedRows
}

export class StreamsJoin implements Handler {
  readonly #ledger: RunContext['ledger']
  readonly #out: OutputPort
  readonly #pairing: Pairing
  readonly #keys: readonly [KeySide, KeySide]
  readonly #compares: readonly [CompareRows, CompareRows]
  readonly #table: StateTable<AppendedSides | MatchedSides>
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
    this.#compares = createCompares(config.on, schemas)
    this.#table = context.state.table('rows')
    this.#many = new TableJoin(config, outputIndexes, schemas, context, emit)
  }

  rows(input: number, batch: Batch, from: number, to: number): Unfinished | undefined {
    const side = input === 0 ? 0 : 1
    const { rows } = batch
    this.#visited = 0
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      if (this.#keys[side].hasNull(row)) {
        this.#ledger.expired++
        continue
      }
      const key = this.#keys[side].readKey(row)
      const sides = this.#sidesWithRoom(side, key)
      if (sides === undefined) {
        const unfinished = this.#many.rows(input, batch, index, index + 1)
        if (unfinished !== undefined) return unfinished
        continue
      }
      const work = this.#put(sides, side, row)
      if (work !== undefined || this.#visited >= ROWS_A_TURN) return { to: index + 1, work }
    }
    return undefined
  }

  /** Undefined where the key has very many rows. */
  #sidesWithRoom(side: 0 | 1, key: Key): AppendedSides | undefined {
    const found = this.#table.change(ALL, key)
    if (found instanceof AppendedSides) {
      const own = side === 0 ? found.left : found.right
      if (own === undefined || own.count < APPENDED_MAX) return found
      this.#table.put(ALL, key, found.unpack())
      return undefined
    }
    const sides =
      found === undefined
        ? new AppendedSides(this.#compares)
        : AppendedSides.of(found, this.#compares)
    if (sides !== undefined) this.#table.put(ALL, key, sides)
    return sides
  }

  /** What is left to do, where there is much. */
  #put(sides: AppendedSides, side: 0 | 1, row: Row): Iterator<void> | undefined {
    this.#ledger.held++
    let own = side === 0 ? sides.left : sides.right
    if (own === undefined) {
      own = new AppendedRows(row)
      if (side === 0) sides.left = own
      else sides.right = own
    } else own.add(row)
    const partners = side === 0 ? sides.right : sides.left
    if (partners === undefined) return undefined
    partners.order(this.#compares[side === 0 ? 1 : 0])
    const meeting = { side, row, own, place: own.count - 1, partners } as const
    if (partners.count > ROWS_A_STEP) return this.#meetSlowly(meeting)
    this.#meet(meeting, 0, partners.count)
    return undefined
  }

  *#meetSlowly(meeting: Meeting): Generator<void, void> {
    const { count } = meeting.partners
    for (let from = 0; from < count; from += ROWS_A_STEP) {
      this.#meet(meeting, from, Math.min(from + ROWS_A_STEP, count))
      yield
    }
  }

  #meet(meeting: Meeting, from: number, to: number): void {
    const { side, row, own, place, partners } = meeting
    this.#visited += to - from
    for (let index = from; index < to; index++) {
      const partner = partners.rowAt(index)
      const left = side === 0 ? row : partner
      const right = side === 0 ? partner : row
      let holds: boolean
      let made: Row
      try {
        holds = this.#pairing.holds(left, right)
      } catch (error) {
        // Where nobody knows, they count as a match that makes no row; of equal rows once.
        if (partners.isRepeat(index)) this.#refused(meeting, index)
        else this.#refuse(meeting, index, left, right, error)
        continue
      }
      if (!holds) continue
      try {
        made = this.#pairing.made(left, right)
      } catch (error) {
        this.#refuse(meeting, index, left, right, error)
        continue
      }
      own.match(place, USED)
      partners.match(index, USED)
      this.#out.emitChange('+I', made, Number.NaN)
    }
  }

  #refuse(meeting: Meeting, index: number, left: Row, right: Row, error: unknown): void {
    this.#pairing.refuse(left, right, error)
    this.#refused(meeting, index)
  }

  #refused({ own, place, partners }: Meeting, index: number): void {
    own.match(place, REFUSED)
    partners.match(index, REFUSED)
  }
}
