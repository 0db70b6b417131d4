/** Where a job is to stand still, and where it stands. */

import * as z from 'zod'
import { tappedRecord } from './tapped-record.ts'

/** What is waited for at a port. */
export const breakpointWish = z.object({
  jobId: z.string(),
  nodeId: z.string(),
  port: z.string(),
  /** A condition over the port's columns; only records for which it is TRUE count. */
  where: z.string().max(4096).optional(),
  /** So many of the records that count pass first; every one behind them pauses the job. */
  skip: z.int().min(0).max(1_000_000_000).default(0),
})

/** The record behind which a job stands. */
export const breakpointHit = z.object({
  breakpointId: z.string(),
  nodeId: z.string(),
  port: z.string(),
  where: z.string().nullable(),
  /** The first that hit; what it caused has been done besides. */
  record: tappedRecord,
})
export type BreakpointHit = z.output<typeof breakpointHit>
