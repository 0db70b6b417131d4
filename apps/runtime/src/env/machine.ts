/** The machine that a server shares with others. */

import { freemem, setPriority } from 'node:os'
import type { Machine } from '../supervision/engine-pool.ts'

/** A third of what a process of usual priority gets where both compute. */
const LOWER_PRIORITY = 5

export function createMachine(): Machine {
  return {
    freeBytes: freemem,
    yieldsToOthers: (pid) => {
      try {
        setPriority(pid, LOWER_PRIORITY)
      } catch {
        // It is gone already, or the system does not let us: then it competes with the others.
      }
    },
  }
}
