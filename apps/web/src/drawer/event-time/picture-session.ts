/**
 * Asks the host for pictures of one window node, and remembers what a single picture does not say:
 * when a window was first seen, and when the node was idle.
 */

import type { wire } from '@millrace/pipeline'
import type { Connection } from '../../live/connection.ts'
import { createValueStore, type ReadableValue } from '../../live/value-store.ts'
import { NO_MEMORY, type PictureMemory, windowKey } from './layers.ts'

export interface PictureTarget {
  readonly jobId: string
  readonly nodeId: string
}

export interface PictureState {
  readonly picture: wire.Picture | undefined
  readonly memory: PictureMemory
  /** Why there is no picture, in the host's words. */
  readonly refusal: string | undefined
}

export interface PictureSession {
  readonly state: ReadableValue<PictureState>
  close(): void
}

/** Idle stretches that are remembered; older ones have scrolled out. */
const IDLE_MAX = 100

/** What is known of the node and its job beside the pictures. */
export interface PictureFacts {
  isIdle(): boolean
  /** Whether the job can still change anything. */
  isActive(): boolean
}

export function openPictureSession(
  connection: Connection,
  target: PictureTarget,
  facts: PictureFacts,
): PictureSession {
  const kept = keptOf(connection)
  const place = `${target.jobId} ${target.nodeId}`
  const state = createValueStore<PictureState>(kept.get(place) ?? NOTHING_SEEN)
  let ended = false
  const stops = [
    connection.on('pictureDrawn', (picture) => {
      if (picture.jobId !== target.jobId || picture.nodeId !== target.nodeId || ended) return
      // The first picture after the end is the last one: what is there must not scroll away.
      ended = !facts.isActive()
      // A host that has lost the past of the job does not undo what was seen.
      const before = state.get().picture
      if (ended && before !== undefined && isEmpty(picture) && !isEmpty(before)) return
      const memory = remember(state.get().memory, state.get().picture, picture, facts.isIdle())
      state.set({ picture, memory, refusal: undefined })
    }),
    connection.onConnected(() => {
      connection.request('openPicture', target).then((answer) => {
        if (!answer.ok) state.set({ ...state.get(), refusal: answer.message })
      }, rethrow)
    }),
  ]
  return {
    state,
    close() {
      for (const stop of stops) stop()
      keep(kept, place, { ...state.get(), refusal: undefined })
      void connection.request('closePicture', target)
    },
  }
}

const NOTHING_SEEN: PictureState = { picture: undefined, memory: NO_MEMORY, refusal: undefined }

/** Pictures that are kept for when somebody comes back to them; the oldest goes. */
const KEPT_MAX = 8

const keptByConnection = new WeakMap<Connection, Map<string, PictureState>>()

function keptOf(connection: Connection): Map<string, PictureState> {
  const known = keptByConnection.get(connection)
  if (known !== undefined) return known
  const kept = new Map<string, PictureState>()
  keptByConnection.set(connection, kept)
  return kept
}

function keep(kept: Map<string, PictureState>, place: string, state: PictureState): void {
  if (state.picture === undefined) return
  kept.delete(place)
  kept.set(place, state)
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT_MAX) break
    kept.delete(oldest)
  }
}

function isEmpty({ windows, dots }: wire.Picture): boolean {
  return windows.length + dots.length === 0
}

/** Forgets windows that the host no longer sends. */
export function remember(
  before: PictureMemory,
  last: wire.Picture | undefined,
  picture: wire.Picture,
  idle: boolean,
): PictureMemory {
  const firstSeenMs = new Map<string, number>()
  for (const window of picture.windows) {
    const key = windowKey(window)
    const known = [
      before.firstSeenMs.get(key),
      firstRecordMs(picture, window),
      passedMs(picture, window),
    ]
    const seen = known.filter((ms) => ms !== undefined)
    firstSeenMs.set(key, seen.length === 0 ? (window.firedAtMs ?? picture.atMs) : Math.min(...seen))
  }
  return { firstSeenMs, idle: rememberIdle(before.idle, last?.atMs, picture.atMs, idle) }
}

/**
 * When the watermark passed the window's start. Dots are a sample of the newest records, so an
 * older window may have none; its records came around then, or before.
 */
function passedMs({ steps }: wire.Picture, { startMs }: wire.WindowBox): number | undefined {
  const index = steps.findIndex(
    ({ watermark }) => watermark === 'end' || passes(watermark, startMs),
  )
  return index < 0 ? undefined : steps[index]?.atMs
}

function passes(watermark: wire.WireTime, startMs: number): boolean {
  return typeof watermark === 'number' && watermark >= startMs
}

function firstRecordMs(picture: wire.Picture, window: wire.WindowBox): number | undefined {
  let first: number | undefined
  for (const { eventTimeMs, seenAtMs, late } of picture.dots) {
    if (late || eventTimeMs < window.startMs || eventTimeMs >= window.endMs) continue
    if (first === undefined || seenAtMs < first) first = seenAtMs
  }
  return first
}

function rememberIdle(
  before: PictureMemory['idle'],
  lastMs: number | undefined,
  atMs: number,
  idle: boolean,
): PictureMemory['idle'] {
  if (!idle || lastMs === undefined) return before
  const open = before.at(-1)
  if (open?.toMs === lastMs) return [...before.slice(0, -1), { fromMs: open.fromMs, toMs: atMs }]
  return [...before, { fromMs: lastMs, toMs: atMs }].slice(-IDLE_MAX)
}

/** A request never rejects; if one does, it is a fault of this page and must be seen. */
function rethrow(error: unknown): never {
  throw error
}
