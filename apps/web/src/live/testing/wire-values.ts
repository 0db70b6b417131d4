/** Wire values for tests: complete ones of which a test says only what matters to it. */

import type { wire } from '@millrace/pipeline'

export function metricsOf(changes: Partial<wire.NodeMetrics> = {}): wire.NodeMetrics {
  return {
    ...{ in: 0, out: 0, inPerSecond: 0, outPerSecond: 0, busy: 0 },
    ...{ watermark: 'start', idle: false, inputs: [], ports: {} },
    ...{ passed: 0, filtered: 0, late: 0, deadLettered: 0, dropped: 0 },
    ...{ held: 0, absorbed: 0, expired: 0, inFlight: 0 },
    ...changes,
  }
}

export function statusOf(changes: Partial<wire.JobStatus> = {}): wire.JobStatus {
  return {
    ...{ jobId: 'job-1', pipelineId: 'clicks', version: 3, state: 'running' },
    ...{ startedAtMs: 1_000_000, endedAtMs: null, restarts: 0, pace: null },
    ...{ failure: null, deadLetters: 0, checkpoints: null },
    ...changes,
  }
}

/** A full frame unless it names a base. */
export function frameOf(changes: Partial<wire.Frame> & { sequence: number }): wire.Frame {
  const status = changes.base === undefined || changes.base === 0 ? { status: statusOf() } : {}
  return { jobId: 'job-1', base: 0, atMs: 1_000_000, nodes: {}, ...status, ...changes }
}

export function eventOf(number: number, changes: Partial<wire.JobEvent> = {}): wire.JobEvent {
  return {
    ...{ number, atMs: 1_000_000, kind: 'paused', severity: 'info', message: 'The job is paused.' },
    ...changes,
  }
}
