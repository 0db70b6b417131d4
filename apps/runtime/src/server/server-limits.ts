/** What a server holds its engine hosts and its jobs to. */

import { availableParallelism } from 'node:os'
import type { HostSettings } from '../supervision/host-settings.ts'
import type { JobQuotas } from '../supervision/messages.ts'
import type { PoolLimits } from '../supervision/placement.ts'

export interface ServerLimits extends PoolLimits {
  /** A turn that takes longer ends the engine host, and counts against its job. */
  readonly turnMs: number
  /** The same of a turn that other jobs of its host wait for; it does not count against its job. */
  readonly sharedTurnMs: number
  /** Of each engine host; what its heap allows, and the machine, where it is left out. */
  readonly memoryBytesMax?: number
  /** Of each job. */
  readonly quotas: JobQuotas
  /** Of the dead letters of each pipeline; the oldest go first. */
  readonly letters: { readonly countMax: number; readonly bytesMax: number }
}

/** Where no setting says otherwise. */
export const DEFAULT_LIMITS: ServerLimits = {
  hostsMax: Math.max(4, availableParallelism()),
  jobsMax: 300,
  crowdedShare: 0.75,
  settleMs: 3_000,
  // What never ends a turn mostly does so at once.
  newMs: 10_000,
  spareAfterMs: 5_000,
  turnMs: 3_000,
  sharedTurnMs: 500,
  quotas: { recordsPerSecond: null, stateBytes: null },
  letters: { countMax: 200_000, bytesMax: 1024 ** 3 },
}

export function hostSettings(limits: ServerLimits): HostSettings {
  const { turnMs, sharedTurnMs, memoryBytesMax } = limits
  const turns = { turnMs, sharedTurnMs }
  return memoryBytesMax === undefined ? turns : { ...turns, memoryBytesMax }
}
