/** Writes whose turn it is where the supervisor still reads it when this process is gone. */

import { fstatSync, writeSync } from 'node:fs'
import type { TurnMarker } from '../hosting/fair-turns.ts'
import type { TurnLimit } from '../hosting/turn-limits.ts'
import { NOTED, STARTS_AT, TURN_BYTES } from './turn-note.ts'

/** Nobody's turn, or a start: there is none. */
const NO_LIMIT: TurnLimit = { ms: 0, shared: false }

/** Costs about a microsecond each time. */
export function createTurnMarker(fd: number): TurnMarker {
  const bytes = Buffer.alloc(TURN_BYTES)
  let count = 0
  const write = (slot: number, { ms, shared }: TurnLimit) => {
    count = (count + 1) >>> 0
    bytes.writeUInt32LE(slot, NOTED.slot)
    bytes.writeUInt32LE(count, NOTED.turn)
    bytes.writeUInt32LE(ms, NOTED.limitMs)
    bytes.writeUInt32LE(shared ? 1 : 0, NOTED.shared)
    writeSync(fd, bytes, 0, TURN_BYTES, 0)
  }
  return {
    begin: write,
    beginStart: (slot) => write(STARTS_AT + slot, NO_LIMIT),
    end: () => write(0, NO_LIMIT),
  }
}

/** For hosts that nobody watches. */
export const NO_MARKER: TurnMarker = { begin: () => {}, beginStart: () => {}, end: () => {} }

/** The file that was handed down; whoever starts a host by itself may leave it out. */
export function inheritedNote(fd: number): number | undefined {
  try {
    return fstatSync(fd).isFile() ? fd : undefined
  } catch {
    return undefined
  }
}
