/** Sizes in bytes as documents write them: `"64MB"`. Units count in 1024s, as in Flink. */

/** A size that could not be read: `message` says why and what to write instead. */
export interface SizeRefusal {
  readonly message: string
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['TB', 1024 ** 4],
  ['GB', 1024 ** 3],
  ['MB', 1024 ** 2],
  ['KB', 1024],
  ['B', 1],
])
const HOW = 'Write a whole number and a unit, for instance "512B", "16KB", "64MB" or "1GB".'

/** Bytes. */
export function parseSize(text: string): number | SizeRefusal {
  const match = /^([0-9]{1,20})([A-Za-z]*)$/.exec(text)
  if (match === null) {
    return { message: `"${text.slice(0, 50)}" is not a size. ${HOW}` }
  }
  const [, count, unit = ''] = match
  if (unit === '') return { message: `"${text}" has no unit. ${HOW}` }
  const unitBytes = UNITS.get(unit)
  if (unitBytes === undefined) {
    return { message: `"${text}" has the unknown unit "${unit}". Units are B, KB, MB, GB and TB.` }
  }
  const bytes = Number(count) * unitBytes
  if (!Number.isSafeInteger(bytes)) {
    return { message: `"${text}" is more than ${Number.MAX_SAFE_INTEGER} bytes, the largest size.` }
  }
  return bytes
}

/** The largest unit that divides it: 65536 is `64KB`. */
export function sizeText(bytes: number): string {
  for (const [unit, unitBytes] of UNITS) {
    if (bytes >= unitBytes && bytes % unitBytes === 0) return `${bytes / unitBytes}${unit}`
  }
  return `${bytes}B`
}
