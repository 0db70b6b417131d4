/**
 * A mark: the frame before each group of batches. It says how much of the file was synced when the
 * group was written, which proves later that a break before that is no torn tail. It carries the
 * salt of its file, so that nobody can smuggle one in with a record.
 */

import { FRAME_HEADER_BYTES, frameBytesAt, readFrame, sealFrame } from '../frame.ts'
import { KIND } from './frame-kind.ts'
import type { Sought } from './stored-files.ts'

const SIZE_BYTES = 7
const SALT_BYTES = 6
const PAYLOAD_BYTES = 1 + SIZE_BYTES + SALT_BYTES
export const MARK_BYTES = FRAME_HEADER_BYTES + PAYLOAD_BYTES

export function writeMark(
  into: Uint8Array,
  atBytes: number,
  syncedBytes: number,
  salt: number,
): void {
  const payloadAt = atBytes + FRAME_HEADER_BYTES
  into[payloadAt] = KIND.mark
  writeNumber(into, payloadAt + 1, SIZE_BYTES, syncedBytes)
  writeNumber(into, payloadAt + 1 + SIZE_BYTES, SALT_BYTES, salt)
  sealFrame(into, atBytes, PAYLOAD_BYTES)
}

/** A mark of this file that says that it was synced beyond `atBytes`. */
export function markBeyond(atBytes: number, salt: number): Sought {
  const fits = (bytes: Uint8Array, at: number) => {
    if (bytes[at + FRAME_HEADER_BYTES] !== KIND.mark) return false
    if (frameBytesAt(bytes, at) !== MARK_BYTES) return false
    const frame = readFrame(bytes, at)
    return typeof frame !== 'string' && (syncedBytesOf(frame.payload, salt) ?? 0) > atBytes
  }
  // The first byte of its length.
  return { byte: PAYLOAD_BYTES, lead: 0, length: MARK_BYTES, fits }
}

/** What the mark says that is in this frame; undefined for one of another file. */
export function syncedBytesOf(payload: Uint8Array, salt: number): number | undefined {
  if (readNumber(payload, 1 + SIZE_BYTES, SALT_BYTES) !== salt) return undefined
  return readNumber(payload, 1, SIZE_BYTES)
}

function writeNumber(into: Uint8Array, at: number, bytes: number, value: number): void {
  let rest = value
  for (let index = 0; index < bytes; index++) {
    into[at + index] = rest % 256
    rest = Math.floor(rest / 256)
  }
}

function readNumber(from: Uint8Array, at: number, bytes: number): number {
  let value = 0
  for (let index = bytes - 1; index >= 0; index--) value = value * 256 + (from[at + index] ?? 0)
  return value
}
