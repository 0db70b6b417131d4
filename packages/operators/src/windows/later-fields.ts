/** Refuses by name the fields that a config will have one day, instead of calling them unknown. */

import * as z from 'zod'

/** Field name -> what holds until it is there, as a sentence. */
export type LaterFields = ReadonlyMap<string, string>

/**
 * The config `schema`, in which a field of `later` is a problem that says so. Form, docs and JSON
 * Schema show nothing of such fields.
 */
export function withLaterFields<Schema extends z.ZodObject>(schema: Schema, later: LaterFields) {
  return z.preprocess((input, context) => {
    if (typeof input !== 'object' || input === null) return input
    const fields = Object.entries(input)
    const early = fields.filter(([name]) => later.has(name))
    if (early.length === 0) return input
    for (const [name, value] of early) {
      context.issues.push({
        code: 'custom',
        message: `Field "${name}" is not available yet. ${later.get(name)} Remove it.`,
        path: [name],
        input: value,
        params: { code: 'field-not-available-yet' },
      })
    }
    // An issue ends the parse here, and whatever else is wrong should be said in the same go.
    const rest = Object.fromEntries(fields.filter(([name]) => !later.has(name)))
    for (const issue of schema.safeParse(rest).error?.issues ?? []) {
      context.issues.push({ ...issue, input } as z.core.$ZodRawIssue)
    }
    return input
  }, schema)
}
