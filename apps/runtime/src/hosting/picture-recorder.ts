/**
 * Records what the event-time picture of one window node shows:
 *
 *     processing time
 *        ^   .  .     |fired|         dots: records of the input, at their event time
 *        |  .  . o    |     |         o: a late one
 *        | .  ____/---+-----+         the watermark as steps
 *        +--------------------> event time
 *
 * What a window holds is read from the node's state just before it fires, so the counts are exact.
 * Dots are a sample. Everything is bounded, and the time that looking costs is too: before anybody
 * looks, it is next to nothing.
 */

import type { Batch, Element, Env, OpenWindow } from '@millrace/engine'
import type { wire } from '@millrace/pipeline'
import type { Observable, Subscription } from 'rxjs'
import { Ring } from './ring.ts'
import { toWireTime } from './wire-time.ts'

const WINDOWS_MAX = 200
const STEPS_MAX = 500
/** Farther from 1970, no day of a zone is known; no record can be, but a watermark may. */
const CALENDAR_MS = 8e15
/** Late records whose input has not been seen yet. */
const LATE_WAITING_MAX = 10_000

interface Limits {
  readonly dotsMax: number
  /** Share of the time that may go into reading windows from state. */
  readonly inspectionShareMax: number
  readonly inspectionMsFree: number
  /** Of a larger state no windows are read. */
  readonly stateBytesMax: number
}

const SEEN: Limits = {
  dotsMax: 2_000,
  inspectionShareMax: 0.05,
  inspectionMsFree: 50,
  stateBytesMax: Number.POSITIVE_INFINITY,
}
const UNSEEN: Limits = {
  dotsMax: 500,
  inspectionShareMax: 0.01,
  inspectionMsFree: 50,
  stateBytesMax: 1024 * 1024,
}

export interface PictureSubject {
  readonly jobId: string
  readonly nodeId: string
  readonly env: Env
  readonly inputs: readonly Observable<Element>[]
  readonly late: Observable<Element>
  windows(): readonly OpenWindow[]
  /** The earliest end that a window can have after this time, where that is known. */
  nextEndMs(afterMs: number): number | undefined
  /** What the node keeps, about. */
  stateBytes(): number
  watermarkMs(): number
  sources(): readonly wire.SourceProgress[]
  readonly firesByClock: boolean
  /** Calls back before what is due fires; undefined stops it. */
  watchWatermarks(onWatermark: ((watermarkMs: number) => void) | undefined): void
}

export class PictureRecorder {
  readonly #subject: PictureSubject
  #limits = UNSEEN
  readonly #fired = new Ring<wire.WindowBox>(WINDOWS_MAX)
  /** How a window fired that is still in state, by its bounds. */
  readonly #firings = new Map<string, Firing>()
  readonly #steps = new Ring<wire.Picture['steps'][number]>(STEPS_MAX)
  #dots: wire.RecordDot[] = []
  #oneIn = 1
  #counted = 0
  /** Late records by event time: they leave the node before their input is looked at here. */
  #lateTimes = new Map<number, number>()
  #lateWaiting = 0
  /** Where the watermark stood behind the last batch that was looked at. */
  #seenWatermarkMs: number
  readonly #startedMs: number
  #inspectedMs = 0
  /** Before the watermark is there, no window can fire. */
  #nextFiringMs = Number.NEGATIVE_INFINITY
  readonly #subscriptions: readonly Subscription[]

  constructor(subject: PictureSubject) {
    this.#subject = subject
    this.#startedMs = subject.env.clock.monotonicMs()
    this.#seenWatermarkMs = subject.watermarkMs()
    this.#subscriptions = [
      subject.late.subscribe((element) => this.#noteLate(element)),
      ...subject.inputs.map((input) => input.subscribe((element) => this.#noteInput(element))),
    ]
    this.#noteStep(subject.watermarkMs())
    subject.watchWatermarks((watermarkMs) => this.#onWatermark(watermarkMs))
  }

  /** From now on it may cost what a picture costs that somebody looks at. */
  beSeen(): void {
    this.#limits = SEEN
  }

  /** As it was at the end of the job, where it has ended. */
  draw(endedAtMs: number | null): wire.Picture {
    const { jobId, nodeId, env, firesByClock } = this.#subject
    const open = this.#inspect().map((window) => ({
      ...window,
      ...this.#firings.get(boundsText(window)),
    }))
    const standing = new Set(open.map(boundsText))
    for (const bounds of this.#firings.keys()) {
      if (!standing.has(bounds)) this.#firings.delete(bounds)
    }
    const fired = this.#fired.last(WINDOWS_MAX).filter((box) => !standing.has(boundsText(box)))
    // First, so that nothing was heard later than the picture was drawn.
    const sources = [...this.#subject.sources()]
    return {
      jobId,
      nodeId,
      atMs: endedAtMs ?? env.clock.nowMs(),
      watermark: toWireTime(this.#subject.watermarkMs()),
      windows: [...fired, ...open].slice(-WINDOWS_MAX),
      dots: [...this.#dots],
      steps: [...this.#steps.last(STEPS_MAX)],
      sources,
      firesByClock,
      sampledOneIn: this.#oneIn,
    }
  }

  close(): void {
    this.#subject.watchWatermarks(undefined)
    for (const subscription of this.#subscriptions) subscription.unsubscribe()
  }

  #onWatermark(watermarkMs: number): void {
    this.#noteStep(watermarkMs)
    if (watermarkMs < this.#nextFiringMs || this.#overBudget()) return
    const firedAtMs = this.#subject.env.clock.nowMs()
    for (const window of this.#inspect()) {
      const bounds = boundsText(window)
      if (window.endMs - 1 > watermarkMs || this.#firings.has(bounds)) continue
      const firing = { firedAtMs, firedRecords: window.records }
      this.#firings.set(bounds, firing)
      this.#fired.add({ ...window, ...firing })
    }
    this.#nextFiringMs = this.#firingAfter(watermarkMs) ?? watermarkMs
  }

  /** A window of [start, end) fires at the last millisecond in it. */
  #firingAfter(watermarkMs: number): number | undefined {
    if (Math.abs(watermarkMs) > CALENDAR_MS) return undefined
    const endMs = this.#subject.nextEndMs(watermarkMs + 1)
    return endMs === undefined ? undefined : endMs - 1
  }

  #overBudget(): boolean {
    const { inspectionMsFree, inspectionShareMax, stateBytesMax } = this.#limits
    const elapsedMs = this.#subject.env.clock.monotonicMs() - this.#startedMs
    if (this.#inspectedMs > inspectionMsFree + elapsedMs * inspectionShareMax) return true
    return stateBytesMax < this.#subject.stateBytes()
  }

  /**
   * Windows in state by their bounds: sessions of several keys with the same bounds are one box.
   */
  #inspect(): readonly OpenWindow[] {
    const { clock } = this.#subject.env
    const startMs = clock.monotonicMs()
    const boxes = new Map<string, OpenWindow>()
    for (const window of this.#subject.windows()) {
      const bounds = boundsText(window)
      const same = boxes.get(bounds)
      const records = window.records + (same?.records ?? 0)
      const keys = window.keys + (same?.keys ?? 0)
      boxes.set(bounds, { startMs: window.startMs, endMs: window.endMs, records, keys })
    }
    this.#inspectedMs += clock.monotonicMs() - startMs
    return [...boxes.values()].sort((a, b) => a.startMs - b.startMs || a.endMs - b.endMs)
  }

  #noteStep(watermarkMs: number): void {
    const atMs = this.#subject.env.clock.nowMs()
    this.#steps.add({ atMs, watermark: toWireTime(watermarkMs) })
  }

  #noteLate(element: Element): void {
    if (element.kind !== 'batch') return
    for (const timeMs of element.times ?? []) {
      if (this.#lateWaiting >= LATE_WAITING_MAX) return
      this.#lateTimes.set(timeMs, (this.#lateTimes.get(timeMs) ?? 0) + 1)
      this.#lateWaiting++
    }
  }

  #noteInput(element: Element): void {
    if (element.kind !== 'batch' || element.times === undefined) return
    const seenAtMs = this.#subject.env.clock.nowMs()
    const watermarkMs = this.#subject.watermarkMs()
    for (const [index, eventTimeMs] of element.times.entries()) {
      const late = this.#lateWaiting > 0 && this.#takeLate(eventTimeMs)
      this.#counted++
      if (!late && this.#counted % this.#oneIn !== 0) continue
      const stood = late && { watermark: toWireTime(this.#stoodAtMs(element, index, watermarkMs)) }
      this.#dots.push({ eventTimeMs, seenAtMs, late, ...stood })
      if (this.#dots.length > this.#limits.dotsMax) this.#thin(seenAtMs)
    }
    this.#seenWatermarkMs = watermarkMs
  }

  /**
   * Where the watermark stood when a row of a batch came: the batch has gone through the node as a
   * whole by now. With several inputs it may have stood lower, never below what it was before.
   */
  #stoodAtMs({ marks }: Batch, index: number, nowMs: number): number {
    let stoodMs = this.#seenWatermarkMs
    for (const { at, watermarkMs } of marks) {
      if (at <= index) stoodMs = Math.max(stoodMs, Math.min(watermarkMs, nowMs))
    }
    return stoodMs
  }

  #takeLate(timeMs: number): boolean {
    const count = this.#lateTimes.get(timeMs)
    if (count === undefined) return false
    this.#lateWaiting--
    if (count === 1) this.#lateTimes.delete(timeMs)
    else this.#lateTimes.set(timeMs, count - 1)
    return true
  }

  /** The older half goes; where that is no more than a few seconds, fewer are taken from now on. */
  #thin(nowMs: number): void {
    const half = this.#dots.length >> 1
    const spanMs = nowMs - (this.#dots[half]?.seenAtMs ?? nowMs)
    if (spanMs < DOTS_SPAN_MS) this.#oneIn *= 2
    else if (spanMs > DOTS_SPAN_MS * 8 && this.#oneIn > 1) this.#oneIn /= 2
    this.#dots = this.#dots.slice(half)
  }
}

interface Firing {
  readonly firedAtMs: number
  readonly firedRecords: number
}

/** Half the dots should cover at least this much processing time. */
const DOTS_SPAN_MS = 10_000

function boundsText({ startMs, endMs }: { startMs: number; endMs: number }): string {
  return `${startMs} ${endMs}`
}
