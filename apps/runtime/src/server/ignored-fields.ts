/**
 * What a request says that nobody hears: fields that the API does not know. They were never
 * refused, so they are not now, but whoever has misspelt one is told.
 */

import { didYouMean } from '@millrace/pipeline'
import type * as z from 'zod'

const WARNINGS_MAX = 5

/** `read` is what the schema made of what was `sent`. */
export function ignoredFields(schema: z.ZodType, sent: unknown, read: unknown): readonly string[] {
  const warnings: string[] = []
  gather(sent, read, '', shapeOf(schema), warnings)
  return warnings
}

function gather(
  sent: unknown,
  read: unknown,
  place: string,
  known: readonly string[],
  warnings: string[],
): void {
  // What is kept as it was sent has fields of its own.
  if (sent === read || !isObject(sent) || !isObject(read)) return
  for (const [name, value] of Object.entries(sent)) {
    if (warnings.length >= WARNINGS_MAX) return
    const path = place === '' ? name : `${place}.${name}`
    if (Object.hasOwn(read, name)) gather(value, read[name], path, [], warnings)
    else warnings.push(warning(path, didYouMean(name, known)))
  }
}

function warning(path: string, meant: string): string {
  const shown = path.length > 60 ? `${path.slice(0, 60)}…` : path
  return `Field "${shown}" is not known here, and was ignored.${meant}`
}

/** Fields of an object; of alternatives, none. */
function shapeOf(schema: z.ZodType): readonly string[] {
  return 'shape' in schema ? Object.keys(schema.shape as object) : []
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
