/** Writes whose turn it is where the supervisor still reads it when this process is gone. */

import { fstatSync, writeSync } from 'node:fs'
import type { TurnMarker } from '../hosting/fair-turns.ts'
import { STARTS_AT, TURN_BYTES } from './turn-note.ts'

/** Costs about a microsecond each time. */
export function createTurnMarker(fd: number): TurnMarker {
  const bytes = Buffer.alloc(TURN_BYTES)
  let count = 0
  const write = (slot: number) => {
    count = (count + 1) >>> 0
    bytes.writeUInt32LE(slot, 0)
    bytes.writeUInt32LE(count, 4)
    writeSync(fd, bytes, 0, TURN_BYTES, 0)
  }
  return {
    begin: write,
    beginStart: (slot) => write(STARTS_AT + slot),
    end: () => write(0),
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
