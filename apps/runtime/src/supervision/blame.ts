/**
 * Which job an engine host has stopped because of, as far as its remains tell: whose turn it was,
 * what its guard has noted, and what its jobs took at the last heartbeat.
 */

import type { NotedTurn, Verdict } from '../env/turn-note.ts'
import { megabytes } from './placement.ts'

export interface Remains extends NotedTurn {
  /** How the process ended, as a clause. */
  readonly reason: string
  /** Of the heap's limit, at the last heartbeat. */
  readonly heapShare: number
}

export interface Suspect {
  readonly slot: number
  readonly stateBytes: number
}

export interface Blame<Job> {
  readonly job: Job | undefined
  /** Whether it is proved; otherwise it was its turn, which may be chance. */
  readonly isSure: boolean
  /** Its turn took long, whether that counts against it or not. */
  readonly isSlow: boolean
  /** What has happened, as a clause. */
  readonly what: string
}

/** Of all state in the host: the job that keeps so much of it has filled the memory. */
const MOST = 0.5
/** State below it fills no memory. */
const MUCH_BYTES = 64 * 2 ** 20
/** Above it, a collector works more than the program: a long turn is for want of memory. */
const FULL_HEAP = 0.9

export function findBlame<Job extends Suspect>(
  jobs: readonly Job[],
  { slot, verdict, reason, heapShare }: Remains,
): Blame<Job> {
  const inTurn = jobs.find((job) => job.slot === slot)
  const what = endText({ reason, verdict })
  const isFull = verdict?.why === 'memory' || heapShare > FULL_HEAP
  const filler = isFull ? mostState(jobs) : undefined
  // What is too long among others may be all right alone: that is no proof yet.
  const isProved = verdict !== undefined && !(verdict.why === 'turn' && verdict.shared)
  if (filler !== undefined) return { job: filler, isSure: isProved, isSlow: false, what }
  const isSlow = verdict?.why === 'turn' && inTurn !== undefined
  return { job: inTurn, isSure: isSlow && isProved, isSlow, what }
}

function mostState<Job extends Suspect>(jobs: readonly Job[]): Job | undefined {
  const total = jobs.reduce((sum, { stateBytes }) => sum + stateBytes, 0)
  return jobs.find(({ stateBytes }) => stateBytes > MUCH_BYTES && stateBytes > total * MOST)
}

/** How a host ended, as a clause. */
export function endText({ reason, verdict }: Pick<Remains, 'reason' | 'verdict'>): string {
  return verdict === undefined ? reason : verdictText(verdict)
}

function verdictText(verdict: Verdict): string {
  if (verdict.why === 'turn') {
    const others = verdict.shared ? ', for which all others had to wait' : ''
    return `one turn took more than ${verdict.turnMs} ms${others}`
  }
  const { bytes, bytesMax } = verdict
  return `its process held ${megabytes(bytes)} of memory, and ${megabytes(bytesMax)} are the limit`
}
