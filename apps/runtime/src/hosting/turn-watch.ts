/**
 * What the guard of a host goes by: whether the turn under way has taken too long. It counts what
 * the thread of the turns has had of a processor, so that neither a busy machine nor one that was
 * stopped for a while looks like a turn without an end.
 *
 * The guard is a thread of its own that gets these functions as text: they use nothing from outside
 * of themselves.
 */

export interface TurnReading {
  /** Changes with each turn; 0 where there is none that is watched. */
  readonly turn: number
  readonly limitMs: number
  /** Of the limit, how much the thread must have had of a processor. */
  readonly busyPart: number
  readonly nowMs: number
  /** What the thread of the turns has had of a processor so far. */
  readonly threadMs: number
}

/** A turn that was there already at the last look is looked at more often. */
export type TurnAge = 'new' | 'same' | 'too-long'

/** For the readings of one host, one after the other. */
export function createTurnWatch(): (reading: TurnReading) => TurnAge {
  /** Who sleeps longer between two looks was stopped itself, and knows nothing of the turn. */
  const oversleptMs = 1_000
  let watched = 0
  let sinceMs = 0
  let sinceThreadMs = 0
  let lookedAtMs = Number.NEGATIVE_INFINITY
  return ({ turn, limitMs, busyPart, nowMs, threadMs }) => {
    const overslept = nowMs - lookedAtMs > oversleptMs
    lookedAtMs = nowMs
    if (turn === 0 || turn !== watched || overslept) {
      watched = turn
      sinceMs = nowMs
      sinceThreadMs = threadMs
      return 'new'
    }
    const isLong = nowMs - sinceMs > limitMs && threadMs - sinceThreadMs > limitMs * busyPart
    return isLong ? 'too-long' : 'same'
  }
}

/** What a thread clock reads from. */
export interface ThreadFiles {
  openSync(path: string, flags: string): number
  readSync(fd: number, buffer: Uint8Array, offset: number, length: number, position: number): number
}

/**
 * How long the main thread of this process has had a processor, in milliseconds. Linux says it for
 * each thread; elsewhere it is that of all threads together, which is never less.
 */
export function openThreadClock(
  { openSync, readSync }: ThreadFiles,
  { pid, cpuUsage }: Pick<NodeJS.Process, 'pid' | 'cpuUsage'>,
): () => number {
  const bytes = new Uint8Array(64)
  const ofFile = (fd: number) => {
    const text = String.fromCharCode(...bytes.subarray(0, readSync(fd, bytes, 0, 64, 0)))
    return Number.parseInt(text, 10) / 1e6
  }
  try {
    const fd = openSync(`/proc/self/task/${pid}/schedstat`, 'r')
    // A kernel that does not count it says 0.
    if (ofFile(fd) > 0) return () => ofFile(fd)
  } catch {
    // Another system than Linux.
  }
  return () => {
    const { user, system } = cpuUsage()
    return (user + system) / 1000
  }
}
