/**
 * Which source is read next. Bounded sources go by lowest emitted watermark, ties by node id: that
 * order is the same in every replay, whatever arrives when. Live sources have no such order; they
 * take turns with the bounded ones, and never hold them back.
 */

import type { ReadLimit, SourceNode } from './source-node.ts'

export type Pick =
  | { readonly source: SourceNode; readonly limit: ReadLimit | undefined }
  /** Nothing can be read now; `untilMs` says from when on, where that is known. */
  | { readonly source: undefined; readonly untilMs: number | undefined }

/** `readAt` gives the watermark that a source is read by. `nowMs` is monotonic. */
export function pickSource(
  sources: readonly SourceNode[],
  liveFirst: boolean,
  nowMs: number,
  readAt: (source: SourceNode) => number,
): Pick {
  const bounded = pickBounded(sources, nowMs, readAt)
  if (bounded.source !== undefined && !liveFirst) return bounded
  const live = pickLive(sources, nowMs)
  if (live.source !== undefined) return live
  if (bounded.source !== undefined) return bounded
  return { source: undefined, untilMs: earlier(bounded.untilMs, live.untilMs) }
}

interface Placed {
  readonly source: SourceNode
  readonly atMs: number
}

/** Without lists of them: it is asked before each batch, and a batch may be one record. */
function pickBounded(
  sources: readonly SourceNode[],
  nowMs: number,
  readAt: (source: SourceNode) => number,
): Pick {
  let first: Placed | undefined
  let second: Placed | undefined
  for (const source of sources) {
    if (source.completed || !source.bounded) continue
    // One that has gone idle holds nobody back until it has something again.
    if (source.idle && source.readiness(nowMs).kind !== 'ready') continue
    const placed = { source, atMs: readAt(source) }
    if (first === undefined || isBefore(placed, first)) {
      second = first
      first = placed
    } else if (second === undefined || isBefore(placed, second)) second = placed
  }
  if (first === undefined) return { source: undefined, untilMs: undefined }
  const readiness = first.source.readiness(nowMs)
  if (readiness.kind === 'paced') return { source: undefined, untilMs: readiness.untilMs }
  if (readiness.kind !== 'ready') return { source: undefined, untilMs: undefined }
  const limit = second && {
    watermarkMs: second.atMs,
    first: first.source.nodeId < second.source.nodeId,
  }
  return { source: first.source, limit }
}

/**
 * The live source that has waited for longest by its watermark; two of them need no fixed order.
 */
function pickLive(sources: readonly SourceNode[], nowMs: number): Pick {
  let picked: SourceNode | undefined
  let untilMs: number | undefined
  for (const source of sources) {
    if (source.completed || source.bounded) continue
    const readiness = source.readiness(nowMs)
    if (readiness.kind === 'paced') untilMs = earlier(untilMs, readiness.untilMs)
    if (readiness.kind !== 'ready') continue
    if (picked === undefined || source.watermarkMs < picked.watermarkMs) picked = source
  }
  return picked === undefined
    ? { source: undefined, untilMs }
    : { source: picked, limit: undefined }
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b
  return b === undefined ? a : Math.min(a, b)
}

function isBefore(a: Placed, b: Placed): boolean {
  if (a.atMs !== b.atMs) return a.atMs < b.atMs
  return a.source.nodeId < b.source.nodeId
}
