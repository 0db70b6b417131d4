/** Pictures for tests: complete ones of which a test says only what matters to it. */

import type { wire } from '@millrace/pipeline'

export function pictureOf(changes: Partial<wire.Picture> = {}): wire.Picture {
  return {
    ...{ jobId: 'job-1', nodeId: 'per-page', atMs: 60_000, watermark: 45_000 },
    ...{ windows: [], dots: [], steps: [], sampledOneIn: 1 },
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
