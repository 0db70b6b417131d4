/**
 * Records of an interval join for which nobody has asked yet: by stretches of time as they came, in
 * chunks, so that one costs two or three places in lists and no object of its own. What comes
 * together is copied in one go. Keys that would have to be made are made when somebody asks. The
 * first record of the other side under a key takes out those that have it.
 *
 *     stretch 10    [ a b a c | b a ]      chunks of 4
 *     asked for a   [ b c | b ]            a a a goes to the records by key
 */

import { Packed, type State, type StateTable } from '@millrace/engine'
import { EMPTY_ROW, type Key, type Row } from '@millrace/pipeline'
import type { KeySide } from './held-records.ts'

/** A checkpoint stores the last one of a stretch again whenever records have come. */
const CHUNK_RECORDS = 256
/** Looked through at once; then the thread may be due back. */
const CHUNKS_A_STEP = 16
/** After so many looks through a stretch it pays to have all of its records by key. */
const LOOKS_MAX = 64
/** Records for one look, below which a stretch that begins has its records by key at once. */
const RECORDS_A_LOOK = 16

/** As a chunk is stored: a time and a row for each record. */
type StoredChunk = readonly (number | Row)[]

/** Takes a record that waits no more. Those of one key come in the order of their arrival. */
export type TakeRecord = (key: Key, timeMs: number, row: Row) => void

class Chunk extends Packed {
  rows: Row[]
  times: number[]
  /** Undefined where they are made. */
  keys: Key[] | undefined

  constructor(rows: Row[], times: number[], keys: Key[] | undefined) {
    super()
    this.rows = rows
    this.times = times
    this.keys = keys
  }

  get isFull(): boolean {
    return this.rows.length >= CHUNK_RECORDS
  }

  add(timeMs: number, row: Row, { readKey }: KeySide): void {
    this.times.push(timeMs)
    this.rows.push(row)
    this.keys?.push(readKey(row))
  }

  unpack(): StoredChunk {
    return this.rows.flatMap((row, index) => [this.times[index] ?? 0, row])
  }

  has(key: Key, { readKey }: KeySide): boolean {
    if (this.keys !== undefined) return this.keys.includes(key)
    return this.rows.some((row) => isSame(readKey(row), key))
  }

  /** Takes out those with the key, or all. */
  take(key: Key | undefined, side: KeySide, onRecord: TakeRecord): void {
    const { times, rows } = this
    this.times = []
    this.rows = []
    if (this.keys !== undefined) this.keys = []
    for (let index = 0; index < rows.length; index++) {
      const timeMs = times[index] ?? 0
      const row = rows[index] ?? EMPTY_ROW
      const own = side.readKey(row)
      if (key === undefined || isSame(own, key)) onRecord(own, timeMs, row)
      else this.add(timeMs, row, side)
    }
  }
}

/** As keys of a map are. */
function isSame(one: Key, other: Key): boolean {
  return one === other || Object.is(one, other)
}

export class WaitingRecords {
  /** By the start of the stretch, and the number of the chunk. */
  readonly #table: StateTable<Chunk | StoredChunk>
  readonly #side: KeySide
  /** The chunk to which records are added, which has been fetched for changing. */
  #open: Chunk | undefined
  #openStartMs = Number.NaN
  /** Those that have chunks. */
  readonly #stretches: Set<number>
  /** How often each stretch has been looked through, for a sense of what is worth while only. */
  readonly #looks = new Map<number, number>()
  /** Since the last stretch began. */
  #looked = 0
  #added = 0

  constructor(name: string, side: KeySide, state: State) {
    this.#table = state.table(`${name} waiting`)
    this.#stretches = new Set(this.#table.namespaces())
    this.#side = side
    state.onCut(() => {
      this.#open = undefined
    })
  }

  /**
   * False where the record is better put among those by key, since the stretch is asked often. None
   * of it waits then.
   */
  add(startMs: number, timeMs: number, row: Row): boolean {
    this.#added++
    let chunk = this.#open
    if (chunk === undefined || chunk.isFull || startMs !== this.#openStartMs) {
      if (this.#isAskedOften(startMs)) return false
      chunk = this.#openChunk(startMs)
    }
    chunk.add(timeMs, row, this.#side)
    return true
  }

  /** As `add`, for the records [from, to) together: all of them or none. */
  addAll(
    startMs: number,
    rows: readonly Row[],
    times: readonly number[],
    from: number,
    to: number,
  ): boolean {
    this.#added += to - from
    if (this.#isAskedOften(startMs)) return false
    for (let at = from; at < to; ) {
      const end = Math.min(to, at + CHUNK_RECORDS)
      this.#addSome(startMs, rows, times, at, end)
      at = end
    }
    return true
  }

  /** Few are added to the last chunk; where they do not fit, they are one by themselves. */
  #addSome(
    startMs: number,
    rows: readonly Row[],
    times: readonly number[],
    from: number,
    to: number,
  ): void {
    const open = startMs === this.#openStartMs ? this.#open : undefined
    const last = open ?? this.#lastChunk(startMs)
    if (last === undefined || last.rows.length + to - from > CHUNK_RECORDS) {
      this.#putChunk(startMs, this.#newChunk(rows.slice(from, to), times.slice(from, to)))
      return
    }
    for (let at = from; at < to; at++) last.add(times[at] ?? 0, rows[at] ?? EMPTY_ROW, this.#side)
    this.#open = last
    this.#openStartMs = startMs
  }

  /** Whether there are so many in the stretch that `take` should be left in between. */
  areMany(startMs: number): boolean {
    return this.#stretches.has(startMs) && this.#table.count(startMs) > CHUNKS_A_STEP
  }

  /** Somebody asks for records of this stretch. Whether some of all keys wait. */
  isAsked(startMs: number): boolean {
    this.#looked++
    return this.#stretches.size > 0 && this.#stretches.has(startMs)
  }

  /** Takes out those of a stretch that have this key, or all if the stretch is asked often. */
  *take(startMs: number, key: Key, onRecord: TakeRecord): Generator<void, void> {
    const side = this.#side
    const looks = (this.#looks.get(startMs) ?? 0) + 1
    this.#looks.set(startMs, looks)
    const isAll = looks >= LOOKS_MAX
    const count = this.#table.count(startMs)
    for (let index = 0; index < count; index++) {
      if (isAll || index % CHUNKS_A_STEP === CHUNKS_A_STEP - 1) yield
      if (isAll) this.#chunk(startMs, index, true).take(undefined, side, onRecord)
      else if (this.#chunk(startMs, index, false).has(key, side)) {
        this.#chunk(startMs, index, true).take(key, side, onRecord)
      }
    }
    if (isAll) this.#forget(startMs)
  }

  /** The stretch goes, with those in it. */
  drop(startMs: number): void {
    this.#looks.delete(startMs)
    if (this.#stretches.has(startMs)) this.#forget(startMs)
  }

  #isAskedOften(startMs: number): boolean {
    const looks = this.#looks.get(startMs)
    if (looks !== undefined) return looks >= LOOKS_MAX
    const isOften = this.#looked * RECORDS_A_LOOK > this.#added && !this.#stretches.has(startMs)
    this.#looks.set(startMs, isOften ? LOOKS_MAX : 0)
    this.#looked = 0
    this.#added = 0
    return isOften
  }

  #forget(startMs: number): void {
    this.#table.drop(startMs)
    this.#stretches.delete(startMs)
    if (startMs === this.#openStartMs) this.#open = undefined
  }

  /** The last chunk of the stretch if it has room, or a new one. */
  #openChunk(startMs: number): Chunk {
    const chunk = this.#lastChunk(startMs)
    if (chunk === undefined || chunk.isFull) return this.#putChunk(startMs, this.#newChunk([], []))
    this.#open = chunk
    this.#openStartMs = startMs
    return chunk
  }

  /** For changing. */
  #lastChunk(startMs: number): Chunk | undefined {
    const count = this.#table.count(startMs)
    return count === 0 ? undefined : this.#chunk(startMs, count - 1, true)
  }

  #newChunk(rows: Row[], times: number[]): Chunk {
    const { isValue, readKey } = this.#side
    return new Chunk(rows, times, isValue ? rows.map(readKey) : undefined)
  }

  #putChunk(startMs: number, chunk: Chunk): Chunk {
    this.#table.put(startMs, this.#table.count(startMs), chunk)
    this.#stretches.add(startMs)
    this.#open = chunk
    this.#openStartMs = startMs
    return chunk
  }

  /** After a restart they are as they were stored. */
  #chunk(startMs: number, index: number, forChange: boolean): Chunk {
    const found = forChange ? this.#table.change(startMs, index) : this.#table.get(startMs, index)
    if (found instanceof Chunk) return found
    const chunk = this.#newChunk([], [])
    const stored = found ?? []
    for (let at = 0; at < stored.length; at += 2) {
      chunk.add(stored[at] as number, stored[at + 1] as Row, this.#side)
    }
    if (forChange) this.#table.put(startMs, index, chunk)
    return chunk
  }
}
