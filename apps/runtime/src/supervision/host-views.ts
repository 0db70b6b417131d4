/** Engine hosts as the API tells of them. */

import type { wire } from '@millrace/pipeline'
import type { EnginePool } from './engine-pool.ts'

export function viewHosts(pool: EnginePool, nowMs: number): wire.EngineHostView[] {
  return pool.hosts.map((host) => {
    const { vitals, pid } = host.process
    return {
      host: host.number,
      pid: pid ?? null,
      alone: host.alone,
      spare: host.isSpare,
      yields: pool.yields(host),
      threadShare: vitals === undefined ? null : rounded(host.threadShare),
      residentBytes: vitals?.residentBytes ?? null,
      residentBytesMax: vitals?.residentBytesMax ?? null,
      heapBytes: vitals?.heapBytes ?? null,
      heapBytesMax: vitals?.heapBytesMax ?? null,
      jobs: [...host.jobs].map(({ status, share, stateBytes, moving, newUntilMs }) => ({
        jobId: status.jobId,
        pipelineId: status.pipelineId,
        ended: status.endedAtMs !== null,
        leaving: moving !== undefined,
        new: status.endedAtMs === null && nowMs < newUntilMs,
        share: rounded(share),
        stateBytes,
        reason: status.placement?.reason ?? 'light',
        message: status.placement?.message ?? '',
      })),
    }
  })
}

function rounded(share: number): number {
  return Math.round(share * 1000) / 1000
}
