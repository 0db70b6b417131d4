/** What weighs how much of what a node may have outstanding. */

const UNIT_BYTES = 256 * 1024

/** For `Outstanding`: one, or as many as there are quarters of a megabyte in it. */
export function outstandingUnits(bytes: number): number {
  return Math.max(1, Math.round(bytes / UNIT_BYTES))
}
