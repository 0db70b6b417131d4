/**
 * What an engine host leaves behind however it ends: whose turn it was, and why its guard has ended
 * it. It stands in a file that has no name any more, which is memory that both processes see: a
 * turn that never ends keeps the host from telling anybody, and one that kills it, too.
 */

import { closeSync, mkdirSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import path from 'node:path'
import * as z from 'zod'

/** Where what stands in it: unsigned numbers of 32 bits. */
export const NOTED = {
  /** Of the job whose turn it is, or 0. */
  slot: 0,
  /** Turns so far. */
  turn: 4,
  /** What the turn may take, in milliseconds. */
  limitMs: 8,
  /** 1 where other jobs wait for it. */
  shared: 12,
} as const
export const TURN_BYTES = 16
/** Slots from here on stand for the start of a job, which may take longer than a turn. */
export const STARTS_AT = 2 ** 31
/** Behind it, text in JSON that the guard writes before it ends the host. */
const VERDICT_BYTES_MAX = 256
const EVERYTHING = TURN_BYTES + VERDICT_BYTES_MAX

const verdict = z.discriminatedUnion('why', [
  z.object({ why: z.literal('turn'), turnMs: z.number(), shared: z.boolean() }),
  z.object({ why: z.literal('memory'), bytes: z.number(), bytesMax: z.number() }),
])
/** Why the guard of a host has ended it. */
export type Verdict = z.output<typeof verdict>

export interface NotedTurn {
  /** 0 where it was nobody's turn. */
  readonly slot: number
  readonly verdict: Verdict | undefined
}

/** As the supervisor holds it. */
export interface TurnNote {
  /** For the host to inherit. */
  readonly fd: number
  read(): NotedTurn
  close(): void
}

let opened = 0

/** `folder` is where the file stands until it is open. */
export function openTurnNote(folder: string): TurnNote {
  mkdirSync(folder, { recursive: true })
  opened++
  const file = path.join(folder, `turn-${process.pid}-${opened}`)
  const fd = openSync(file, 'w+')
  rmSync(file, { force: true })
  writeSync(fd, new Uint8Array(EVERYTHING), 0, EVERYTHING, 0)
  return {
    fd,
    read: () => {
      const bytes = Buffer.alloc(EVERYTHING)
      readSync(fd, bytes, 0, EVERYTHING, 0)
      return parseNote(bytes)
    },
    close: () => closeSync(fd),
  }
}

function parseNote(bytes: Buffer): NotedTurn {
  const text = bytes.subarray(TURN_BYTES).toString('utf8').replaceAll('\0', '')
  return { slot: bytes.readUInt32LE(NOTED.slot) % STARTS_AT, verdict: parseVerdict(text) }
}

/** The host may have been killed while it wrote. */
function parseVerdict(text: string): Verdict | undefined {
  try {
    return verdict.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
