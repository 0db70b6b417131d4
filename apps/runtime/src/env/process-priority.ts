/** Which processes come after others where processors are short. */

import { readdirSync } from 'node:fs'
import { setPriority } from 'node:os'

/**
 * `niceness` is 0 for a process as any other, up to 19 for one that comes after all others. Throws
 * where the process has gone, and where the system lets nobody take back what it has given up, as
 * Linux does without CAP_SYS_NICE.
 */
export function setNiceness(pid: number, niceness: number): void {
  setPriority(pid, niceness)
  for (const thread of threadsOf(pid)) {
    try {
      setPriority(thread, niceness)
    } catch {
      // It has ended since it was listed.
    }
  }
}

/** Of Linux, which counts each by itself; the first one has the number of the process. */
function threadsOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number)
  } catch {
    return []
  }
}
