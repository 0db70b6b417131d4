/**
 * Whether bytes are a value that was stored, without making the value: what is wrong with a
 * checkpoint is known before its job starts, though its values are read later.
 */

import { DEPTH_MAX, StateCodecError, TAG } from './state-codec.ts'

/** Fails with a `StateCodecError` where `decodeState` would because of how the bytes stand. */
export function checkState(bytes: Uint8Array): void {
  if (endOfValue(bytes, 0, 0) === bytes.length) return
  throw new StateCodecError('There are bytes behind the end of the value.')
}

/** Where the length of a list was read, and where it ends. */
let count = 0

function endOfValue(bytes: Uint8Array, from: number, depth: number): number {
  const tag = bytes[from]
  let at = from + 1
  switch (tag) {
    case TAG.undefined:
    case TAG.null:
    case TAG.false:
    case TAG.true:
      return at
    case TAG.integer:
      return endOfVarint(bytes, at)
    case TAG.double:
      return within(bytes, at + 8)
    case TAG.text:
    case TAG.bytes:
      at = endOfVarint(bytes, at)
      return within(bytes, at + count)
    case TAG.wideText:
      at = endOfVarint(bytes, at)
      return within(bytes, at + count * 2)
    case TAG.doubles:
      at = endOfVarint(bytes, at)
      return within(bytes, at + count * 8)
    case TAG.bigint:
      return endOfValue(bytes, requireText(bytes, at), depth)
    default:
      return endOfMany(bytes, at, tag, depth + 1)
  }
}

function endOfMany(
  bytes: Uint8Array,
  from: number,
  tag: number | undefined,
  depth: number,
): number {
  if (tag === undefined) throw endsInside()
  if (depth > DEPTH_MAX) {
    throw new StateCodecError(`State is nested more than ${DEPTH_MAX} levels deep.`)
  }
  if (tag !== TAG.array && tag !== TAG.object && tag !== TAG.map && tag !== TAG.set) {
    throw new StateCodecError(`Nothing that is stored begins with ${tag}.`)
  }
  let at = endOfVarint(bytes, from)
  for (let left = count; left > 0; left--) {
    if (tag === TAG.object) at = endOfValue(bytes, requireText(bytes, at), depth)
    else if (tag === TAG.map) at = endOfValue(bytes, at, depth)
    at = endOfValue(bytes, at, depth)
  }
  return at
}

function requireText(bytes: Uint8Array, at: number): number {
  const tag = bytes[at]
  if (tag === TAG.text || tag === TAG.wideText) return at
  if (tag === undefined) throw endsInside()
  const message = `A text was expected, and there is something that begins with ${tag}.`
  throw new StateCodecError(message)
}

/** Its value is in `count`. */
function endOfVarint(bytes: Uint8Array, from: number): number {
  count = 0
  let at = from
  for (let place = 1; place <= 2 ** 49; place *= 0x80) {
    const byte = bytes[at++]
    if (byte === undefined) throw endsInside()
    count += (byte & 0x7f) * place
    if (byte < 0x80) return at
  }
  throw new StateCodecError('A whole number does not end.')
}

function within(bytes: Uint8Array, end: number): number {
  if (end <= bytes.length) return end
  throw endsInside()
}

function endsInside(): StateCodecError {
  return new StateCodecError('The bytes end in the middle of a value.')
}
