/**
 * What a config would say if the figures in it that are wrong or missing were right, so that the
 * rest of it is checked, and what leaves the node is known, while somebody is typing one.
 */

import type * as z from 'zod'
import { toFieldLookup } from './field-lookup.ts'

export interface AssumedConfig {
  /** As the schema gives it. */
  readonly value: unknown
  /** The fields in which something was assumed; nothing of what they say may be reported. */
  readonly fields: ReadonlySet<string>
}

type Path = readonly (string | number)[]

/** How fields are shown on which no column, type or change kind of an output depends. */
const FIGURES: ReadonlySet<unknown> = new Set([
  'after-match',
  'duration',
  'hook-path',
  'number',
  'path',
  'rows',
  'size',
  'time-zone',
  'timestamp',
  'topic',
])

/** Absent where something else is wrong too, or where the examples do not suit the rest. */
export function assumeFigures(
  schema: z.ZodType,
  config: unknown,
  { issues }: z.ZodError,
): AssumedConfig | undefined {
  const lookup = toFieldLookup(schema)
  const fields = new Set<string>()
  let assumed = config
  for (const issue of issues) {
    const path = issue.path.map((part) => (typeof part === 'symbol' ? '' : part))
    const example = lookup.example(path)
    if (example === undefined || !lookup.widgets(path).some((widget) => FIGURES.has(widget))) {
      return undefined
    }
    fields.add(`${path[0]}`)
    assumed = withValue(assumed, path, JSON.parse(example))
  }
  const read = schema.safeParse(assumed)
  return read.success ? { value: read.data, fields } : undefined
}

function withValue(before: unknown, [part, ...rest]: Path, value: unknown): unknown {
  if (part === undefined) return value
  if (Array.isArray(before)) {
    return before.map((item, index) => (index === part ? withValue(item, rest, value) : item))
  }
  const entries = new Map(Object.entries(before ?? {}))
  entries.set(`${part}`, withValue(entries.get(`${part}`), rest, value))
  return Object.fromEntries(entries)
}
