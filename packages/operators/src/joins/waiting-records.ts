/**
 * Records of an interval join for which nobody has asked yet: by stretches of time as they came, in
 * chunks, so that one costs three places in lists and no object of its own. The first record of the
 * other side under a key takes out those that have it.
 *
 *     stretch 10    [ a b a c | b a ]      chunks of 4
 *     asked for a   [ b c | b ]            a a a goes to the records by key
 */

import { Packed, type State, type StateTable } from '@millrace/engine'
import { EMPTY_ROW, type Key, type Row } from '@millrace/pipeline'

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
  keys: Key[] = []
  times: number[] = []
  rows: Row[] = []

  add(key: Key, timeMs: number, row: Row): void {
    this.keys.push(key)
    this.times.push(timeMs)
    this.rows.push(row)
  }

  unpack(): StoredChunk {
    return this.rows.flatMap((row, index) => [this.times[index] ?? 0, row])
  }

  /** Takes out those with the key, or all. */
  take(key: Key | undefined, onRecord: TakeRecord): void {
    const { keys, times, rows } = this
    this.keys = []
    this.times = []
    this.rows = []
    for (const [index, own] of keys.entries()) {
      const timeMs = times[index] ?? 0
      const row = rows[index] ?? EMPTY_ROW
      if (key === undefined || Object.is(own, key) || own === key) onRecord(own, timeMs, row)
      else this.add(own, timeMs, row)
    }
  }
}

export class WaitingRecords {
  /** By the start of the stretch, and the number of the chunk. */
  readonly #table: StateTable<Chunk | StoredChunk>
  readonly #readKey: (row: Row) => Key
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

  constructor(name: string, readKey: (row: Row) => Key, state: State) {
    this.#table = state.table(`${name} waiting`)
    this.#stretches = new Set(this.#table.namespaces())
    this.#readKey = readKey
    state.onCut(() => {
      this.#open = undefined
    })
  }

  /**
   * False where the record is better put among those by key, since the stretch is asked often. None
   * of it waits then.
   */
  add(startMs: number, key: Key, timeMs: number, row: Row): boolean {
    this.#added++
    let chunk = this.#open
    const isFull = chunk === undefined || chunk.rows.length >= CHUNK_RECORDS
    if (chunk === undefined || isFull || startMs !== this.#openStartMs) {
      if (this.#isAskedOften(startMs)) return false
      chunk = this.#openChunk(startMs)
    }
    chunk.add(key, timeMs, row)
    return true
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
    const looks = (this.#looks.get(startMs) ?? 0) + 1
    this.#looks.set(startMs, looks)
    const isAll = looks >= LOOKS_MAX
    const count = this.#table.count(startMs)
    for (let index = 0; index < count; index++) {
      if (isAll || index % CHUNKS_A_STEP === CHUNKS_A_STEP - 1) yield
      if (isAll) this.#chunk(startMs, index, true).take(undefined, onRecord)
      else if (this.#chunk(startMs, index, false).keys.includes(key)) {
        this.#chunk(startMs, index, true).take(key, onRecord)
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
    const count = this.#table.count(startMs)
    let chunk = count === 0 ? undefined : this.#chunk(startMs, count - 1, true)
    if (chunk === undefined || chunk.rows.length >= CHUNK_RECORDS) {
      chunk = new Chunk()
      this.#table.put(startMs, count, chunk)
      this.#stretches.add(startMs)
    }
    this.#open = chunk
    this.#openStartMs = startMs
    return chunk
  }

  /** After a restart they are as they were stored. */
  #chunk(startMs: number, index: number, forChange: boolean): Chunk {
    const found = forChange ? this.#table.change(startMs, index) : this.#table.get(startMs, index)
    if (found instanceof Chunk) return found
    const chunk = new Chunk()
    const stored = found ?? []
    for (let at = 0; at < stored.length; at += 2) {
      const row = stored[at + 1] as Row
      chunk.add(this.#readKey(row), stored[at] as number, row)
    }
    if (forChange) this.#table.put(startMs, index, chunk)
    return chunk
  }
}
