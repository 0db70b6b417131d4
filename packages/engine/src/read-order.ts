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
  const open = sources.filter((source) => !source.completed)
  const bounded = pickBounded(open, nowMs, readAt)
  if (bounded.source !== undefined && !liveFirst) return bounded
  const live = pickLive(open, nowMs)
  if (live.source !== undefined) return live
  if (bounded.source !== undefined) return bounded
  return { source: undefined, untilMs: earlier(bounded.untilMs, live.untilMs) }
}

function pickBounded(
  open: readonly SourceNode[],
  nowMs: number,
  readAt: (source: SourceNode) => number,
): Pick {
  const order = open
    .filter((source) => source.bounded)
    // One that has gone idle holds nobody back until it has something again.
    .filter((source) => !source.idle || source.readiness(nowMs).kind === 'ready')
    .map((source) => ({ source, atMs: readAt(source) }))
    .sort((a, b) => compareTimes(a.atMs, b.atMs) || (a.source.nodeId < b.source.nodeId ? -1 : 1))
  const [first, second] = order
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
function pickLive(open: readonly SourceNode[], nowMs: number): Pick {
  let picked: SourceNode | undefined
  let untilMs: number | undefined
  for (const source of open) {
    if (source.bounded) continue
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

function compareTimes(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0
}
