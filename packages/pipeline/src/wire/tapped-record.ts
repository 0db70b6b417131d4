/** A record as somebody sees it who looks at a port. */

import * as z from 'zod'
import { jsonObject } from './json-object.ts'
import { eventTimeMs } from './wire-time.ts'

/** A record that was seen at a tap or a breakpoint. */
export const tappedRecord = z.object({
  /** Counts the records there from 1, whether or not they were sent. */
  number: z.number(),
  eventTime: eventTimeMs.nullable(),
  /** Wall clock of the host. */
  seenAtMs: z.number(),
  change: z.enum(['+I', '-U', '+U', '-D']).nullable(),
  /** JSON as sinks write it. */
  row: jsonObject,
})
export type TappedRecord = z.output<typeof tappedRecord>
