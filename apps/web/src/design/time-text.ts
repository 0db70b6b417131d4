/** Wall-clock times for people: in UTC and with their zone, as everywhere in Millrace. */

import { isoTimestamp } from '@millrace/pipeline'

/** `2026-01-31 14:20 UTC`. */
export function timeText(timestampMs: number): string {
  return `${isoTimestamp(timestampMs).slice(0, 16).replace('T', ' ')} UTC`
}
