/** What differs between two versions of a pipeline, and which versions there are. */

import * as z from 'zod'
import type { PipelineDifference } from '../document/difference.ts'

const settingDifference = z.object({
  names: z.string(),
  before: z.string().nullable(),
  after: z.string().nullable(),
})

export const pipelineDifference: z.ZodType<PipelineDifference, PipelineDifference> = z.object({
  nameBefore: z.string().nullable(),
  nodes: z.array(
    z.object({
      nodeId: z.string(),
      title: z.string(),
      kind: z.enum(['added', 'removed', 'changed']),
      titleBefore: z.string().nullable(),
      settings: z.array(settingDifference),
    }),
  ),
  edges: z.array(
    z.object({
      kind: z.enum(['added', 'removed']),
      from: z.string(),
      to: z.string(),
      follows: z.boolean(),
    }),
  ),
  settings: z.array(settingDifference),
  moved: z.number(),
  notes: z.number(),
})

export const versionSummary = z.object({
  version: z.number(),
  savedAtMs: z.number(),
  name: z.string(),
  nodeCount: z.number(),
})

export const historyEntry = versionSummary.extend({
  /** The one that it is compared with; null for the first. */
  comparedWith: z.number().nullable(),
  /** Null for the first, and where one of the two cannot be read any more. */
  difference: pipelineDifference.nullable(),
  /** Jobs that were started with it, and when the last of them was; null where there is none. */
  runs: z.number(),
  lastStartedAtMs: z.number().nullable(),
  /** Whether it runs now. */
  running: z.boolean(),
})
export type HistoryEntry = z.output<typeof historyEntry>

export const history = z.object({
  /** The newest first. */
  entries: z.array(historyEntry),
  /** What `before` is for the next page; null where there are no older ones. */
  next: z.number().nullable(),
})
export type History = z.output<typeof history>

export const historyQuery = z.object({
  /** Only versions before this one. */
  before: z.coerce.number<string>().int().optional(),
  limit: z.coerce.number<string>().int().min(1).max(100).default(40),
  /**
   * `ran` leaves out what never ran, and compares each version with the one before that did.
   */
  only: z.enum(['all', 'ran']).default('all'),
})
