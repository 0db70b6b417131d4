/**
 * Who looks at what in the jobs: frames, taps and pictures, by socket. Opens them at the engine
 * host for the first who looks, closes them after the last, and opens them again when a job runs in
 * a new host.
 */

import type { Env } from '@millrace/engine'
import type { wire } from '@millrace/pipeline'
import type {
  FilledTap,
  HostRequest,
  HostRequestName,
  JobNews,
  MeasuredJob,
} from '../supervision/messages.ts'
import { Refusal } from '../supervision/refusal.ts'
import type { Supervisor } from '../supervision/supervisor.ts'
import { Breakpoints } from './breakpoints.ts'
import { FrameSender } from './frame-sender.ts'
import { Outbox, type Viewer } from './outbox.ts'

const TAPS_MAX = 16
const PICTURES_MAX = 8

interface OpenTap {
  readonly request: HostRequest<'openTap'>
  readonly viewer: Viewer
  paused: boolean
}

interface Watching {
  readonly jobId: string
  readonly frames: FrameSender
  readonly viewer: Viewer
}

type TapRequest = wire.SocketRequest<'openTap'> & { readonly keep: number }

export interface JobWatchersOptions {
  readonly env: Env
  supervisor(): Supervisor
  noted(jobId: string, news: JobNews): void
  onFault(error: unknown): void
}

export class JobWatchers {
  readonly breakpoints: Breakpoints
  readonly #env: Env
  readonly #supervisor: () => Supervisor
  readonly #watching = new Map<string, Watching>()
  readonly #taps = new Map<string, OpenTap>()
  /** Viewers by job and node. */
  readonly #pictures = new Map<string, { jobId: string; nodeId: string; viewers: Set<Viewer> }>()
  readonly #latest = new Map<string, MeasuredJob>()
  /** By client. */
  readonly #outboxes = new Map<string, Outbox>()

  constructor(options: JobWatchersOptions) {
    this.#env = options.env
    this.#supervisor = () => options.supervisor()
    this.breakpoints = new Breakpoints({
      ...options,
      isWatched: (jobId) => this.#isWatched(jobId),
    })
  }

  watch(viewer: Viewer, jobId: string): void {
    this.unwatch(viewer)
    const frames = new FrameSender(jobId, this.#env.clock)
    this.#watching.set(viewer.id, { jobId, frames, viewer })
    this.#supervisor().watch(jobId, true)
  }

  unwatch(viewer: Viewer): void {
    const watching = this.#watching.get(viewer.id)
    if (watching === undefined) return
    this.#watching.delete(viewer.id)
    const { jobId } = watching
    if (this.#isWatched(jobId)) return
    this.breakpoints.unwatched(jobId)
    this.#latest.delete(jobId)
    this.#supervisor().watch(jobId, false)
  }

  #isWatched(jobId: string): boolean {
    return [...this.#watching.values()].some((watching) => watching.jobId === jobId)
  }

  acknowledge(viewer: Viewer, jobId: string, sequence: number): void {
    this.#framesOf(viewer, jobId)?.acknowledge(sequence)
  }

  resync(viewer: Viewer, jobId: string): void {
    const frames = this.#framesOf(viewer, jobId)
    if (frames === undefined) return
    frames.resync()
    const measured = this.#latest.get(jobId)
    if (measured !== undefined) this.#sendFrame(viewer, frames, measured)
  }

  #framesOf(viewer: Viewer, jobId: string): FrameSender | undefined {
    const watching = this.#watching.get(viewer.id)
    return watching?.jobId === jobId ? watching.frames : undefined
  }

  async openTap(viewer: Viewer, request: TapRequest): Promise<wire.SocketReply<'openTap'>> {
    const own = [...this.#taps.values()].filter((tap) => tap.viewer.id === viewer.id)
    if (own.length >= TAPS_MAX) {
      const message = `This page has ${TAPS_MAX} taps open, and may have no more. Close one first.`
      throw new Refusal('conflict', 'too-many-taps', message)
    }
    const tapId = this.#env.ids.next()
    const body = { ...request, tapId }
    // It is there before the answer, for records may come before it.
    this.#taps.set(tapId, { request: body, viewer, paused: false })
    this.#outboxOf(viewer).openTap(tapId)
    try {
      const opened = await this.#supervisor().ask(request.jobId, 'openTap', body)
      // Told while the job was still starting, its host has heard of the end before the beginning.
      if (!this.#taps.has(tapId)) void this.#ask(request.jobId, 'closeTap', { tapId })
      return opened
    } catch (error) {
      this.#forgetTap(viewer, tapId)
      throw error
    }
  }

  /** What opened the tap has been answered: only now can the page tell whose records come. */
  tapAnswered(viewer: Viewer, tapId: string): void {
    this.#outboxes.get(viewer.id)?.releaseTap(tapId)
  }

  #forgetTap(viewer: Viewer, tapId: string): void {
    this.#taps.delete(tapId)
    this.#outboxes.get(viewer.id)?.closeTap(tapId)
  }

  async closeTap(viewer: Viewer, tapId: string): Promise<void> {
    const tap = this.#tapOf(viewer, tapId)
    this.#forgetTap(viewer, tapId)
    await this.#ask(tap.request.jobId, 'closeTap', { tapId })
  }

  async pauseTap(viewer: Viewer, tapId: string, paused: boolean): Promise<void> {
    const tap = this.#tapOf(viewer, tapId)
    tap.paused = paused
    await this.#ask(tap.request.jobId, 'pauseTap', { tapId, paused })
  }

  #tapOf(viewer: Viewer, tapId: string): OpenTap {
    const tap = this.#taps.get(tapId)
    if (tap?.viewer.id === viewer.id) return tap
    const message = `There is no tap "${tapId}" of this page. It may have been closed.`
    throw new Refusal('not-found', 'no-such-tap', message)
  }

  async openPicture(viewer: Viewer, jobId: string, nodeId: string): Promise<void> {
    const own = [...this.#pictures.values()].filter(({ viewers }) => viewers.has(viewer))
    if (own.length >= PICTURES_MAX) {
      const message = `This page looks at ${PICTURES_MAX} pictures, and may have no more. Close one.`
      throw new Refusal('conflict', 'too-many-pictures', message)
    }
    const place = pictureKey(jobId, nodeId)
    const picture = this.#pictures.get(place) ?? { jobId, nodeId, viewers: new Set<Viewer>() }
    // Before the answer: this one may leave until then, and nobody else must end it meanwhile.
    const isNew = !picture.viewers.has(viewer)
    picture.viewers.add(viewer)
    this.#pictures.set(place, picture)
    try {
      await this.#supervisor().ask(jobId, 'openPicture', { jobId, nodeId })
    } catch (error) {
      if (isNew) await this.closePicture(viewer, jobId, nodeId)
      throw error
    }
  }

  async closePicture(viewer: Viewer, jobId: string, nodeId: string): Promise<void> {
    const place = pictureKey(jobId, nodeId)
    const picture = this.#pictures.get(place)
    if (picture === undefined || !picture.viewers.delete(viewer)) return
    this.#outboxes.get(viewer.id)?.closePicture(jobId, nodeId)
    if (picture.viewers.size > 0) return
    this.#pictures.delete(place)
    await this.#ask(jobId, 'closePicture', { jobId, nodeId })
  }

  /** The client is gone: nothing is kept for it. */
  async leave(viewer: Viewer): Promise<void> {
    this.unwatch(viewer)
    await this.breakpoints.leave(viewer)
    for (const [tapId, tap] of this.#taps) {
      if (tap.viewer.id === viewer.id) await this.closeTap(viewer, tapId)
    }
    for (const { jobId, nodeId, viewers } of [...this.#pictures.values()]) {
      if (viewers.has(viewer)) await this.closePicture(viewer, jobId, nodeId)
    }
    this.#outboxes.delete(viewer.id)
  }

  /** The client has taken in what it was sent. */
  drained(viewer: Viewer): void {
    this.#outboxes.get(viewer.id)?.flush()
  }

  #outboxOf(viewer: Viewer): Outbox {
    const outbox = this.#outboxes.get(viewer.id) ?? new Outbox(viewer)
    this.#outboxes.set(viewer.id, outbox)
    return outbox
  }

  // What comes from the engine hosts

  jobMeasured(measured: MeasuredJob): void {
    const { jobId } = measured
    this.#latest.set(jobId, measured)
    for (const watching of this.#watching.values()) {
      if (watching.jobId !== jobId) continue
      if (watching.viewer.writable) this.#sendFrame(watching.viewer, watching.frames, measured)
    }
  }

  tapFilled(filled: FilledTap): void {
    const tap = this.#taps.get(filled.tapId)
    if (tap !== undefined) this.#outboxOf(tap.viewer).fillTap(filled)
  }

  pictureDrawn(picture: wire.Picture): void {
    const shown = this.#pictures.get(pictureKey(picture.jobId, picture.nodeId))
    for (const viewer of shown?.viewers ?? []) this.#outboxOf(viewer).showPicture(picture)
  }

  /** It is another job now, which nobody watches yet. */
  jobReplaced(jobId: string): void {
    if (this.#isWatched(jobId)) this.#supervisor().watch(jobId, true)
    this.jobRestarted(jobId)
  }

  jobRestarted(jobId: string): void {
    this.breakpoints.jobRestarted(jobId)
    for (const [tapId, tap] of this.#taps) {
      if (tap.request.jobId !== jobId) continue
      this.#outboxOf(tap.viewer).openTap(tapId)
      // Its numbers begin again, from which the page knows: not with what passed before.
      void this.#ask(jobId, 'openTap', { ...tap.request, earlier: false })
      if (tap.paused) void this.#ask(jobId, 'pauseTap', { tapId, paused: true })
    }
    for (const { nodeId, jobId: of } of this.#pictures.values()) {
      if (of === jobId) void this.#ask(jobId, 'openPicture', { jobId, nodeId })
    }
    for (const { jobId: of, frames } of this.#watching.values()) if (of === jobId) frames.resync()
  }

  #sendFrame(viewer: Viewer, frames: FrameSender, { jobId, atMs, nodes }: MeasuredJob): void {
    const status = this.#supervisor().status(jobId)
    const frame = status === undefined ? undefined : frames.next({ atMs, status, nodes })
    if (frame !== undefined) viewer.sendVolatile('jobMeasured', frame)
  }

  /** Where the job or its host is gone, there is nothing left to ask for. */
  async #ask<Name extends HostRequestName>(
    jobId: string,
    name: Name,
    body: HostRequest<Name>,
  ): Promise<void> {
    try {
      await this.#supervisor().ask(jobId, name, body)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
    }
  }
}

function pictureKey(jobId: string, nodeId: string): string {
  return `${jobId} ${nodeId}`
}
