/**
 * Watches the processes that have started this one: `npm start` names them in the environment. A
 * server that was started by a command ends with it, also where that is killed and can pass on no
 * signal.
 */

import type { Timers } from '@millrace/engine'
import { isThere } from './process-there.ts'

export const STARTERS_VARIABLE = 'MILLRACE_STARTERS'

const LOOK_MS = 500

/** Calls back once, when the first of them is gone; where none is named, never. */
export function watchStarters(
  named: string | undefined,
  timers: Timers,
  onGone: () => void,
): () => void {
  const pids = (named ?? '').split(',').map(Number).filter(isPid)
  if (pids.length === 0) return () => {}
  let cancel = () => {}
  const lookLater = () => {
    cancel = timers.after(LOOK_MS, () => {
      if (pids.every(isThere)) lookLater()
      else onGone()
    })
  }
  lookLater()
  return () => cancel()
}

/** 1 is the first process of the machine, or of a container, and ends last. */
function isPid(pid: number): boolean {
  return Number.isSafeInteger(pid) && pid > 1
}
