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

/**
 * Of the memory of a process, for its heap; code, stacks and buffers are beside it, and so much of
 * them in any case.
 */
const HEAP_PART = 0.75
const BESIDE_HEAP_BYTES = 128 * 2 ** 20

/** Nothing that a pipeline says can become code or reach a prototype; young objects take little. */
const FLAGS = [
  '--disallow-code-generation-from-strings',
  '--disable-proto=throw',
  '--max-semi-space-size=4',
]

export function toArgument(settings: HostSettings): string {
  return JSON.stringify(settings)
}

export function ofArgument(word: string | undefined): HostSettings {
  return word === undefined ? DEFAULTS : hostSettings.parse(JSON.parse(word))
}

/** Flags of Node's for a host, which hold it to its memory. */
export function nodeFlags({ memoryBytesMax }: HostSettings): string[] {
  if (memoryBytesMax === undefined) return [...FLAGS]
  const heapBytes = Math.min(memoryBytesMax * HEAP_PART, memoryBytesMax - BESIDE_HEAP_BYTES)
  return [...FLAGS, `--max-old-space-size=${Math.floor(heapBytes / 2 ** 20)}`]
}
