/** The beginning of a record as a list shows it. */

export const BEGINNING_BYTES = 200

/** A character that the end cuts through is left out; bytes that are none stand as �. */
export function beginningText(raw: Uint8Array): string {
  const text = Buffer.from(raw.subarray(0, BEGINNING_BYTES)).toString('utf8')
  return raw.length > BEGINNING_BYTES ? text.replace(/\uFFFD$/, '') : text
}
