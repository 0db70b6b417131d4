/** What nodes read and write outside of the pipeline, and what speaks against it on a server. */

import * as z from 'zod'

const node = { nodeId: z.string() }
const named = {
  ...node,
  use: z.enum(['read', 'write']),
}

export const place = z.discriminatedUnion('kind', [
  /** By its path in the document. */
  z.object({ ...named, kind: z.literal('file'), path: z.string() }),
  z.object({ ...named, kind: z.literal('topic'), topic: z.string() }),
  /** By its path behind /hooks/. */
  z.object({ ...node, kind: z.literal('webhook'), path: z.string() }),
])
export type Place = z.output<typeof place>

/** As many as a pipeline may have nodes, and some that name several. */
export const PLACES_MAX = 4_000
