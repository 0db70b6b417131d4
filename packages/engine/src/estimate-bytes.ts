/**
 * About how much memory a value of state takes. Of a long list some elements stand for all, so that
 * it costs the same however long the list is.
 */

/** Elements of a collection that are looked at. */
const LOOKED_AT_MAX = 16
const DEPTH_MAX = 16
/** Not worth a second look. */
const SHORT_TEXT = 64

/** As V8 lays them out with pointers of 8 bytes, a little generously. */
const HEADER_BYTES = 32
const SLOT_BYTES = 8
const MAP_ENTRY_BYTES = 48

export function estimateBytes(value: unknown, depth = 0): number {
  if (typeof value === 'string') return HEADER_BYTES + bytesOfText(value)
  if (typeof value === 'number') return Number.isInteger(value) ? 0 : 16
  if (typeof value === 'bigint') return HEADER_BYTES
  if (typeof value !== 'object' || value === null || depth > DEPTH_MAX) return 0
  if (ArrayBuffer.isView(value)) return HEADER_BYTES * 3 + value.byteLength
  if (Array.isArray(value)) {
    return HEADER_BYTES + value.length * SLOT_BYTES + ofList(value, depth)
  }
  if (value instanceof Map) {
    const some = firstOf(value.entries())
    return HEADER_BYTES + value.size * MAP_ENTRY_BYTES + scaled(some.flat(), value.size * 2, depth)
  }
  if (value instanceof Set) {
    return HEADER_BYTES + value.size * MAP_ENTRY_BYTES + scaled(firstOf(value), value.size, depth)
  }
  let bytes = HEADER_BYTES
  for (const own of Object.values(value)) bytes += SLOT_BYTES + estimateBytes(own, depth + 1)
  return bytes
}

/** V8 takes two bytes for each character where one of them is beyond Latin-1. */
function bytesOfText(text: string): number {
  const { length } = text
  if (length < SHORT_TEXT) return length
  for (let look = 0; look < LOOKED_AT_MAX; look++) {
    if (text.charCodeAt(Math.floor((look * length) / LOOKED_AT_MAX)) > 0xff) return length * 2
  }
  return length
}

/**
 * Elements from all over the list: those at its ends may be of other sizes, and so may those that
 * stand at even and at odd places.
 */
function ofList(list: readonly unknown[], depth: number): number {
  if (list.length <= LOOKED_AT_MAX) return scaled(list, list.length, depth)
  const step = list.length / LOOKED_AT_MAX
  const some = Array.from({ length: LOOKED_AT_MAX }, (_, at) => {
    return list[Math.floor(at * step) + (at & 1)]
  })
  return scaled(some, list.length, depth)
}

function scaled(some: readonly unknown[], count: number, depth: number): number {
  let bytes = 0
  for (const one of some) bytes += estimateBytes(one, depth + 1)
  return some.length === 0 ? 0 : (bytes * count) / some.length
}

function firstOf<T>(values: Iterable<T>): readonly T[] {
  const first: T[] = []
  for (const value of values) {
    first.push(value)
    if (first.length === LOOKED_AT_MAX) break
  }
  return first
}
