/** Event times as JSON can say them. */

import { END_OF_TIME_MS, START_OF_TIME_MS } from '@millrace/engine'
import type { wire } from '@millrace/pipeline'

export function toWireTime(timeMs: number): wire.WireTime {
  if (timeMs === END_OF_TIME_MS) return 'end'
  return timeMs === START_OF_TIME_MS ? 'start' : timeMs
}
