/**
 * Chooses what the picture shows: how much processing time below "now", and which stretch of event
 * time.
 *
 * Both spans come from a ladder of round lengths and are kept while they are not far too long, so
 * that the picture glides with the clock instead of breathing with every record.
 */

import type { wire } from '@millrace/pipeline'
import type { PictureView, Range } from './scales.ts'

const SPANS_MS: readonly number[] = [
  ...[5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 450, 600, 900, 1_800, 3_600].map((s) => s * 1_000),
  ...[2, 3, 6, 12, 24, 72, 168, 720, 8_760, 87_600].map((hours) => hours * 3_600_000),
]

/** Longer than this nobody follows live; older things scroll out below. */
const PROCESSING_SPAN_MAX_MS = 600_000

export function chooseView(
  picture: wire.Picture,
  nowMs: number,
  before: PictureView | undefined,
): PictureView {
  const processingTime = chooseProcessingTime(picture, nowMs, before?.processingTime)
  return {
    processingTime,
    eventTime: chooseEventTime(picture, processingTime.from, before?.eventTime),
  }
}

function chooseProcessingTime(
  { dots, steps, windows }: wire.Picture,
  nowMs: number,
  before: Range | undefined,
): Range {
  let oldest = nowMs - 4_000
  for (const { seenAtMs } of dots) oldest = Math.min(oldest, seenAtMs)
  for (const { atMs } of steps) oldest = Math.min(oldest, atMs)
  for (const { firedAtMs } of windows) oldest = Math.min(oldest, firedAtMs ?? oldest)
  const needed = Math.min(PROCESSING_SPAN_MAX_MS, nowMs - oldest)
  const span = keepSpan(needed, before)
  return { from: nowMs - span, to: nowMs }
}

function keepSpan(needed: number, before: Range | undefined): number {
  const kept = before === undefined ? 0 : before.to - before.from
  // A little of the oldest may stay below the edge: a span of 61 s is not worth a picture of 90.
  const most = needed * 0.95
  if (kept >= most && kept <= needed * 2.5) return kept
  return SPANS_MS.find((span) => span >= most) ?? needed
}

/** Everything on time that is in view; a record that is far too late does not stretch the axis. */
function chooseEventTime(picture: wire.Picture, fromMs: number, before: Range | undefined): Range {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  const take = (from: number, to: number) => {
    low = Math.min(low, from)
    high = Math.max(high, to)
  }
  for (const box of picture.windows) {
    if (inView(box, fromMs)) take(box.startMs, box.endMs)
  }
  for (const { eventTimeMs, seenAtMs, late } of picture.dots) {
    if (!late && seenAtMs >= fromMs) take(eventTimeMs, eventTimeMs)
  }
  for (const { watermark, atMs } of picture.steps) {
    if (typeof watermark === 'number' && atMs >= fromMs) take(watermark, watermark)
  }
  if (typeof picture.watermark === 'number') take(picture.watermark, picture.watermark)
  if (high < low) return before ?? { from: fromMs, to: picture.atMs }
  const room = Math.max(1, (high - low) * 0.015)
  return { from: low - room, to: high + room }
}

/** From the first that is shown of it to the last, in processing time. */
export function pictureSpanMs({ dots, steps, windows }: wire.Picture): number {
  const fired = windows.flatMap(({ firedAtMs }) => firedAtMs ?? [])
  const times = [
    ...dots.map(({ seenAtMs }) => seenAtMs),
    ...steps.map(({ atMs }) => atMs),
    ...fired,
  ]
  const span = ([low, high]: readonly [number, number], ms: number) =>
    [Math.min(low, ms), Math.max(high, ms)] as const
  const [from, to] = times.reduce(span, [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
  return Math.max(0, to - from)
}

/** Open, or fired after the lower edge. */
export function inView({ firedAtMs }: wire.WindowBox, fromMs: number): boolean {
  return firedAtMs === undefined || firedAtMs >= fromMs
}

/** Between two views: 0 is the first, 1 the second. */
export function mixViews(a: PictureView, b: PictureView, share: number): PictureView {
  const mix = (from: Range, to: Range): Range => ({
    from: from.from + (to.from - from.from) * share,
    to: from.to + (to.to - from.to) * share,
  })
  return {
    eventTime: mix(a.eventTime, b.eventTime),
    processingTime: mix(a.processingTime, b.processingTime),
  }
}
