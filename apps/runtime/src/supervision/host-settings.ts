/** What an engine host is told when it is started, as a word of its command line. */

import * as z from 'zod'

const hostSettings = z.object({
  /** Where state goes that does not fit into memory; without it, it has to. */
  spillFolder: z.string().optional(),
  /** A turn that takes longer ends the host. */
  turnMs: z.number(),
  /** Where other jobs wait for it. */
  sharedTurnMs: z.number(),
  /** What the process may hold of the machine's memory; left out, what its heap allows. */
  memoryBytesMax: z.number().optional(),
  /** The data folder whose newest checkpoints are read before anybody asks; without it, none. */
  readsAhead: z.string().optional(),
})
export type HostSettings = z.output<typeof hostSettings>

/** Of a host that a test starts by itself. */
const DEFAULTS: HostSettings = { turnMs: 3_000, sharedTurnMs: 500 }

/** Where a host inherits its turn note, behind its standard streams and its channel. */
export const NOTE_FD = 4

/** Of the memory of a process, for its heap; buffers and code are beside it. */
const HEAP_PART = 0.75

export function toArgument(settings: HostSettings): string {
  return JSON.stringify(settings)
}

export function ofArgument(word: string | undefined): HostSettings {
  return word === undefined ? DEFAULTS : hostSettings.parse(JSON.parse(word))
}

/** Flags of Node's that hold a host to its memory. */
export function memoryFlags({ memoryBytesMax }: HostSettings): readonly string[] {
  if (memoryBytesMax === undefined) return []
  return [`--max-old-space-size=${Math.floor((memoryBytesMax * HEAP_PART) / 2 ** 20)}`]
}
