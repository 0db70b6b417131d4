/**
 * What has arrived at a sink, for the page: the newest rows of a stream, or a table as it stands.
 * It is a second look at the sink's input, for sinks that write elsewhere and keep no rows.
 */

import { type Batch, bytesEach, bytesOfRow, type Element, type KeptRows } from '@millrace/engine'
import { canonicalText, EMPTY_ROW, type Row, type StreamSchema, typeText } from '@millrace/pipeline'
import type { Observable, Subscription } from 'rxjs'
import type { HostReply } from '../supervision/messages.ts'
import { Newest } from './newest.ts'
import { createRecordJson, newestWithin } from './record-json.ts'

/** Rows of a stream that stay, and rows of a table that are followed. */
const ROWS_MAX = 10_000
/** What these may take; with large rows, fewer stay. */
const BYTES_MAX = 16 * 2 ** 20
/** Of an answer: with large rows, it has fewer. */
const VIEW_LENGTH_MAX = 8 * 2 ** 20

interface Rows {
  take(batch: Batch): void
  /** The newest last. */
  last(count: number): readonly Row[]
  readonly total: number
}

export class SinkView {
  readonly #schema: StreamSchema
  readonly #rows: Rows
  readonly #subscriptions: readonly Subscription[]

  constructor(schema: StreamSchema, channels: readonly Observable<Element>[]) {
    this.#schema = schema
    this.#rows = schema.changes === 'append' ? new StreamRows() : new TableRows(schema)
    this.#subscriptions = channels.map((channel) =>
      channel.subscribe((element) => {
        if (element.kind === 'batch') this.#rows.take(element)
      }),
    )
  }

  read(limit: number): HostReply<'getView'> {
    return toView(this.#schema, { rows: this.#rows.last(limit), total: this.#rows.total })
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe()
  }
}

export function toView(
  { columns, changes: kind }: StreamSchema,
  { rows, total, changes }: KeptRows,
): HostReply<'getView'> {
  const shown = newestWithin(rows, createRecordJson(columns), VIEW_LENGTH_MAX)
  return {
    columns: columns.map(({ name, type }) => ({ name, type: typeText(type) })),
    rows: shown.map(({ record }) => record),
    total,
    ...(kind === 'append' || changes === undefined
      ? {}
      : { changes: changes.slice(rows.length - shown.length) }),
  }
}

class StreamRows implements Rows {
  readonly #newest = new Newest<Row>({ countMax: ROWS_MAX, bytesMax: BYTES_MAX })
  total = 0

  take({ rows }: Batch): void {
    this.total += rows.length
    const from = Math.max(0, rows.length - ROWS_MAX)
    const bytes = bytesEach(rows, from)
    for (let index = from; index < rows.length; index++) {
      this.#newest.add(rows[index] ?? EMPTY_ROW, bytes)
    }
  }

  last(count: number): readonly Row[] {
    return this.#newest.last(count)
  }
}

/** Rows by key, or by all they hold where they have none; then each may be there several times. */
class TableRows implements Rows {
  readonly #byKey = new Map<string, { row: Row; times: number; bytes: number }>()
  #bytes = 0
  readonly #keyOf: (row: Row) => string
  total = 0

  constructor({ columns, key }: StreamSchema) {
    const indexes =
      key?.map((name) => columns.findIndex((column) => column.name === name)) ??
      columns.map((_, index) => index)
    this.#keyOf = (row) => canonicalText(indexes.map((index) => row[index] ?? null))
  }

  take({ rows, changes }: Batch): void {
    for (const [index, row] of rows.entries()) {
      const change = changes?.[index] ?? '+I'
      if (change === '-D' || change === '-U') this.#remove(row)
      else this.#put(row, change === '+I')
    }
  }

  last(count: number): readonly Row[] {
    return [...this.#byKey.values()].slice(-count).map(({ row }) => row)
  }

  #put(row: Row, isNew: boolean): void {
    const key = this.#keyOf(row)
    const bytes = key.length + bytesOfRow(row)
    const present = this.#byKey.get(key)
    if (present === undefined) this.total++
    if (present === undefined && this.#byKey.size >= ROWS_MAX) return
    this.#bytes += bytes - (present?.bytes ?? 0)
    if (present === undefined) this.#byKey.set(key, { row, times: 1, bytes })
    else {
      present.row = row
      present.bytes = bytes
      if (isNew) present.times++
    }
    if (this.#bytes > BYTES_MAX) this.#forget(key)
  }

  /** It is followed no more; it still counts. */
  #forget(key: string): void {
    this.#bytes -= this.#byKey.get(key)?.bytes ?? 0
    this.#byKey.delete(key)
  }

  #remove(row: Row): void {
    const key = this.#keyOf(row)
    const present = this.#byKey.get(key)
    if (present !== undefined && present.times > 1) {
      present.times--
      return
    }
    this.total = Math.max(0, this.total - 1)
    this.#forget(key)
  }
}
