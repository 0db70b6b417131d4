/**
 * Where jobs run: light ones share a host, heavy ones have one for themselves. What is heavy is
 * measured, never guessed from the document; so each job begins among others and is moved when it
 * has shown what it takes.
 */

import type { wire } from '@millrace/pipeline'

export interface PoolLimits {
  /** Processes that run jobs. Two more may be there for jobs that have stopped one. */
  readonly hostsMax: number
  /** Jobs that share one host. */
  readonly jobsMax: number
  /** Of a host's thread: one that is busier takes no further job, and its heaviest may leave. */
  readonly crowdedShare: number
  /** What a job takes while it starts says little. */
  readonly settleMs: number
  /** How long no host has begun or ended before there is a spare one. */
  readonly spareAfterMs: number
}

/** What is known of a host. */
export interface HostView {
  readonly number: number
  readonly alone: boolean
  /** Those that have not ended. */
  readonly jobCount: number
  /** Of its thread lately, 0 to 1. */
  readonly threadShare: number
  /** Of what it may hold, 0 to 1. */
  readonly memoryShare: number
}

/** What is known of a job that shares its host. */
export interface JobView {
  readonly share: number
  readonly stateBytes: number
}

/** Of a host's memory: above it, it takes no further job. */
const CROWDED_MEMORY = 0.6
/** A job that takes this much of a crowded thread is heavy. */
const HEAVY_SHARE = 0.35
/** Of a host's memory: a job that keeps so much is heavy wherever it is, or where it is crowded. */
const LARGE_PART = 0.25
const LARGE_PART_CROWDED = 0.1
/** A job that takes less of its own host is light again. */
const LIGHT_SHARE = 0.1
const LIGHT_PART = 0.05
/** For another host to be worth a move, it must be this much less busy. */
const WORTH_MOVING = 0.3

/** The shared host for a job that is not known yet; undefined where a new one should be started. */
export function chooseShared<Host extends HostView>(
  hosts: readonly Host[],
  limits: PoolLimits,
): { readonly host: Host; readonly isFull: boolean } | undefined {
  const shared = hosts.filter(({ alone }) => !alone).toSorted(byRoom)
  const [roomy] = shared.filter((host) => hasRoom(host, limits))
  if (roomy !== undefined) return { host: roomy, isFull: false }
  const [best] = shared
  if (best === undefined || hosts.length < limits.hostsMax) return undefined
  return { host: best, isFull: true }
}

export function hasRoom(host: HostView, { jobsMax, crowdedShare }: PoolLimits): boolean {
  const { jobCount, threadShare, memoryShare } = host
  return jobCount < jobsMax && threadShare < crowdedShare && memoryShare < CROWDED_MEMORY
}

/** How few jobs it has, mostly; a busy thread counts as many. */
function byRoom(a: HostView, b: HostView): number {
  return fullness(a) - fullness(b) || a.number - b.number
}

function fullness({ jobCount, threadShare }: HostView): number {
  return jobCount + threadShare * 100
}

/** Why one of the jobs of a shared host should leave it, and which; undefined where none should. */
export function chooseLeaver<Job extends JobView>(
  host: HostView,
  jobs: readonly Job[],
  others: readonly HostView[],
  { memoryBytesMax, crowdedShare }: { memoryBytesMax: number } & Pick<PoolLimits, 'crowdedShare'>,
): { readonly job: Job; readonly reason: 'busy' | 'large' | 'crowded' } | undefined {
  if (host.alone || host.jobCount < 2) return undefined
  const [largest] = jobs.toSorted((a, b) => b.stateBytes - a.stateBytes)
  const part = host.memoryShare > CROWDED_MEMORY ? LARGE_PART_CROWDED : LARGE_PART
  if (largest !== undefined && largest.stateBytes > part * memoryBytesMax) {
    return { job: largest, reason: 'large' }
  }
  const [busiest] = jobs.toSorted((a, b) => b.share - a.share)
  if (busiest === undefined || host.threadShare < crowdedShare) return undefined
  if (busiest.share > HEAVY_SHARE) return { job: busiest, reason: 'busy' }
  const hasBetter = others.some(
    ({ alone, threadShare }) => !alone && threadShare + WORTH_MOVING < host.threadShare,
  )
  return hasBetter ? { job: busiest, reason: 'crowded' } : undefined
}

/** Whether a job that has a host of its own could share one. */
export function isLight({ share, stateBytes }: JobView, memoryBytesMax: number): boolean {
  return share < LIGHT_SHARE && stateBytes < LIGHT_PART * memoryBytesMax
}

/** For people: where the job is, and why there. */
export function placementText(
  host: number,
  reason: wire.PlacementReason,
  { share, stateBytes }: JobView,
): string {
  const alone = `Engine host ${host} runs it alone`
  switch (reason) {
    case 'light':
      return `It shares engine host ${host} with others, as every job does that takes little.`
    case 'busy':
      return `${alone}, since it took ${percent(share)} of the thread that it shared with others.`
    case 'large':
      return `${alone}, since it keeps about ${megabytes(stateBytes)} of state.`
    case 'crowded':
      return `It shares engine host ${host}, since the one that it was in had more to do.`
    case 'suspect':
      return (
        `Engine host ${host} is kept for it, since the one that it was in has stopped, and it may have ` +
        'been the cause.'
      )
    case 'light-again':
      return `It shares engine host ${host} again, since it took only ${percent(share)} of its own.`
    case 'full':
      return (
        `It shares engine host ${host}, though that one is crowded: the server may have no more ` +
        'hosts (--engine-hosts).'
      )
  }
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`
}

export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`
}
