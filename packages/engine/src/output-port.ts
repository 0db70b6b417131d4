/** Collects what a node emits through one port, and hands it on as batches. */

import type { Row } from '@millrace/pipeline'
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

  readonly #settings: PortSettings
  readonly #ledger: Ledger
  readonly #onRows: (weight: number) => void
  readonly #subject = new Subject<Element>()
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

  /** `onRows` is told of all rows that leave, large ones as several. */
  constructor(settings: PortSettings, ledger: Ledger, onRows: (weight: number) => void) {
    this.#settings = settings
    this.#ledger = ledger
    this.#onRows = onRows
    // Counted on from where a restart has put it.
    if (!ledger.outByPort.has(settings.name)) ledger.outByPort.set(settings.name, 0)
    this.stream = new Observable((reader) => {
      this.#readerCount++
      reader.add(() => {
        this.#readerCount--
      })
      this.#subject.subscribe(reader)
    })
  }

  /** What nobody reads is not collected. */
  get isRead(): boolean {
    return this.#settings.connected || this.#subject.observed
  }

  /** Edges, and whoever looks on. */
  get readerCount(): number {
    return this.#readerCount
  }

  get name(): string {
    return this.#settings.name
  }

  /** Emits a row with its event time, which is ignored on a stream without one. */
  emit(row: Row, timeMs: number): void {
    this.emitChange('+I', row, timeMs)
  }

  /** Emits a row that changes a table in this way. */
  emitChange(change: Change, row: Row, timeMs: number): void {
    if (!this.isRead) {
      this.#unread++
      return
    }
    this.#rows.push(row)
    if (this.#settings.eventTime) this.#times.push(timeMs)
    if (this.#settings.table) this.#changes.push(change)
    if (this.#settings.tracksOrigins) this.#origins.push(this.origin)
    if (this.#rows.length >= this.#lookAt) this.#look()
  }

  #look(): void {
    const count = this.#rows.length
    this.#bytesEach = bytesEach(this.#rows, 0, count, LOOKED_AT)
    if (count >= ROWS_MAX || this.#bytesEach * count >= BYTES_MAX) this.flush()
    else {
      const roomForRows = Math.floor(BYTES_MAX / Math.max(1, this.#bytesEach))
      this.#lookAt = Math.min(ROWS_MAX, count * 4, Math.max(count + 1, roomForRows))
    }
  }

  /** The watermark stands behind everything emitted so far. */
  mark(watermarkMs: number): void {
    if (!this.isRead) return
    this.#marks.push({ at: this.#rows.length, watermarkMs, origin: this.origin })
  }

  status(idle: boolean): void {
    this.flush()
    this.#subject.next({ kind: 'status', idle, origin: this.origin })
  }

  /** Hands on what has been emitted. What comes next begins another batch. */
  flush(): void {
    const rows = this.#rows
    const count = rows.length + this.#unread
    if (count > 0) {
      this.countRows(count)
      this.#unread = 0
    }
    const marks = this.#marks
    if (rows.length === 0 && marks.length === 0) return
    const { eventTime, table, tracksOrigins } = this.#settings
    const times = eventTime ? this.#times : undefined
    const changes = table ? this.#changes : undefined
    const origins = tracksOrigins ? this.#origins : undefined
    this.#rows = []
    this.#marks = []
    if (eventTime) this.#times = []
    if (table) this.#changes = []
    if (tracksOrigins) this.#origins = []
    this.#onRows(rows.length * Math.max(1, this.#bytesEach / BYTES_OF_A_ROW))
    this.#bytesEach = 0
    this.#lookAt = FIRST_LOOK_ROWS
    this.#subject.next({ kind: 'batch', rows, times, changes, marks, origins })
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
