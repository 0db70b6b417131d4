/**
 * Runs a join of two tables, whose output is a table: each change of a row changes what the row
 * made with its partners.
 *
 *     left      on the right   out (left join)
 *     +I a      -              +I (a, NULL)
 *               +I x           -U (a, NULL)  +U (a, x)
 *               -U x  +U y     -U (a, x)     +U (a, y)
 *               -D y           -U (a, y)     +U (a, NULL)
 *
 * Each row knows how many rows of the other side match it: it stands alone in the output while that
 * is none. A row that is replaced is one change, since `-U` waits for its `+U`.
 */

import type {
  Batch,
  Emit,
  Handler,
  RunContext,
  StateTable,
  StateValue,
  Unfinished,
} from '@millrace/engine'
import {
  EMPTY_ROW,
  EvaluationError,
  type Key,
  type Row,
  type StreamSchema,
} from '@millrace/pipeline'
import { StateLifetime } from '../state-lifetime.ts'
import { Changelog } from './changelog.ts'
import { createKeySides, type KeySide } from './held-records.ts'
import { type JoinSchemas, keepsAlone } from './join-schema.ts'
import {
  type CompareRows,
  createCompare,
  findOrAdd,
  findRow,
  type MatchedRow,
  type MatchedRows,
  type MatchedSides,
  removeRow,
} from './matched-rows.ts'
import { keyIndexes } from './output-key.ts'
import { type LivingConfig, Pairing, REFUSED, UNUSED, USED } from './pairing.ts'
import { showMatches } from './shown-matches.ts'

/** The ports of a join whose output is a table. */
export const TABLE_JOIN_PORTS = ['out', 'errors'] as const
export type TableJoinPort = (typeof TABLE_JOIN_PORTS)[number]

type Side = 0 | 1

/** The rows by their key. */
export type MatchedTable = Pick<StateTable<MatchedSides>, 'change' | 'put' | 'delete'>

/** What one change of a row does to its partners. */
interface Sweep {
  readonly side: Side
  readonly own: MatchedRow
  /** Goes. */
  readonly before: Row | undefined
  /** Comes. */
  readonly after: Row | undefined
  readonly partners: MatchedRows
}

/** All keys are in one namespace of the table. */
export const ALL = 0

/** Between two points at which the thread may be given back lie about so many rows. */
export const ROWS_A_STEP = 32

/** As many may be visited for many changes together before the thread may be due back. */
export const ROWS_A_TURN = 4096

const NOBODY: MatchedRows = []

/** Whether two rows match; where nobody knows, they count as a match that makes no row. */
type Match = typeof NO | typeof DOUBT | typeof YES
const NO = 0
const DOUBT = 1
const YES = 2

export class TableJoin implements Handler {
  readonly #context: RunContext
  readonly #pairing: Pairing
  readonly #changelog: Changelog
  readonly #keys: readonly [KeySide, KeySide]
  /** Whether a row of the side stands alone where nothing matches it. */
  readonly #keeps: readonly [boolean, boolean]
  /** Compares what identifies a row of each side. */
  readonly #compare: readonly [CompareRows, CompareRows]
  readonly #keyed: readonly [boolean, boolean]
  readonly #table: MatchedTable
  /** The row of each side that is about to be replaced. */
  readonly #replaced: readonly [StateValue<Row | null>, StateValue<Row | null>]
  readonly #lifetime: StateLifetime
  /** In this call, for a sense of time only. */
  #visited = 0

  constructor(
    config: LivingConfig,
    outputIndexes: readonly number[],
    schemas: JoinSchemas,
    context: RunContext,
    emit: Emit<TableJoinPort>,
    table: MatchedTable = context.state.table('rows'),
  ) {
    const { left, right } = schemas
    this.#context = context
    this.#pairing = new Pairing(config, schemas, context, emit)
    this.#changelog = new Changelog(emit.out.out, createCompare(outputIndexes))
    this.#keys = createKeySides(config, schemas)
    this.#keeps = [keepsAlone(config.type, 'left'), keepsAlone(config.type, 'right')]
    this.#compare = createCompares(config.on, schemas)
    this.#keyed = [left.key !== undefined, right.key !== undefined]
    this.#table = table
    context.state.showAs(showMatches(schemas))
    this.#replaced = [
      context.state.value('replaced left', null),
      context.state.value('replaced right', null),
    ]
    this.#lifetime = new StateLifetime(context, config.stateTimeToLive)
  }

  rows(input: number, { rows, changes }: Batch, from: number, to: number): Unfinished | undefined {
    const side = input === 0 ? 0 : 1
    const replaced = this.#replaced[side]
    this.#visited = 0
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      const change = changes?.[index] ?? '+I'
      const before = replaced.get()
      let work: Iterator<unknown> | undefined
      if (before !== null) {
        replaced.set(null)
        this.#context.ledger.release('absorbed', 1)
        work = this.#change(side, before, change === '+U' ? row : undefined)
        if (change !== '+U') {
          // It was not replaced, but has gone; then comes the row at hand.
          if (work !== undefined) return { to: index, work }
          index--
        }
      } else if (change === '-U') {
        replaced.set(row)
        this.#context.ledger.held++
      } else if (change === '-D') {
        this.#context.ledger.absorbed++
        work = this.#change(side, row, undefined)
      } else work = this.#change(side, undefined, row)
      if (work !== undefined || this.#visited >= ROWS_A_TURN) return { to: index + 1, work }
    }
    return undefined
  }

  /** A row that waits to be replaced has gone if a watermark comes first. */
  watermark(): Iterator<unknown> | undefined {
    return this.#replaced.some((value) => value.get() !== null) ? this.#loseReplaced() : undefined
  }

  nextProcessingMs(): number {
    return this.#lifetime.nextMs()
  }

  processingTime(nowMs: number): Iterator<unknown> {
    return this.#lifetime.expire(nowMs, (side, key) => this.#forget(side === 0 ? 0 : 1, key))
  }

  *#loseReplaced(): Generator<unknown, void> {
    for (const side of [0, 1] as const) {
      const row = this.#replaced[side].get()
      if (row === null) continue
      this.#replaced[side].set(null)
      this.#context.ledger.release('absorbed', 1)
      const work = this.#change(side, row, undefined)
      for (let next = work?.next(); next !== undefined && !next.done; next = work?.next()) yield
    }
  }

  /** What is left to do, where there is much. A row goes, comes, or is replaced. */
  #change(side: Side, before: Row | undefined, after: Row | undefined): Iterator<void> | undefined {
    const keys = this.#keys[side]
    const isReplaced =
      before !== undefined &&
      after !== undefined &&
      this.#keyed[side] &&
      keys.readKey(before) === keys.readKey(after) &&
      this.#compare[side](before, after) === 0
    const goes = before === undefined || isReplaced ? undefined : this.#remove(side, before)
    const comes = after === undefined ? undefined : this.#put(side, after)
    if (isLong(goes) || isLong(comes)) return this.#sweepSlowly(goes, comes)
    if (goes !== undefined) this.#sweep(goes)
    if (comes !== undefined) this.#sweep(comes)
    this.#changelog.flush()
    return undefined
  }

  #sweep(sweep: Sweep): void {
    this.#begin(sweep)
    let matches = 0
    for (const chunk of sweep.partners) matches += this.#visit(sweep, chunk, 0, chunk.length)
    this.#end(sweep, matches)
  }

  *#sweepSlowly(...sweeps: readonly (Sweep | undefined)[]): Generator<void, void> {
    for (const sweep of sweeps) {
      if (sweep === undefined) continue
      this.#begin(sweep)
      let matches = 0
      for (const chunk of sweep.partners) {
        for (let from = 0; from < chunk.length; from += ROWS_A_STEP) {
          const to = Math.min(from + ROWS_A_STEP, chunk.length)
          matches += this.#visit(sweep, chunk, from, to)
          yield
        }
      }
      this.#end(sweep, matches)
    }
    this.#changelog.flush()
  }

  /** The row comes, or takes the place of the one with its key. */
  #put(side: Side, row: Row): Sweep | undefined {
    const { ledger } = this.#context
    const keys = this.#keys[side]
    const comparable = !keys.hasNull(row)
    if (!comparable && !this.#keeps[side]) {
      ledger.expired++
      return undefined
    }
    ledger.held++
    const key = keys.readKey(row)
    const sides = this.#sidesOf(key)
    const partners = (comparable ? sides[side === 0 ? 1 : 0] : undefined) ?? NOBODY
    const compare = this.#compare[side]
    this.#lifetime.written(side, key)
    const added: MatchedRow = { row, copies: 1, matches: 0, use: UNUSED }
    const list = sides[side]
    if (list === undefined) sides[side] = [[added]]
    const own = list === undefined ? added : findOrAdd(list, added, compare)
    let before: Row | undefined
    if (own === added) return { side, own, before, after: row, partners }
    if (this.#keyed[side]) {
      this.#release(own)
      before = own.row
      own.row = row
      own.use = UNUSED
    } else own.copies++
    return { side, own, before, after: row, partners }
  }

  /** The row goes; one that never came, or was forgotten, is gone already. */
  #remove(side: Side, row: Row): Sweep | undefined {
    const keys = this.#keys[side]
    const key = keys.readKey(row)
    const sides = this.#sidesAt(key)
    const list = sides?.[side]
    const compare = this.#compare[side]
    const own = findRow(list, row, compare)
    if (sides === undefined || list === undefined || own === undefined) return undefined
    this.#release(own)
    own.copies--
    const partners = (keys.hasNull(row) ? undefined : sides[side === 0 ? 1 : 0]) ?? NOBODY
    const sweep = { side, own, before: own.row, after: undefined, partners }
    if (own.copies > 0) return sweep
    removeRow(list, row, compare)
    if (list.length === 0) sides[side] = undefined
    if (sides[0] === undefined && sides[1] === undefined) this.#table.delete(ALL, key)
    return sweep
  }

  #begin({ side, own, before }: Sweep): void {
    if (before === undefined || own.matches > 0 || !this.#keeps[side]) return
    this.#aloneGoes(side, before)
  }

  /** How many rows match what comes. */
  #visit(sweep: Sweep, partners: readonly MatchedRow[], from: number, to: number): number {
    const { side, own, before, after } = sweep
    const otherSide = side === 0 ? 1 : 0
    const keepsOther = this.#keeps[otherSide]
    let matches = 0
    this.#visited += to - from
    for (let index = from; index < to; index++) {
      const partner = partners[index] as MatchedRow
      const went = before === undefined ? NO : this.#match(side, before, partner, undefined)
      const came = after === undefined ? NO : this.#match(side, after, partner, own)
      if (went === NO && came === NO) continue
      const { copies } = partner
      if (went === NO && keepsOther && partner.matches === 0) {
        for (let copy = 0; copy < copies; copy++) this.#aloneGoes(otherSide, partner.row)
      }
      for (let copy = 0; copy < copies; copy++) {
        if (went === YES) this.#pairGoes(side, before, partner.row)
        if (came === YES) this.#pairComes(side, own, after, partner)
      }
      partner.matches += (came === NO ? 0 : 1) - (went === NO ? 0 : 1)
      if (came === NO && keepsOther && partner.matches === 0) {
        for (let copy = 0; copy < copies; copy++) this.#aloneComes(otherSide, partner, partner.row)
      }
      if (came !== NO) matches += copies
    }
    return matches
  }

  #end({ side, own, after }: Sweep, matches: number): void {
    if (after === undefined) return
    own.matches = matches
    if (matches === 0 && this.#keeps[side]) this.#aloneComes(side, own, after)
  }

  /** Refuses the pair where `own` comes and nobody knows. */
  #match(side: Side, row: Row, partner: MatchedRow, own: MatchedRow | undefined): Match {
    const left = side === 0 ? row : partner.row
    const right = side === 0 ? partner.row : row
    try {
      return this.#pairing.holds(left, right) ? YES : NO
    } catch (error) {
      if (own === undefined && error instanceof EvaluationError) return DOUBT
      this.#refuse(left, right, error, own, partner)
      return DOUBT
    }
  }

  #pairComes(side: Side, own: MatchedRow, row: Row | undefined, partner: MatchedRow): void {
    const left = side === 0 ? row : partner.row
    const right = side === 0 ? partner.row : row
    let made: Row
    try {
      made = this.#pairing.made(left, right)
    } catch (error) {
      this.#refuse(left, right, error, own, partner)
      return
    }
    own.use = USED
    partner.use = USED
    this.#changelog.comes(made)
  }

  #pairGoes(side: Side, row: Row | undefined, partner: Row): void {
    this.#goes(side === 0 ? row : partner, side === 0 ? partner : row)
  }

  #aloneComes(side: Side, own: MatchedRow, row: Row): void {
    const left = side === 0 ? row : undefined
    const right = side === 0 ? undefined : row
    let made: Row
    try {
      made = this.#pairing.made(left, right)
    } catch (error) {
      this.#refuse(left, right, error, own, undefined)
      return
    }
    own.use = USED
    this.#changelog.comes(made)
  }

  #aloneGoes(side: Side, row: Row): void {
    this.#goes(side === 0 ? row : undefined, side === 0 ? undefined : row)
  }

  #goes(left: Row | undefined, right: Row | undefined): void {
    let made: Row
    try {
      made = this.#pairing.made(left, right)
    } catch (error) {
      // Then it never came.
      if (error instanceof EvaluationError) return
      throw error
    }
    this.#changelog.goes(made)
  }

  #refuse(
    left: Row | undefined,
    right: Row | undefined,
    error: unknown,
    own: MatchedRow | undefined,
    partner: MatchedRow | undefined,
  ): void {
    this.#pairing.refuse(left, right, error)
    for (const one of [own, partner]) {
      if (one?.use === UNUSED) one.use = REFUSED
    }
  }

  #sidesOf(key: Key): MatchedSides {
    let sides = this.#sidesAt(key)
    if (sides === undefined) {
      sides = [undefined, undefined]
      this.#table.put(ALL, key, sides)
    }
    return sides
  }

  #sidesAt(key: Key): MatchedSides | undefined {
    if (this.#lifetime.on) {
      for (const side of [0, 1] as const) {
        if (this.#lifetime.hasExpired(side, key)) this.#forget(side, key)
      }
    }
    return this.#table.change(ALL, key)
  }

  #forget(side: Side, key: Key): void {
    const sides = this.#table.change(ALL, key)
    if (sides === undefined) return
    for (const chunk of sides[side] ?? []) {
      for (const own of chunk) {
        for (let copy = 0; copy < own.copies; copy++) this.#release(own)
      }
    }
    sides[side] = undefined
    if (sides[side === 0 ? 1 : 0] === undefined) this.#table.delete(ALL, key)
  }

  #release({ use }: MatchedRow): void {
    const bucket = use === USED ? 'absorbed' : use === REFUSED ? 'deadLettered' : 'expired'
    this.#context.ledger.release(bucket, 1)
  }
}

/** Compares what tells rows of a side apart that have the same key. */
export function createCompares(
  on: LivingConfig['on'],
  { left, right }: JoinSchemas,
): readonly [CompareRows, CompareRows] {
  return [createCompare(tellingIn(left, on, 0)), createCompare(tellingIn(right, on, 1))]
}

/** What is joined on is equal under one key. */
function tellingIn(schema: StreamSchema, on: LivingConfig['on'], side: Side): readonly number[] {
  const joined = new Set(on.map((pair) => pair[side]))
  return keyIndexes(schema).filter((index) => !joined.has(schema.columns[index]?.name ?? ''))
}

function isLong(sweep: Sweep | undefined): boolean {
  if (sweep === undefined) return false
  const { partners } = sweep
  return partners.length > 1 || (partners[0]?.length ?? 0) > ROWS_A_STEP
}
