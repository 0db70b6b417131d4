/**
 * Which input holds a node's watermark back, and since when.
 *
 * An input is the culprit while it is the lowest active one and another stands above it; the time
 * counts from when its watermark last moved, so that two inputs that leapfrog each other hold
 * nothing back.
 */

import type { wire } from '@millrace/pipeline'

export interface HeldBack {
  /** Index of the channel. */
  readonly input: number
  readonly sinceMs: number
}

type Inputs = wire.NodeMetrics['inputs']

interface Culprit {
  readonly input: number
  readonly watermark: wire.WireTime
}

interface Watched extends Culprit {
  readonly heldBack: HeldBack
}

export interface HeldBackTracker {
  /**
   * Takes in a node's inputs at a time of the host and says what holds it back, if anything does.
   */
  take(nodeId: string, inputs: Inputs, atMs: number): HeldBack | undefined
  forget(): void
}

export function createHeldBackTracker(): HeldBackTracker {
  const watched = new Map<string, Watched>()
  return {
    take(nodeId, inputs, atMs) {
      const culprit = findCulprit(inputs)
      if (culprit === undefined) {
        watched.delete(nodeId)
        return undefined
      }
      const before = watched.get(nodeId)
      if (before?.input === culprit.input && before.watermark === culprit.watermark) {
        return before.heldBack
      }
      const heldBack = { input: culprit.input, sinceMs: atMs }
      watched.set(nodeId, { ...culprit, heldBack })
      return heldBack
    },
    forget: () => watched.clear(),
  }
}

function findCulprit(inputs: Inputs): Culprit | undefined {
  let lowest: Culprit | undefined
  let above = false
  for (const [input, { watermark, idle }] of inputs.entries()) {
    if (idle) continue
    if (lowest === undefined) {
      lowest = { input, watermark }
    } else if (rank(watermark) !== rank(lowest.watermark)) {
      above = true
      if (rank(watermark) < rank(lowest.watermark)) lowest = { input, watermark }
    }
  }
  return above ? lowest : undefined
}

function rank(watermark: wire.WireTime): number {
  if (watermark === 'start') return Number.NEGATIVE_INFINITY
  return watermark === 'end' ? Number.POSITIVE_INFINITY : watermark
}
