/** Collects what a node emits through one port, and hands it on as batches. */

import { EMPTY_ROW, type Row } from '@millrace/pipeline'
import { Observable, Subject } from 'rxjs'
import type { Batch, Change, Element, Mark } from './element.ts'
import type { Ledger } from './ledger.ts'
import { bytesEach } from './row-bytes.ts'

/**
 * Batches that a node makes are handed on when they reach this many rows: with 4,096, as sources
 * have them, four times as much of what is made survives a collection.
 */
const ROWS_MAX = 256
/** Or about so many bytes. */
const BYTES_MAX = 2 ** 20
/** Rows after which their bytes are looked at; then at four times as many, and so on. */
const FIRST_LOOK_ROWS = 16
/** So many each time: texts that nobody else reads now are far away in memory. */
const LOOKED_AT = 4
/** Rows up to this size weigh as one. */
const BYTES_OF_A_ROW = 256
/** Behind a batch of so many rows the next one is given room for all it may become. */
const ROOMY_ROWS = 128
/** Copied where there is to be room: lists that grow are copied six times until they are full. */
const ROOM_FOR_ROWS: readonly Row[] = Array.from({ length: ROWS_MAX }, () => EMPTY_ROW)
const ROOM_FOR_CHANGES: readonly Change[] = Array.from({ length: ROWS_MAX }, () => '+I')
/** V8 keeps numbers with a fraction without a box each. */
const ROOM_FOR_TIMES: readonly number[] = Array.from({ length: ROWS_MAX }, () => 0.5)

export interface PortSettings {
  readonly name: string
  readonly eventTime: boolean
  readonly table: boolean
  /** Whether an edge starts here. */
  readonly connected: boolean
  readonly tracksOrigins: boolean
}

export class OutputPort {
  readonly stream: Observable<Element>
  /** Where what is emitted now stems from; see `Batch.origins`. */
  origin = 0

  readonly name: string
  readonly #connected: boolean
  readonly #timed: boolean
  readonly #changing: boolean
  readonly #tracksOrigins: boolean
  readonly #ledger: Ledger
  readonly #onRows: (weight: number) => void
  readonly #subject = new Subject<Element>()
  /** Rows that have been emitted; the lists may have room for more. */
  #count = 0
  #rows: Row[] = []
  #times: number[] = []
  #changes: Change[] = []
  #origins: number[] = []
  #marks: Mark[] = []
  /** How many rows there are when their bytes are looked at. */
  #lookAt = FIRST_LOOK_ROWS
  /** About how many bytes each row had at the last look, of this batch. */
  #bytesEach = 0
  /** Rows that nobody reads are counted and dropped. */
  #unread = 0
  #readerCount = 0
  #isRead: boolean

  /** `onRows` is told of all rows that leave, large ones as several. */
  constructor(settings: PortSettings, ledger: Ledger, onRows: (weight: number) => void) {
    this.name = settings.name
    this.#connected = settings.connected
    this.#isRead = settings.connected
    this.#timed = settings.eventTime
    this.#changing = settings.table
    this.#tracksOrigins = settings.tracksOrigins
    this.#ledger = ledger
    this.#onRows = onRows
    // Counted on from where a restart has put it.
    if (!ledger.outByPort.has(settings.name)) ledger.outByPort.set(settings.name, 0)
    this.stream = new Observable((reader) => {
      this.#addReaders(1)
      reader.add(() => this.#addReaders(-1))
      this.#subject.subscribe(reader)
    })
  }

  /** What nobody reads is not collected. */
  get isRead(): boolean {
    return this.#isRead
  }

  /** Edges, and whoever looks on. */
  get readerCount(): number {
    return this.#readerCount
  }

  #addReaders(count: number): void {
    this.#readerCount += count
    this.#isRead = this.#connected || this.#readerCount > 0
  }

  /** Emits a row with its event time, which is ignored on a stream without one. */
  emit(row: Row, timeMs: number): void {
    this.emitChange('+I', row, timeMs)
  }

  /** Emits a row that changes a table in this way. */
  emitChange(change: Change, row: Row, timeMs: number): void {
    if (!this.#isRead) {
      this.#unread++
      return
    }
    const at = this.#count++
    this.#rows[at] = row
    if (this.#timed) this.#times[at] = timeMs
    if (this.#changing) this.#changes[at] = change
    if (this.#tracksOrigins) this.#origins[at] = this.origin
    if (at + 1 >= this.#lookAt) this.#look()
  }

  /** Emits that a row of a table is replaced by another. */
  emitUpdate(before: Row, beforeMs: number, after: Row, afterMs: number): void {
    this.emitChange('-U', before, beforeMs)
    this.emitChange('+U', after, afterMs)
  }

  #look(): void {
    const count = this.#count
    if (count >= ROWS_MAX) {
      this.flush()
      return
    }
    this.#bytesEach = bytesEach(this.#rows, 0, count, LOOKED_AT)
    if (this.#bytesEach * count >= BYTES_MAX) this.flush()
    else {
      const roomForRows = Math.floor(BYTES_MAX / Math.max(1, this.#bytesEach))
      this.#lookAt = Math.min(ROWS_MAX, count * 4, Math.max(count + 1, roomForRows))
    }
  }

  /** The watermark stands behind everything emitted so far. */
  mark(watermarkMs: number): void {
    if (!this.isRead) return
    this.#marks.push({ at: this.#count, watermarkMs, origin: this.origin })
  }

  status(idle: boolean): void {
    this.flush()
    this.#subject.next({ kind: 'status', idle, origin: this.origin })
  }

  /** Hands on what has been emitted. What comes next begins another batch. */
  flush(): void {
    const count = this.#count
    const left = count + this.#unread
    if (left > 0) {
      this.countRows(left)
      this.#unread = 0
    }
    const marks = this.#marks
    if (count === 0 && marks.length === 0) return
    const batch: Batch = {
      kind: 'batch',
      rows: this.#taken(this.#rows),
      times: this.#timed ? this.#taken(this.#times) : undefined,
      changes: this.#changing ? this.#taken(this.#changes) : undefined,
      marks,
      origins: this.#tracksOrigins ? this.#taken(this.#origins) : undefined,
    }
    this.#onRows(count * Math.max(1, this.#bytesEach / BYTES_OF_A_ROW))
    this.#begin(count >= ROOMY_ROWS)
    this.#subject.next(batch)
  }

  #taken<T>(list: T[]): T[] {
    if (list.length !== this.#count) list.length = this.#count
    return list
  }

  #begin(roomy: boolean): void {
    this.#count = 0
    this.#rows = roomy ? ROOM_FOR_ROWS.slice() : []
    if (this.#timed) this.#times = roomy ? ROOM_FOR_TIMES.slice() : []
    if (this.#changing) this.#changes = roomy ? ROOM_FOR_CHANGES.slice() : []
    if (this.#tracksOrigins) this.#origins = roomy ? ROOM_FOR_TIMES.slice() : []
    this.#marks = []
    this.#bytesEach = 0
    this.#lookAt = FIRST_LOOK_ROWS
  }

  /** Hands on a batch that was made elsewhere, behind what has been emitted. */
  hand(batch: Batch): void {
    this.flush()
    const count = batch.rows.length
    this.countRows(count)
    this.#onRows(count)
    this.#subject.next(batch)
  }

  /** So many rows leave without being handed on here. */
  countRows(count: number): void {
    this.#ledger.out += count
    const ports = this.#ledger.outByPort
    ports.set(this.name, (ports.get(this.name) ?? 0) + count)
  }

  complete(): void {
    this.flush()
    this.#subject.complete()
  }
}
