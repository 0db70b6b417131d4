/**
 * The picture's two axes: event time across, processing time up, and the ticks that stand on them.
 *
 * The event-time axis is locked to the window grid: its ticks are window boundaries wherever
 * windows have one size, so that a rectangle never begins between two ticks for no reason.
 */

import type { wire } from '@millrace/pipeline'

export interface Range {
  readonly from: number
  readonly to: number
}

/** Milliseconds shown by each axis. */
export interface PictureView {
  readonly eventTime: Range
  readonly processingTime: Range
}

export interface Scale {
  readonly domain: Range
  /** Pixels; `from` may be larger than `to`: up is later. */
  readonly range: Range
  toPixel(value: number): number
  toValue(pixel: number): number
}

export function linearScale(domain: Range, range: Range): Scale {
  const perValue = (range.to - range.from) / Math.max(1, domain.to - domain.from)
  return {
    domain,
    range,
    toPixel: (value) => range.from + (value - domain.from) * perValue,
    toValue: (pixel) => domain.from + (pixel - range.from) / perValue,
  }
}

export interface PlotSize {
  readonly width: number
  readonly height: number
}

export interface PictureScales {
  readonly x: Scale
  readonly y: Scale
  readonly size: PlotSize
}

/** Room for labels around the plot: above stand the counts of open windows. */
export const MARGIN = { left: 78, right: 18, top: 30, bottom: 34 }

export function toScales(
  { eventTime, processingTime }: PictureView,
  size: PlotSize,
): PictureScales {
  const across = { from: MARGIN.left, to: Math.max(MARGIN.left + 1, size.width - MARGIN.right) }
  const up = { from: Math.max(MARGIN.top + 1, size.height - MARGIN.bottom), to: MARGIN.top }
  return { x: linearScale(eventTime, across), y: linearScale(processingTime, up), size }
}

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const STEPS_MS: readonly number[] = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7, 14, 28, 91, 364, 1_820, 3_640].map((count) => count * DAY),
]

/** A grid of event time: boundaries at `offset` and every `size` from it. */
export interface Grid {
  readonly sizeMs: number
  readonly offsetMs: number
}

/** The grid of the windows, or undefined where they are not of one size: sessions, or none yet. */
export function windowGrid(windows: readonly wire.WindowBox[]): Grid | undefined {
  const [first] = windows
  if (first === undefined) return undefined
  const sizeMs = first.endMs - first.startMs
  if (sizeMs <= 0) return undefined
  const same = windows.every(({ startMs, endMs }) => endMs - startMs === sizeMs)
  return same ? { sizeMs, offsetMs: first.startMs } : undefined
}

/** Round times at least `pixelsMin` apart, on the grid where there is one. */
export function timeTicks(scale: Scale, pixelsMin: number, grid?: Grid): readonly number[] {
  const { from, to } = scale.domain
  const pixels = Math.abs(scale.range.to - scale.range.from)
  const neededMs = ((to - from) / Math.max(1, pixels)) * pixelsMin
  const stepMs = grid === undefined ? roundStep(neededMs) : gridStep(neededMs, grid.sizeMs)
  const offsetMs = grid?.offsetMs ?? 0
  const ticks: number[] = []
  const first = offsetMs + Math.ceil((from - offsetMs) / stepMs) * stepMs
  for (let tick = first; tick <= to && ticks.length < 200; tick += stepMs) ticks.push(tick)
  return ticks
}

function roundStep(neededMs: number): number {
  return STEPS_MS.find((step) => step >= neededMs) ?? Math.ceil(neededMs / DAY) * DAY
}

/**
 * A multiple of the window's size, or, where windows are far apart, a round step that divides it.
 */
function gridStep(neededMs: number, sizeMs: number): number {
  if (neededMs <= sizeMs) {
    const divides = STEPS_MS.find((step) => step >= neededMs && sizeMs % step === 0)
    return divides !== undefined && divides < sizeMs ? divides : sizeMs
  }
  const multiple = [2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60].find((n) => n * sizeMs >= neededMs)
  return (multiple ?? Math.ceil(neededMs / sizeMs)) * sizeMs
}
