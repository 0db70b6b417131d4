/**
 * Divides time so that all records of a division, a *pane*, are in the same windows: a pane ends
 * wherever a window starts or ends. A record is added to its pane once, however many windows
 * overlap there, and a window is the sum of its panes.
 *
 *     windows   |------------|               size = 2 * slide + rest
 *                    |------------|
 *                         |------------|
 *     panes     |-|--|-|--|-|--|-|--|-|      rest wide, then slide - rest wide, and so on
 *
 * Where `slide` divides `size` there is no rest, and panes are as wide as `slide`. Where `slide`
 * exceeds `size`, every second pane is a gap, which no window contains.
 */

/** Windows are [start, start + sizeMs), with starts at offsetMs + n * slideMs for every whole n. */
export interface WindowGrid {
  readonly sizeMs: number
  readonly slideMs: number
  readonly offsetMs: number
}

/** Stands at one pane at a time, so that looking for one allocates nothing. */
export class PaneCursor {
  readonly #grid: WindowGrid
  readonly #restMs: number
  /** How many slides there are in a window. */
  readonly #slides: number
  /** The pane is [startMs, endMs). */
  startMs = Number.NaN
  endMs = Number.NaN
  /**
   * The starts of the first and the last window that contain the pane. In a gap, the first is after
   * the last.
   */
  firstWindowMs = Number.NaN
  lastWindowMs = Number.NaN

  constructor(grid: WindowGrid) {
    this.#grid = grid
    this.#restMs = grid.sizeMs % grid.slideMs
    this.#slides = Math.floor(grid.sizeMs / grid.slideMs)
  }

  /** Moves to the pane of this time. */
  moveTo(timeMs: number): void {
    const { slideMs, offsetMs } = this.#grid
    const phaseMs = floorMod(timeMs - offsetMs, slideMs)
    const baseMs = timeMs - phaseMs
    const inRest = phaseMs < this.#restMs
    this.startMs = inRest ? baseMs : baseMs + this.#restMs
    this.endMs = baseMs + (inRest ? this.#restMs : slideMs)
    this.firstWindowMs = baseMs - (inRest ? this.#slides : this.#slides - 1) * slideMs
    this.lastWindowMs = baseMs
  }

  get inGap(): boolean {
    return this.firstWindowMs > this.lastWindowMs
  }

  /**
   * The start of the first window of the pane that this watermark has not closed; after the last if
   * none.
   */
  firstOpenMs(watermarkMs: number): number {
    const { sizeMs, slideMs } = this.#grid
    const untilClosedMs = this.lastWindowMs + sizeMs - 1 - watermarkMs
    const laterOnes = Math.ceil(untilClosedMs / slideMs) - 1
    return Math.max(this.firstWindowMs, this.lastWindowMs - laterOnes * slideMs)
  }
}

/** The remainder that is never negative, so that windows before 1970 lie as those after it. */
function floorMod(dividend: number, divisor: number): number {
  const remainder = dividend % divisor
  return remainder < 0 ? remainder + divisor : remainder
}
