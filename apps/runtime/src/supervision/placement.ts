/**
 * Where jobs run: light ones share a host, heavy ones have one for themselves. What is heavy is
 * measured, never guessed from the document; so each job begins as a light one and is moved when it
 * has shown what it takes. As long as nobody knows a job it is among others that are new as well,
 * so that those that have run for longer never wait for it.
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
  /** For so long after its start a job is new: nobody knows what it does. */
  readonly newMs: number
  /** How long no host has begun or ended before there is a spare one. */
  readonly spareAfterMs: number
}

/** What is known of a host. */
export interface HostView {
  readonly number: number
  readonly alone: boolean
  /** Kept for a job that has stopped a host, or may have. */
  readonly isForSuspect: boolean
  /** Those that have not ended. */
  readonly jobCount: number
  /** Of them, those that are new. */
  readonly newCount: number
  /** Whether all its jobs could be moved, as far as is known. */
  readonly canEmpty: boolean
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
/** Hosts that may be there beyond the bound, for jobs that have stopped one. */
export const SUSPECTS_MAX = 2
/** In a host beyond the bound, and in one that is emptied: each of them is moved. */
const MOVED_MAX = 8

/** What `chooseShared` and `chooseForNew` say of a host that is there. */
export interface Choice<Host> {
  readonly host: Host
  readonly isFull: boolean
}

/**
 * The shared host for a job that has shown that it takes little; undefined where another one should
 * be started. `hasSpare` says whether there is one that has started already.
 */
export function chooseShared<Host extends HostView>(
  hosts: readonly Host[],
  limits: PoolLimits,
  hasSpare: boolean,
): Choice<Host> | undefined {
  const shared = hosts.filter(({ alone }) => !alone).toSorted(byRoom)
  const roomy = shared.filter((host) => hasRoom(host, limits))
  const [known] = roomy.filter((host) => !hasOnlyNew(host))
  if (known !== undefined) return { host: known, isFull: false }
  const mayStart = hosts.length < limits.hostsMax
  if (mayStart && hasSpare) return undefined
  const [any] = roomy
  if (any !== undefined) return { host: any, isFull: false }
  const [best] = shared
  if (best === undefined || mayStart) return undefined
  return { host: best, isFull: true }
}

/**
 * The host for a job that is new: one in which all are, or another one that is there at once, or
 * among others. One more than there may be is there for those that can be moved out of it.
 */
export function chooseForNew<Host extends HostView>(
  hosts: readonly Host[],
  limits: PoolLimits,
  { hasSpare, isTied }: { readonly hasSpare: boolean; readonly isTied: boolean },
): (Choice<Host> & { readonly isApart: boolean }) | undefined {
  const used = countUsed(hosts)
  const [apart] = hosts
    .filter((host) => !host.alone && host.newCount === host.jobCount && hasRoom(host, limits))
    .filter(({ jobCount }) => used <= limits.hostsMax || (!isTied && jobCount < MOVED_MAX))
    .toSorted(byRoom)
  if (apart !== undefined) return { host: apart, isFull: false, isApart: true }
  const mayStart = used < limits.hostsMax || (used === limits.hostsMax && !isTied)
  if (limits.hostsMax > 1 && hasSpare && mayStart) return undefined
  const among = chooseShared(hosts, limits, false)
  return among === undefined ? undefined : { ...among, isApart: false }
}

/** Nobody in it has shown yet what it does. */
function hasOnlyNew({ jobCount, newCount }: HostView): boolean {
  return jobCount > 0 && newCount === jobCount
}

/** Of those that there may be. */
export function countUsed(hosts: readonly HostView[]): number {
  const suspects = hosts.filter(({ isForSuspect }) => isForSuspect).length
  return hosts.length - Math.min(suspects, SUSPECTS_MAX)
}

/**
 * Where there is a host more than there may be: the one whose jobs go to the others, which is the
 * one with fewest. Where these are new it is waited for them. Undefined where the others have no
 * room; `relieved` has, since a heavy job is about to leave it.
 */
export function chooseToEmpty<Host extends HostView>(
  hosts: readonly Host[],
  limits: PoolLimits,
  relieved?: Host,
): Host | undefined {
  if (countUsed(hosts) <= limits.hostsMax) return undefined
  const shared = hosts.filter(({ alone, jobCount }) => !alone && jobCount > 0)
  const [fewest] = shared
    .filter(({ canEmpty, jobCount }) => canEmpty && jobCount <= MOVED_MAX)
    .filter(({ threadShare }) => threadShare < WORTH_MOVING)
    .toSorted((a, b) => a.jobCount - b.jobCount || b.number - a.number)
  if (fewest === undefined || fewest.newCount > 0) return undefined
  const fits = shared.some((host) => {
    const hasPlace = host === relieved || hasRoom(host, limits)
    return host !== fewest && !hasOnlyNew(host) && hasPlace
  })
  return fits ? fewest : undefined
}

function hasRoom(host: HostView, { jobsMax, crowdedShare }: PoolLimits): boolean {
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
    case 'new':
      return (
        `It began in engine host ${host}, apart from jobs that had run for longer, as every job does ` +
        'where such a host is there at once.'
      )
    case 'new-among-others':
      return (
        `It began in engine host ${host} among others, since no host without them was there at once. ` +
        'So one turn of it could take less time in the beginning than one of theirs.'
      )
    case 'settled':
      return (
        `It shares engine host ${host} with others, since it takes little, and the one that it was in is ` +
        'needed for jobs that are new or take much.'
      )
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
