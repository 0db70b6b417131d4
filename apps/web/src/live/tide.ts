/**
 * The tide line: where each node's watermark stands on one scale for the whole pipeline.
 *
 * The scale ends a little above the highest watermark and reaches down over a round span (a ladder
 * of 5 s, 10 s, 30 s, ...) that holds the lowest. A span that was needed is kept while it is less
 * than six times too wide, so that bars do not rescale while the lag breathes. What is behind is
 * low; what keeps up is high.
 */

import type { wire } from '@millrace/pipeline'

export interface TideScale {
  /** The highest watermark that is a time; the right end stands a little above it. */
  readonly highMs: number
  readonly spanMs: number
}

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const LADDER_MS: readonly number[] = [
  ...[5, 10, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 30].map((count) => count * MINUTE),
  ...[1, 2, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7, 30, 90, 365, 1_825, 7_300, 36_500].map((count) => count * DAY),
]

/** The highest watermark stands here, so that its marker is seen whole. */
const HIGH_AT = 0.94

type Marks = Pick<wire.NodeMetrics, 'watermark' | 'idle'>

/** Undefined while no node has a watermark that is a time. */
export function toTideScale(
  nodes: Iterable<Marks>,
  before: TideScale | undefined,
): TideScale | undefined {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const { watermark } of nodes) {
    if (typeof watermark !== 'number') continue
    low = Math.min(low, watermark)
    high = Math.max(high, watermark)
  }
  if (high < low) return undefined
  const needed = (high - low) * 1.2
  const keep = before !== undefined && before.spanMs >= needed && before.spanMs < needed * 6
  const spanMs = keep ? before.spanMs : (LADDER_MS.find((step) => step >= needed) ?? needed)
  if (before?.highMs === high && before.spanMs === spanMs) return before
  return { highMs: high, spanMs }
}

/** From 0, empty, to 1, full: the end of input. */
export function tidePosition(watermark: wire.WireTime, scale: TideScale | undefined): number {
  if (watermark === 'end') return 1
  if (watermark === 'start' || scale === undefined) return 0
  const below = (scale.highMs - watermark) / scale.spanMs
  return Math.max(0, Math.min(HIGH_AT, HIGH_AT * (1 - below)))
}

/** How far the watermark is behind the clock, or undefined where that is no time. */
export function clockLagMs(watermark: wire.WireTime, atMs: number): number | undefined {
  return typeof watermark === 'number' ? atMs - watermark : undefined
}

/** How far the watermark is behind the highest of its inputs: what the node waits for. */
export function inputLagMs(metrics: Pick<wire.NodeMetrics, 'watermark' | 'inputs'>): number {
  const times = metrics.inputs
    .map(({ watermark }) => watermark)
    .filter((watermark) => typeof watermark === 'number')
  if (typeof metrics.watermark !== 'number' || times.length === 0) return 0
  return Math.max(0, Math.max(...times) - metrics.watermark)
}
