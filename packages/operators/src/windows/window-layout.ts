/**
 * Where fixed windows lie, and into which panes they divide time: all records of a pane are in the
 * same windows, so that a record is stored once however many windows contain it.
 */

import { PaneCursor, type WindowGrid } from './pane-cursor.ts'

/**
 * Stands at one pane, and at one window of it, so that looking for them allocates nothing. Windows
 * are in the order of their starts, then of their ends, and neither falls from one to the next.
 */
export interface WindowLayout {
  /** The pane is [startMs, endMs). */
  readonly startMs: number
  readonly endMs: number
  /** No window contains the pane. */
  readonly inGap: boolean
  /** Windows begin together and contain those before them, so that only their ends differ. */
  readonly nests: boolean
  /** The window that was found last. */
  readonly openStartMs: number
  readonly openEndMs: number
  moveTo(timeMs: number): void
  /**
   * Looks for the first window of the pane that this watermark has not closed; false if there is
   * none.
   */
  findOpen(watermarkMs: number): boolean
  /** Looks for the window of the pane after the one found last; false if there is none. */
  findNext(): boolean
  /** Panes that start before this time are in no window after this one. */
  neededFromMs(startMs: number, endMs: number): number
  /** Whether the window that starts at `nextMs`, the one after this one, ends together with it. */
  endsTogether(nextMs: number, endMs: number): boolean
}

/**
 * The starts of the window that was found and of those that end together with it, as where a day
 * is shorter than the one before: a window has fired when all of them have.
 */
export function startsOfEnd(layout: WindowLayout): readonly number[] {
  const { openStartMs, openEndMs } = layout
  const starts = [openStartMs]
  let nextMs = layout.neededFromMs(openStartMs, openEndMs)
  while (layout.endsTogether(nextMs, openEndMs)) {
    starts.push(nextMs)
    nextMs = layout.neededFromMs(nextMs, openEndMs)
  }
  return starts
}

/** The index of the first of these times behind `from` that is not in the pane; `to` if none is. */
export function endWithin(
  { startMs, endMs }: WindowLayout,
  times: readonly number[] | undefined,
  from: number,
  to: number,
): number {
  if (times === undefined) return to
  let index = from + 1
  for (; index < to; index++) {
    const timeMs = times[index] ?? 0
    if (timeMs < startMs || timeMs >= endMs) break
  }
  return index
}

/** Tumbling windows are hopping ones whose slide is their size. */
export class HoppingLayout implements WindowLayout {
  readonly #grid: WindowGrid
  readonly #cursor: PaneCursor
  readonly nests = false
  openStartMs = Number.NaN
  openEndMs = Number.NaN

  constructor(grid: WindowGrid) {
    this.#grid = grid
    this.#cursor = new PaneCursor(grid)
  }

  get startMs(): number {
    return this.#cursor.startMs
  }

  get endMs(): number {
    return this.#cursor.endMs
  }

  get inGap(): boolean {
    return this.#cursor.inGap
  }

  moveTo(timeMs: number): void {
    this.#cursor.moveTo(timeMs)
  }

  findOpen(watermarkMs: number): boolean {
    return this.#stand(this.#cursor.firstOpenMs(watermarkMs))
  }

  findNext(): boolean {
    return this.#stand(this.openStartMs + this.#grid.slideMs)
  }

  neededFromMs(startMs: number): number {
    return startMs + this.#grid.slideMs
  }

  endsTogether(): boolean {
    return false
  }

  #stand(startMs: number): boolean {
    this.openStartMs = startMs
    this.openEndMs = startMs + this.#grid.sizeMs
    return startMs <= this.#cursor.lastWindowMs
  }
}

/**
 * Windows that begin together at every `sizeMs` and end `stepMs` after each other, up to `sizeMs`.
 */
export interface CumulateGrid {
  readonly sizeMs: number
  readonly stepMs: number
  readonly offsetMs: number
}

/**
 *     windows   |---|
 *               |-------|
 *               |-----------|            size = 3 * step
 *     panes     |---|---|---|
 */
export class CumulateLayout implements WindowLayout {
  readonly #grid: CumulateGrid
  readonly inGap = false
  readonly nests = true
  startMs = Number.NaN
  endMs = Number.NaN
  openStartMs = Number.NaN
  openEndMs = Number.NaN

  constructor(grid: CumulateGrid) {
    this.#grid = grid
  }

  moveTo(timeMs: number): void {
    const { sizeMs, stepMs, offsetMs } = this.#grid
    this.openStartMs = Math.floor((timeMs - offsetMs) / sizeMs) * sizeMs + offsetMs
    const steps = Math.floor((timeMs - this.openStartMs) / stepMs)
    this.startMs = this.openStartMs + steps * stepMs
    this.endMs = this.startMs + stepMs
  }

  findOpen(watermarkMs: number): boolean {
    const { sizeMs, stepMs } = this.#grid
    const closedSteps = Math.floor((watermarkMs + 1 - this.openStartMs) / stepMs)
    this.openEndMs = Math.max(this.endMs, this.openStartMs + (closedSteps + 1) * stepMs)
    return this.openEndMs <= this.openStartMs + sizeMs
  }

  findNext(): boolean {
    const { sizeMs, stepMs } = this.#grid
    this.openEndMs += stepMs
    return this.openEndMs <= this.openStartMs + sizeMs
  }

  neededFromMs(startMs: number, endMs: number): number {
    return endMs === startMs + this.#grid.sizeMs ? endMs : startMs
  }

  endsTogether(): boolean {
    return false
  }
}
