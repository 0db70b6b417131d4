/**
 * Where fixed windows lie, and into which panes they divide time: all records of a pane are in the
 * same windows, so that a record is stored once however many windows contain it.
 */

import { PaneCursor, type WindowGrid } from '../windows/pane-cursor.ts'

/** Stands at one pane at a time, so that looking for one allocates nothing. */
export interface WindowLayout {
  /** The pane is [startMs, endMs). */
  readonly startMs: number
  readonly endMs: number
  /** No window contains the pane. */
  readonly inGap: boolean
  /** What `findOpen` found. */
  readonly openStartMs: number
  readonly openEndMs: number
  moveTo(timeMs: number): void
  /**
   * Looks for the first window of the pane that this watermark has not closed; false if there is
   * none.
   */
  findOpen(watermarkMs: number): boolean
  /** Panes that start before this time are in no window after this one. */
  neededFromMs(startMs: number, endMs: number): number
}

/** Tumbling windows are hopping ones whose slide is their size. */
export class HoppingLayout implements WindowLayout {
  readonly #grid: WindowGrid
  readonly #cursor: PaneCursor
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
    this.openStartMs = this.#cursor.firstOpenMs(watermarkMs)
    this.openEndMs = this.openStartMs + this.#grid.sizeMs
    return this.openStartMs <= this.#cursor.lastWindowMs
  }

  neededFromMs(startMs: number): number {
    return startMs + this.#grid.slideMs
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

  neededFromMs(startMs: number, endMs: number): number {
    return endMs === startMs + this.#grid.sizeMs ? endMs : startMs
  }
}
