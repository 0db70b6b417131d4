/**
 * Keeps the canvas of the event-time picture up to date: glides with the clock while it follows.
 *
 * It is drawn again only when something would move by half a pixel: a span of an hour costs almost
 * nothing.
 */

import type { LiveEnv } from '../../live/env.ts'
import { toMarks } from './layers.ts'
import type { Mark } from './marks.ts'
import { type Palette, paint, readPalette } from './paint.ts'
import type { PictureSession } from './picture-session.ts'
import { type PictureView, toScales } from './scales.ts'
import { chooseView, mixViews } from './view.ts'

export interface PictureParts {
  readonly session: PictureSession
  readonly env: LiveEnv
  /** The host's clock minus this machine's. */
  readonly clockOffsetMs: () => number
  /** Held still: the time at which it was, on the host's clock. */
  readonly heldAtMs: number | undefined
  /** Whether the clock goes on: not so once the job has ended. */
  readonly running: boolean
}

/** How long a change of the axes takes to be made. */
const GLIDE_MS = 180

export class PicturePainter {
  readonly #canvas: HTMLCanvasElement
  readonly #parts: PictureParts
  readonly #onMarks: (marks: readonly Mark[]) => void
  readonly #stops: (() => void)[] = []
  readonly #still = matchMedia('(prefers-reduced-motion: reduce)').matches
  #palette: Palette
  #size = { width: 0, height: 0 }
  /** What the axes are to show, and what they showed last on their way there. */
  #view: PictureView | undefined
  #shown: PictureView | undefined
  #glide: { readonly from: PictureView; readonly sinceMs: number } | undefined
  #cancel = () => {}

  constructor(
    canvas: HTMLCanvasElement,
    parts: PictureParts,
    onMarks: (marks: readonly Mark[]) => void,
  ) {
    this.#canvas = canvas
    this.#parts = parts
    this.#onMarks = onMarks
    this.#palette = readPalette(canvas)
    const resizing = new ResizeObserver(() => this.#resize())
    resizing.observe(canvas)
    const theme = new MutationObserver(() => this.#repalette())
    theme.observe(document.documentElement, { attributeFilter: ['data-theme', 'class'] })
    this.#stops.push(
      () => resizing.disconnect(),
      () => theme.disconnect(),
      parts.session.state.subscribe(() => {
        if (parts.heldAtMs === undefined) this.#plan(0)
      }),
    )
    this.#resize()
  }

  close(): void {
    this.#cancel()
    for (const stop of this.#stops) stop()
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#canvas
    const ratio = devicePixelRatio
    this.#size = { width, height }
    this.#canvas.width = Math.round(width * ratio)
    this.#canvas.height = Math.round(height * ratio)
    this.#draw()
  }

  #repalette(): void {
    this.#palette = readPalette(this.#canvas)
    this.#draw()
  }

  #plan(delayMs: number): void {
    this.#cancel()
    const { env } = this.#parts
    const onFrame = () => {
      this.#cancel = env.onNextFrame(() => this.#draw())
    }
    if (delayMs < 16) onFrame()
    else this.#cancel = env.after(delayMs, onFrame)
  }

  #draw(): void {
    const { picture, memory } = this.#parts.session.state.get()
    const context = this.#canvas.getContext('2d')
    const { width, height } = this.#size
    if (picture === undefined || context === null || width < 40 || height < 40) return
    const nowMs = this.#nowMs(picture.atMs)
    const view = this.#shownView(chooseView(picture, nowMs, this.#view))
    this.#shown = view
    const scales = toScales(view, this.#size)
    const { running, heldAtMs } = this.#parts
    const ended = !running && heldAtMs === undefined
    const marks = toMarks({ picture, memory, scales, nowMs, ended })
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0)
    paint(context, marks, this.#palette, this.#size)
    this.#onMarks(marks)
    if (this.#moves()) this.#plan(this.#glide === undefined ? halfPixelMs(view, height) : 0)
  }

  /** Between two pictures the clock goes on here. */
  #nowMs(pictureAtMs: number): number {
    const { heldAtMs, env, clockOffsetMs } = this.#parts
    if (heldAtMs !== undefined) return heldAtMs
    if (!this.#moves()) return pictureAtMs
    return Math.max(pictureAtMs, Math.min(pictureAtMs + 3_000, env.nowMs() + clockOffsetMs()))
  }

  #moves(): boolean {
    return this.#parts.running && this.#parts.heldAtMs === undefined && !this.#still
  }

  /** Jumps of the axes are made over a moment; the steady drift of the clock is not a jump. */
  #shownView(wanted: PictureView): PictureView {
    const before = this.#view
    const { env } = this.#parts
    const jumps = before !== undefined && !this.#still && isJump(before, wanted)
    // From where the axes are, also in the middle of another glide, so that they never jump back.
    if (jumps) this.#glide = { from: this.#shown ?? before, sinceMs: env.nowMs() }
    this.#view = wanted
    if (this.#glide === undefined) return wanted
    const share = (env.nowMs() - this.#glide.sinceMs) / GLIDE_MS
    if (share >= 1) {
      this.#glide = undefined
      return wanted
    }
    return mixViews(this.#glide.from, wanted, share * (2 - share))
  }
}

function isJump(a: PictureView, b: PictureView): boolean {
  const span = b.eventTime.to - b.eventTime.from
  const moved =
    Math.abs(b.eventTime.to - a.eventTime.to) + Math.abs(b.eventTime.from - a.eventTime.from)
  const spanA = a.processingTime.to - a.processingTime.from
  const spanB = b.processingTime.to - b.processingTime.from
  return moved > span * 0.01 || spanA !== spanB
}

function halfPixelMs({ processingTime }: PictureView, height: number): number {
  return Math.min(1_000, ((processingTime.to - processingTime.from) / height) * 0.5)
}
