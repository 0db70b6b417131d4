/** Event time on the wire. */

import * as z from 'zod'

/** Event times go over the wire as milliseconds; the ends of time, which JSON lacks, as words. */
export const eventTimeMs = z.union([z.number(), z.literal('start'), z.literal('end')])
export type WireTime = z.output<typeof eventTimeMs>
