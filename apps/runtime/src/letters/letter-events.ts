/**
 * What jobs tell of dead letters, through a topic of the log that is ours: it lasts with the
 * checkpoint, and appears with it at once. And what is told to a job that is to try letters again,
 * through a topic of its own, whose offsets its checkpoints hold.
 */

import {
  type DeadLetter,
  decodeState,
  encodeState,
  type ResendOutcome,
  type ResendRequest,
} from '@millrace/engine'
import type { Asked, HeldOf, ToldAt } from './letter-line.ts'

/** Both are Millrace's own by their names, so that nobody else reads or writes them. */
export const LETTERS_TOPIC = 'millrace.dead-letters'
/** A letter may be of a megabyte, and so may its key. */
export const LETTER_RECORD_BYTES_MAX = 16 * 1024 * 1024

const RESENDS = 'millrace.resend.'

export function resendTopic(jobId: string): string {
  return `${RESENDS}${jobId}`
}

/** Undefined for any other topic. */
export function jobOfResends(topic: string): string | undefined {
  return topic.startsWith(RESENDS) ? topic.slice(RESENDS.length) : undefined
}

export type LetterEvent =
  | {
      readonly kind: 'refused'
      readonly jobId: string
      readonly id: string
      readonly letter: DeadLetter
      /** Absent in what was written before there were lines; see `letter-line.ts`. */
      readonly at?: Told
    }
  | {
      readonly kind: 'outcome'
      readonly jobId: string
      readonly outcome: ResendOutcome
      readonly at?: Told
    }
  | BegunEvent

type Told = Pick<ToldAt, 'root' | 'number'>

/** The job goes on from the checkpoint of another, and tells what that one holds. */
export interface BegunEvent {
  readonly kind: 'begun'
  readonly jobId: string
  readonly root: string
  readonly before: readonly HeldOf[]
}

export function encodeEvent(event: LetterEvent): Uint8Array {
  return encodeState(plain(event))
}

export function decodeEvent(bytes: Uint8Array): LetterEvent {
  return decodeState(bytes) as unknown as LetterEvent
}

/** Its place is its offset. */
export type WrittenRequest = Omit<ResendRequest, 'place'> & Asked

export function encodeRequest(request: WrittenRequest): Uint8Array {
  return encodeState(plain(request))
}

export function decodeRequest(
  bytes: Uint8Array,
  place: number,
): WrittenRequest & Pick<ResendRequest, 'place'> {
  return { ...(decodeState(bytes) as unknown as WrittenRequest), place }
}

/** Causes may be errors, of which what they say is kept. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Error) {
    const {
      code = 'refused',
      message,
      column,
    } = value as Error & {
      readonly code?: string
      readonly column?: string
    }
    return { code, message, column }
  }
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plain(part)]))
}
