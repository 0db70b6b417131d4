/**
 * What is known of a refused record beside the five columns of `errors` ports, which are a
 * contract: its bytes, where it came from, what is needed to send it in again. It travels beside
 * the row, for whoever keeps dead letters.
 */

import type { RefusalCause, Row } from '@millrace/pipeline'

/** Of longer ones, the beginning is kept. In UTF-16 code units, or bytes. */
export const LETTER_LENGTH_MAX = 1024 * 1024

/** Where a record stood. Line and offset of files are columns of `errors` ports already. */
export interface RecordPlace {
  /** A path as the document has it. */
  readonly file?: string
  readonly topic?: string
  readonly partition?: number
  /** In the partition. */
  readonly offset?: number
}

export interface RefusalDetail {
  readonly code: string
  readonly column?: string | undefined
  /** As it came, where the text is not the same in UTF-8. */
  readonly bytes?: Uint8Array
  /** Only the beginning is there. */
  readonly truncated?: boolean
  readonly place?: RecordPlace
  /** Of a record of a topic. */
  readonly key?: Uint8Array | null
  /** The time that the record brought along, beside its bytes. */
  readonly timestampMs?: number
  /** The channel by which a row came into the node; absent for what is no row of its inputs. */
  readonly channel?: number
  readonly eventTimeMs?: number
}

export interface DeadLetter extends RefusalDetail {
  readonly nodeId: string
  /** What the node is. */
  readonly operator: string
  /** The record as text. */
  readonly raw: string
  readonly reason: string
  readonly line: number | null
  /** In the file, in bytes. */
  readonly offsetBytes: number | null
  /** Processing time of the turn. */
  readonly refusedAtMs: number
  /** It came about when this one was sent in again. */
  readonly resendOf?: ResendName
}

/** One letter, sent in again for the n-th time. */
export interface ResendName {
  readonly letterId: string
  readonly attempt: number
}

const details = new WeakMap<Row, RefusalDetail>()

/** A row for an `errors` port. */
export function refusalRow(
  nodeId: string,
  raw: string,
  { code, message, column }: RefusalCause,
  detail: Omit<RefusalDetail, 'code' | 'column'> & {
    readonly line?: number | undefined
    readonly offsetBytes?: number | undefined
  } = {},
): Row {
  const { line, offsetBytes, ...rest } = detail
  const row = [raw, message, nodeId, line ?? null, offsetBytes ?? null]
  details.set(row, { code, column, ...rest })
  return row
}

/** What a row of an `errors` port says, with what is known beside it. */
export function toDeadLetter(row: Row, operator: string, refusedAtMs: number): DeadLetter {
  const [raw, reason, nodeId, line, offsetBytes] = row
  const detail = details.get(row) ?? { code: 'refused' }
  const text = String(raw)
  const long = text.length > LETTER_LENGTH_MAX
  return {
    ...detail,
    nodeId: String(nodeId),
    operator,
    raw: long ? text.slice(0, LETTER_LENGTH_MAX) : text,
    reason: String(reason),
    line: typeof line === 'number' ? line : null,
    offsetBytes: typeof offsetBytes === 'number' ? offsetBytes : null,
    refusedAtMs,
    ...(long ? { truncated: true } : {}),
  }
}
