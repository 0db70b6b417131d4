/** Where the numbers of `/metrics` come from in a server. */

import type { Clock } from '@millrace/engine'
import { Refusal } from '../supervision/refusal.ts'
import type { Supervisor } from '../supervision/supervisor.ts'
import { type JobMetrics, Metrics } from './metrics.ts'

interface ServerMetricsOptions {
  readonly clock: Clock
  readonly version: string
  readonly supervisor: Supervisor
  sockets(): number
}

export function createServerMetrics(options: ServerMetricsOptions): Metrics {
  const { clock, version, supervisor } = options
  return new Metrics({
    ...{ clock, version },
    sockets: () => options.sockets(),
    hosts: () => supervisor.hosts,
    jobs: async () => {
      const measured = supervisor.statuses().map(async (status): Promise<JobMetrics> => {
        const { jobId } = status
        const nothing = { nodes: {} }
        const asked = supervisor.ask(jobId, 'measureJob', { jobId })
        const { nodes } = await asked.catch((error: unknown) => {
          if (error instanceof Refusal) return nothing
          throw error
        })
        return { status, nodes }
      })
      return Promise.all(measured)
    },
  })
}
