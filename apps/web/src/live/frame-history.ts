/**
 * Puts telemetry frames together: a full frame is taken as it is, another changes the frame that it
 * names.
 *
 * The host may build on any frame that this page has acknowledged, so the views of those are kept
 * until a frame builds on a later one. A frame on a base that is not here means that the page has
 * lost its place.
 */

import type { wire } from '@millrace/pipeline'

export interface TelemetryView extends wire.TelemetryView {
  readonly sequence: number
  /** The host's wall clock when the values were taken. */
  readonly atMs: number
}

export type FrameOutcome =
  | { readonly kind: 'view'; readonly view: TelemetryView }
  /** Older than what is shown; nothing is lost. */
  | { readonly kind: 'stale' }
  /** The base is missing: ask for a full frame. */
  | { readonly kind: 'gap' }

/** Far more than stay unacknowledged on any connection that still counts as one. */
const VIEWS_MAX = 64

export interface FrameHistory {
  take(frame: wire.Frame): FrameOutcome
  forget(): void
}

export function createFrameHistory(): FrameHistory {
  const views = new Map<number, TelemetryView>()
  let latest = 0

  return {
    take(frame) {
      if (frame.sequence <= latest && frame.base !== 0) return { kind: 'stale' }
      const base = frame.base === 0 ? undefined : views.get(frame.base)
      if (frame.base !== 0 && base === undefined) return { kind: 'gap' }
      const view = applyFrame(base, frame)
      if (view === undefined) return { kind: 'gap' }
      // A full frame may start a new count: the host was restarted, or this page asked for it.
      if (frame.base === 0) views.clear()
      for (const sequence of views.keys()) {
        if (sequence >= frame.base && views.size < VIEWS_MAX) break
        views.delete(sequence)
      }
      views.set(frame.sequence, view)
      latest = frame.sequence
      return { kind: 'view', view }
    },
    forget() {
      views.clear()
      latest = 0
    },
  }
}

/** Undefined where the values of a node or the job's state are not all known. */
function applyFrame(base: TelemetryView | undefined, frame: wire.Frame): TelemetryView | undefined {
  const status = frame.status ?? base?.status
  if (status === undefined) return undefined
  const nodes = new Map(base?.nodes)
  for (const [nodeId, changes] of Object.entries(frame.nodes)) {
    const metrics = changeMetrics(nodes.get(nodeId), changes)
    if (metrics === undefined) return undefined
    nodes.set(nodeId, metrics)
  }
  return { sequence: frame.sequence, atMs: frame.atMs, status, nodes }
}

type Changes = wire.Frame['nodes'][string]

function changeMetrics(
  before: wire.NodeMetrics | undefined,
  changes: Changes,
): wire.NodeMetrics | undefined {
  const merged: Changes = { ...before }
  for (const [field, value] of Object.entries(changes)) {
    if (value !== undefined) Object.assign(merged, { [field]: value })
  }
  return isComplete(merged) ? merged : undefined
}

const FIELDS = [
  ...['in', 'out', 'inPerSecond', 'outPerSecond', 'busy', 'watermark', 'idle', 'inputs'],
  ...['passed', 'filtered', 'late', 'deadLettered', 'dropped', 'held', 'absorbed', 'expired'],
  ...['inFlight', 'ports'],
]

function isComplete(metrics: Changes): metrics is wire.NodeMetrics {
  return FIELDS.every((field) => Object.hasOwn(metrics, field))
}
