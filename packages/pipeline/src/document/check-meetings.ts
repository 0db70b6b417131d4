/**
 * Sources that meet must each have event time: which of them is read next is decided by their
 * watermarks, and without one the order, and with it the result, would be left to chance. It is
 * said where they first meet, and not again further down.
 */

import type { StreamSchema } from '../schema.ts'
import type { Channel, NodeFlow } from './flow.ts'
import type { Report } from './report.ts'

/** Where an output's records stem from. */
interface Origin {
  /** The ids of the sources. */
  readonly sources: ReadonlySet<string>
  /** Whether event time was given to the records anywhere on their way. */
  readonly timed: boolean
  /** Whether they came out of `errors` ports only. */
  readonly errors: boolean
  /** Whether a meeting on their way was reported: what follows from it is not reported again. */
  readonly reported: boolean
}

export function checkMeetings(
  order: readonly string[],
  flow: ReadonlyMap<string, NodeFlow>,
  report: Report,
): void {
  const origins = new Map<string, Origin>()
  for (const id of order) {
    const { channels = new Map<string, readonly Channel[]>(), outputSchemas = {} } =
      flow.get(id) ?? {}
    const arriving = [...channels.values()].flat().map(({ from, schema }) => {
      return { from, schema, origin: origins.get(originKey(from.node, from.port)) }
    })
    const met = arriving.flatMap(({ origin }) => (origin === undefined ? [] : [origin]))
    const sources = new Set(met.flatMap((origin) => [...origin.sources]))
    let reported = met.some((origin) => origin.reported)
    if (sources.size > 1 && !met.every(({ errors }) => errors)) {
      for (const { from, schema, origin } of arriving) {
        if (origin === undefined || origin.reported || !lacksTime(schema, origin)) continue
        reportMeeting(id, from.node, origin, sources, report)
        reported = true
      }
    }
    for (const [port, schema] of Object.entries(outputSchemas)) {
      const origin = outputOrigin(id, port, schema, met, outputSchemas)
      origins.set(originKey(id, port), { ...origin, reported })
    }
  }
}

/**
 * Streams of refused records have no event time and may meet one another, since a single file of
 * all that was refused is a sensible wish and nothing is computed from their order. A table has no
 * event time of its own either, yet its rows were made in the order of the watermarks of what it
 * was made from.
 */
function lacksTime(schema: StreamSchema, origin: Origin): boolean {
  if (schema.eventTime) return false
  return schema.changes === 'append' || !origin.timed
}

function outputOrigin(
  id: string,
  port: string,
  schema: StreamSchema,
  met: readonly Origin[],
  outputs: { readonly [port: string]: StreamSchema },
): Omit<Origin, 'reported'> {
  if (met.length === 0) {
    const timed = Object.values(outputs).some((output) => output.eventTime)
    return { sources: new Set([id]), timed, errors: port === 'errors' }
  }
  return {
    sources: new Set(met.flatMap(({ sources }) => [...sources])),
    timed: schema.eventTime || met.some(({ timed }) => timed),
    errors: port === 'errors' || (!schema.eventTime && met.every(({ errors }) => errors)),
  }
}

function reportMeeting(
  id: string,
  from: string,
  origin: Origin,
  sources: ReadonlySet<string>,
  report: Report,
): void {
  const own = [...origin.sources].sort()
  const other = [...sources].sort().find((source) => !origin.sources.has(source)) ?? own[1]
  const name = report.nameOf(from)
  const message =
    `What comes from ${name} has no event time, and here it meets records of source ` +
    `${report.nameOf(other ?? from)}. Put an assign-time between ${name} and this node.`
  report.add({ code: 'needs-event-time', nodeId: id, message })
}

function originKey(node: string, port: string): string {
  return `${node}.${port}`
}
