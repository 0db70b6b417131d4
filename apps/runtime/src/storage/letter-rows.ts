/** Letters as their table has them, and as the rest of the server sees them. */

import { type DeadLetter, decodeState } from '@millrace/engine'
import type { wire } from '@millrace/pipeline'
import { BEGINNING_BYTES } from '../letters/beginning.ts'
import type { WrittenRequest } from '../letters/letter-events.ts'

export interface StoredLetter {
  readonly seq: number
  readonly id: string
  readonly jobId: string
  readonly group: number
  readonly state: wire.LetterState
  readonly attempts: number
  readonly result: wire.LetterSummary['result'] | undefined
  readonly resendOf: string | undefined
  /** It was refused in a history that a job has gone back from, so its record is read again. */
  readonly goneBack: boolean
  /** It was accepted in such a history, so it waits again. */
  readonly givenBack: boolean
  readonly bytes: number
  readonly raw: Uint8Array
  readonly edited: Uint8Array | undefined
  readonly detail: LetterDetail
}

/** What is needed to go through many. */
export type LetterName = Pick<StoredLetter, 'seq' | 'id' | 'bytes'>

/** A letter without its bytes. */
export type LetterDetail = Omit<DeadLetter, 'raw' | 'bytes' | 'resendOf'> & {
  /** As somebody has corrected it. */
  readonly editedTimeMs?: number
  /** Why it was refused as it came, where it has been corrected and refused once more. */
  readonly first?: LetterCause
}

export type LetterCause = Pick<DeadLetter, 'code' | 'reason' | 'column'>

/** The text that was refused last, or as it came, and why that very text was refused. */
export function refusedAs({ raw, edited, result, detail }: StoredLetter): LetterCause & {
  readonly text: Uint8Array
} {
  const isCorrected = result === 'refused' && edited !== undefined
  const { code, reason, column } = isCorrected ? detail : (detail.first ?? detail)
  return { text: isCorrected ? edited : raw, code, reason, column }
}

export interface LetterRow {
  readonly seq: number
  readonly id: string
  readonly pipeline_id: string
  readonly group_id: number
  readonly state: wire.LetterState
  readonly attempts: number
  readonly result: wire.LetterSummary['result'] | null
  readonly resend_of: string | null
  readonly bytes: number
  readonly raw: Buffer
  readonly edited: Buffer | null
  readonly detail: Buffer
  /** Where its refusal was told. */
  readonly job: string | null
  readonly root: string | null
  readonly number: number | null
  /** The state before it was put aside. */
  readonly gone_back: wire.LetterState | null
  readonly given_back: number
}

export const KEPT_STATES: readonly wire.LetterState[] = ['open', 'sent', 'done']
/** More than is shown, so that it is seen to go on. */
export const BEGINNING_READ = BEGINNING_BYTES + 1
/** For lists: letters may be long. */
export const BEGINNINGS = `seq, id, pipeline_id, group_id, state, attempts, result, resend_of, bytes, detail, gone_back, given_back, substr(raw, 1, ${BEGINNING_READ}) AS raw, substr(edited, 1, ${BEGINNING_READ}) AS edited`

export function toLetter(row: LetterRow): StoredLetter {
  const { seq, id, group_id: group, state, attempts, result, resend_of, bytes, raw, edited } = row
  return {
    ...{ seq, id, group, state, attempts, bytes },
    goneBack: row.gone_back !== null,
    givenBack: row.given_back === 1,
    // A name begins with its job.
    jobId: id.slice(0, id.indexOf('.')),
    result: result ?? undefined,
    resendOf: resend_of ?? undefined,
    raw: new Uint8Array(raw),
    edited: edited === null ? undefined : new Uint8Array(edited),
    detail: decodeState(new Uint8Array(row.detail)) as unknown as LetterDetail,
  }
}

export function requestOf(row: LetterRow): WrittenRequest {
  const { id, jobId, attempts, raw, edited, detail } = toLetter(row)
  const { nodeId, channel, key, timestampMs, place } = detail
  const eventTimeMs = detail.editedTimeMs ?? detail.eventTimeMs
  const refusedIn = row.job ?? jobId
  return {
    ...{ letterId: id, attempt: attempts, nodeId, bytes: edited ?? raw, refusedIn },
    ...(channel === undefined ? {} : { channel }),
    ...(eventTimeMs === undefined ? {} : { eventTimeMs }),
    ...(key === undefined ? {} : { key }),
    ...(timestampMs === undefined ? {} : { timestampMs }),
    ...(place?.partition === undefined ? {} : { partition: place.partition }),
    ...(place?.offset === undefined ? {} : { offset: place.offset }),
  }
}

/** Up to so many bytes; one in any case. */
export function firstOf(names: readonly LetterName[], bytesMax: number): readonly LetterName[] {
  let bytes = 0
  const end = names.findIndex((one) => {
    bytes += one.bytes
    return bytes > bytesMax
  })
  return end < 0 ? names : names.slice(0, Math.max(1, end))
}
