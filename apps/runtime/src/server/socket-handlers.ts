/** What is asked over the socket: to watch jobs, look into them and control them. */

import type { JobStore } from '../storage/job-store.ts'
import { Refusal } from '../supervision/refusal.ts'
import type { Supervisor } from '../supervision/supervisor.ts'
import type { JobWatchers } from './job-watchers.ts'
import type { SocketHandlers } from './sockets.ts'

interface SocketDesk {
  readonly watchers: JobWatchers
  readonly supervisor: Supervisor
  readonly jobs: JobStore
}

export function createSocketHandlers(desk: SocketDesk): SocketHandlers {
  const { watchers, supervisor, jobs } = desk
  const status = async (jobId: string) => {
    const found = supervisor.status(jobId) ?? (await jobs.get(jobId))
    if (found !== undefined) return found
    const message = `There is no job "${jobId}". Start the pipeline again.`
    throw new Refusal('not-found', 'no-such-job', message)
  }
  return {
    watchJob: async ({ jobId }, viewer) => {
      const found = await status(jobId)
      watchers.watch(viewer, jobId)
      return found
    },
    unwatchJob: (_, viewer) => {
      watchers.unwatch(viewer)
      return {}
    },
    acknowledgeFrame: ({ jobId, sequence }, viewer) => {
      watchers.acknowledge(viewer, jobId, sequence)
      return {}
    },
    resyncJob: ({ jobId }, viewer) => {
      watchers.resync(viewer, jobId)
      return {}
    },
    controlJob: (request) => supervisor.control(request),
    openTap: (request, viewer) => watchers.openTap(viewer, request),
    closeTap: async ({ tapId }, viewer) => {
      await watchers.closeTap(viewer, tapId)
      return {}
    },
    pauseTap: async ({ tapId, paused }, viewer) => {
      await watchers.pauseTap(viewer, tapId, paused)
      return {}
    },
    setBreakpoint: (wish, viewer) => watchers.breakpoints.set(viewer, wish),
    clearBreakpoint: async ({ breakpointId }, viewer) => {
      await watchers.breakpoints.clear(viewer, breakpointId)
      return {}
    },
    openPicture: async ({ jobId, nodeId }, viewer) => {
      await watchers.openPicture(viewer, jobId, nodeId)
      return {}
    },
    closePicture: async ({ jobId, nodeId }, viewer) => {
      await watchers.closePicture(viewer, jobId, nodeId)
      return {}
    },
  }
}
