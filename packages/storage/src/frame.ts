/**
 * Frames: how bytes are stored so that whoever reads them knows that they are what was written.
 *
 *     length (4) │ checksum (4) │ payload (length)
 *
 * Numbers are little-endian. The checksum is the masked CRC-32C of the length and the payload. A
 * frame is never empty: zeros, which a file system may leave behind what it wrote, are no frame.
 */

import { crc32c, maskCrc32c } from './crc32c.ts'

export const FRAME_HEADER_BYTES = 8
export const PAYLOAD_BYTES_MAX = 128 * 1024 * 1024

/** Why there is no frame: too few bytes are left for it, or they are not what was written. */
export type NoFrame = 'short' | 'broken'

export interface Frame {
  readonly payload: Uint8Array
  /** Behind the frame. */
  readonly nextBytes: number
}

/** Writes the header of a frame whose payload stands already behind where it goes. */
export function sealFrame(into: Uint8Array, atBytes: number, payloadBytes: number): void {
  if (payloadBytes < 1 || payloadBytes > PAYLOAD_BYTES_MAX) {
    throw new RangeError(`A frame of ${payloadBytes} bytes; 1 to ${PAYLOAD_BYTES_MAX} can be.`)
  }
  setUint32(into, atBytes, payloadBytes)
  setUint32(into, atBytes + 4, checksum(into, atBytes, payloadBytes))
}

export function toFrame(payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(FRAME_HEADER_BYTES + payload.length)
  frame.set(payload, FRAME_HEADER_BYTES)
  sealFrame(frame, 0, payload.length)
  return frame
}

/** The frame that stands there. Its payload is a view of `bytes`. */
export function readFrame(bytes: Uint8Array, atBytes: number): Frame | NoFrame {
  if (atBytes + FRAME_HEADER_BYTES > bytes.length) return 'short'
  const length = getUint32(bytes, atBytes)
  if (length < 1 || length > PAYLOAD_BYTES_MAX) return 'broken'
  const nextBytes = atBytes + FRAME_HEADER_BYTES + length
  if (nextBytes > bytes.length) return 'short'
  if (getUint32(bytes, atBytes + 4) !== checksum(bytes, atBytes, length)) return 'broken'
  return { payload: bytes.subarray(atBytes + FRAME_HEADER_BYTES, nextBytes), nextBytes }
}

/** How long the frame says it is, header included, unless no frame says that. */
export function frameBytesAt(bytes: Uint8Array, atBytes: number): number | NoFrame {
  if (atBytes + FRAME_HEADER_BYTES > bytes.length) return 'short'
  const length = getUint32(bytes, atBytes)
  return length < 1 || length > PAYLOAD_BYTES_MAX ? 'broken' : length + FRAME_HEADER_BYTES
}

function checksum(bytes: Uint8Array, atBytes: number, length: number): number {
  const from = atBytes + FRAME_HEADER_BYTES
  return maskCrc32c(crc32c(bytes, from, from + length, crc32c(bytes, atBytes, atBytes + 4)))
}

function getUint32(bytes: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]
  return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0
}

function setUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value
  bytes[at + 1] = value >>> 8
  bytes[at + 2] = value >>> 16
  bytes[at + 3] = value >>> 24
}
