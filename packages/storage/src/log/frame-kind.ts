/** The first byte of each payload: what the frame is. Files keep these numbers for ever. */

export const KIND = {
  batch: 1,
  /** How far the file was synced when what follows was written. */
  mark: 2,
  segment: 3,
  index: 4,
  indexEntries: 5,
  idempotencyKeys: 6,
  topic: 7,
  format: 8,
  closed: 9,
  transaction: 10,
  staged: 11,
  prepared: 12,
  committed: 13,
  acknowledged: 14,
  tail: 15,
} as const

/** Of everything in the log's folder. */
export const FORMAT_VERSION = 1
