/**
 * Rows in many chains, all in a few large pieces: a row has a place, and knows that of the next one
 * of its chain. So a row that comes makes no object and lets no list grow, and the collector has
 * nothing to copy but pieces. Places of chains that go are taken again.
 *
 *     rows    | a | b | c | d | e |       two chains, e -> c -> a and d -> b: the last is first
 *     next    | . | . | 0 | 1 | 2 |
 *     notes   | what became of each row |
 */

import { estimateBytes } from '@millrace/engine'
import { EMPTY_ROW, type Row } from '@millrace/pipeline'
import type { Use } from './pairing.ts'

/** The end of a chain. */
export const NOWHERE = -1

const PIECE_BITS = 12
const PIECE_ROWS = 1 << PIECE_BITS
const WITHIN = PIECE_ROWS - 1
/** Of the first piece, which grows: a join of few rows takes little. */
const ROOM_FIRST = 32
/** Copied for each piece, so that V8 knows it as a list without holes. */
const ROOM_FOR_ROWS: readonly Row[] = Array.from({ length: PIECE_ROWS }, () => EMPTY_ROW)
/** Of a place: the row, the next one and the notes. */
const PLACE_BYTES = 16
/** Rows that stand for all. */
const SAMPLED = 32

/** Of the notes of a row: what became of it, and above that how many rows match it. */
const USE_BITS = 3
const ONE_MATCH = 4

interface Piece {
  readonly rows: Row[]
  readonly next: Int32Array
  readonly notes: Int32Array
}

export class ChainedRows {
  readonly #pieces: Piece[] = [createPiece(ROOM_FIRST)]
  /** Places that have ever been taken. */
  #taken = 0
  #room = ROOM_FIRST
  /** Of the places that were given back, as a chain. */
  #free = NOWHERE
  #freeCount = 0

  get count(): number {
    return this.#taken - this.#freeCount
  }

  /** About how much memory they take, with the room that there is for more. */
  get bytes(): number {
    const step = Math.max(1, Math.floor(this.#taken / SAMPLED))
    let bytes = 0
    let looked = 0
    for (let place = this.#taken - 1; place >= 0; place -= step) {
      const row = this.rowAt(place)
      if (row === EMPTY_ROW) continue
      bytes += estimateBytes(row)
      looked++
    }
    const rows = looked === 0 ? 0 : (bytes / looked) * this.count
    return Math.round(rows) + this.#room * PLACE_BYTES
  }

  /** The same of the rows of a chain. */
  bytesOf(first: number): number {
    let bytes = 0
    let looked = 0
    let count = 0
    for (let place = first; place !== NOWHERE; place = this.nextOf(place)) {
      count++
      if (looked === SAMPLED) continue
      looked++
      bytes += PLACE_BYTES + estimateBytes(this.rowAt(place))
    }
    return looked === 0 ? 0 : (bytes / looked) * count
  }

  /** Puts a row before the chain that begins at `next`, and gives its place. */
  add(row: Row, next: number): number {
    const place = this.#free === NOWHERE ? this.#take() : this.#takeFree()
    const { rows, next: nexts, notes } = this.#pieces[place >> PIECE_BITS] as Piece
    const at = place & WITHIN
    rows[at] = row
    nexts[at] = next
    notes[at] = 0
    return place
  }

  rowAt(place: number): Row {
    return (this.#pieces[place >> PIECE_BITS] as Piece).rows[place & WITHIN] as Row
  }

  nextOf(place: number): number {
    return (this.#pieces[place >> PIECE_BITS] as Piece).next[place & WITHIN] as number
  }

  /** The place has another row and another one behind it. */
  set(place: number, row: Row, next: number): void {
    const piece = this.#pieces[place >> PIECE_BITS] as Piece
    piece.rows[place & WITHIN] = row
    piece.next[place & WITHIN] = next
  }

  useOf(place: number): Use {
    return (this.#notesOf(place) & USE_BITS) as Use
  }

  matchesOf(place: number): number {
    return this.#notesOf(place) >> 2
  }

  note(place: number, matches: number, use: Use): void {
    const { notes } = this.#pieces[place >> PIECE_BITS] as Piece
    notes[place & WITHIN] = matches * ONE_MATCH + use
  }

  /** One more row matches the row; what becomes of it grows only. */
  match(place: number, use: Use): void {
    const { notes } = this.#pieces[place >> PIECE_BITS] as Piece
    const before = notes[place & WITHIN] as number
    const used = before & USE_BITS
    notes[place & WITHIN] = before + ONE_MATCH + (used < use ? use - used : 0)
  }

  /** Gives back all places of a chain. */
  free(first: number): void {
    for (let place = first; place !== NOWHERE; ) {
      const next = this.nextOf(place)
      this.set(place, EMPTY_ROW, this.#free)
      this.#free = place
      this.#freeCount++
      place = next
    }
  }

  /** The places of a chain in the order in which its rows came. */
  placesOf(first: number): number[] {
    const places: number[] = []
    for (let place = first; place !== NOWHERE; place = this.nextOf(place)) places.push(place)
    return places.reverse()
  }

  #notesOf(place: number): number {
    return (this.#pieces[place >> PIECE_BITS] as Piece).notes[place & WITHIN] as number
  }

  #take(): number {
    if (this.#taken === this.#room) this.#grow()
    return this.#taken++
  }

  #takeFree(): number {
    const place = this.#free
    this.#free = this.nextOf(place)
    this.#freeCount--
    return place
  }

  #grow(): void {
    const [first] = this.#pieces
    if (first === undefined || this.#room >= PIECE_ROWS) {
      this.#pieces.push(createPiece(PIECE_ROWS))
      this.#room += PIECE_ROWS
      return
    }
    const larger = createPiece(this.#room * 2)
    for (let at = 0; at < this.#room; at++) larger.rows[at] = first.rows[at] as Row
    larger.next.set(first.next)
    larger.notes.set(first.notes)
    this.#pieces[0] = larger
    this.#room *= 2
  }
}

function createPiece(rows: number): Piece {
  return {
    rows: ROOM_FOR_ROWS.slice(0, rows),
    next: new Int32Array(rows),
    notes: new Int32Array(rows),
  }
}
