/**
 * Fields that are objects with names chosen by the user: column -> type, column -> expression.
 *
 * Such a name may be `__proto__` or `constructor`. zod's own record loses the first without a word,
 * so these fields read the object themselves and give a list of entries, which no name can pollute
 * and in which the order of the columns is plain. The order is that of JavaScript: names that are
 * whole numbers come first, by number, then the others as they were written.
 */

import * as z from 'zod'
import { counted } from '../problem.ts'
import { columnName } from './names.ts'

/** One name of the object and what stood under it. */
export interface Entry<T> {
  readonly name: string
  readonly value: T
}

export interface EntriesOptions {
  readonly title: string
  readonly description?: string
  /** The form's widget, where it is not the plain list of names and values. */
  readonly widget?: string
  /** How many entries there must be at least; 0 if left out. */
  readonly min?: number
  /** How many there may be; `ENTRIES_MAX` if left out. */
  readonly max?: number
  /** What the names are; column names if left out. */
  readonly name?: z.ZodType<string>
  /** An example of the whole field as the document writes it. */
  readonly example?: Readonly<Record<string, unknown>>
}

export const ENTRIES_MAX = 1000

/** `{ name: value }` in the document, `readonly Entry[]` for the operator. */
export function entries<Value extends z.ZodType>(value: Value, options: EntriesOptions) {
  const { title, description, widget = 'entries', min = 0, max = ENTRIES_MAX } = options
  const { name = columnName(), example } = options
  return z
    .unknown()
    .meta({
      title,
      ...(description === undefined ? {} : { description }),
      widget,
      type: 'object',
      additionalProperties: inputJsonSchema(value),
      propertyNames: inputJsonSchema(name),
      minProperties: min,
      maxProperties: max,
      ...(example === undefined ? {} : { examples: [example] }),
    })
    .transform((input, context): readonly Entry<z.output<Value>>[] => {
      if (typeof input !== 'object' || input === null || Array.isArray(input)) {
        context.issues.push({ code: 'invalid_type', expected: 'record', input })
        return z.NEVER
      }
      const pairs = Object.entries(input)
      const message = wrongCount(title, pairs.length, min, max)
      if (message !== undefined) {
        context.issues.push({ code: 'custom', message, input, params: { code: 'wrong-count' } })
        return z.NEVER
      }
      const read: Entry<z.output<Value>>[] = []
      for (const [key, text] of pairs) {
        const readName = name.safeParse(key)
        const readValue = value.safeParse(text)
        if (readName.success && readValue.success) {
          read.push({ name: readName.data, value: readValue.data })
        }
        const issues = [...(readName.error?.issues ?? []), ...(readValue.error?.issues ?? [])]
        for (const issue of issues) {
          context.issues.push({ ...issue, path: [key, ...issue.path], input: text })
        }
      }
      return read
    })
}

function wrongCount(title: string, count: number, min: number, max: number): string | undefined {
  if (count < min)
    return `${title} has ${counted(count, 'entry', 'entries')} and needs at least ${min}. Add one.`
  if (count > max)
    return `${title} has ${counted(count, 'entry', 'entries')} and may have ${max}. Divide it.`
  return undefined
}

function inputJsonSchema(schema: z.ZodType): object {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input' })
  return rest
}
