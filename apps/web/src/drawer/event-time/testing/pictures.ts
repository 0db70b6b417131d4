/** Pictures for tests: complete ones of which a test says only what matters to it. */

import type { wire } from '@millrace/pipeline'

export function pictureOf(changes: Partial<wire.Picture> = {}): wire.Picture {
  return {
    ...{ jobId: 'job-1', nodeId: 'per-page', atMs: 60_000, watermark: 45_000 },
    ...{ windows: [], dots: [], steps: [], sampledOneIn: 1 },
    ...{ sources: [], firesByClock: false },
    ...changes,
  }
}

export function windowOf(startMs: number, endMs: number, firedAtMs?: number): wire.WindowBox {
  const fired = firedAtMs === undefined ? {} : { firedAtMs }
  return { startMs, endMs, records: 9, keys: 3, ...fired }
}

export function dotOf(eventTimeMs: number, seenAtMs: number, late = false): wire.RecordDot {
  return { eventTimeMs, seenAtMs, late }
}

/** A source of one partition with its latest event time, and when its last record came. */
export function sourceOf(
  nodeId: string,
  latest: wire.WireTime,
  heardAtMs: number | null,
  changes: Partial<wire.SourceProgress> = {},
): wire.SourceProgress {
  return {
    ...{ nodeId, latest, heardAtMs, partitions: 1, idlePartitions: 0 },
    slowest: { partition: 0, latest, heardAtMs },
    ...{ delayMs: 0, intervalMs: 100, idleTimeoutMs: null, waiting: true, ended: false },
    ...changes,
  }
}
