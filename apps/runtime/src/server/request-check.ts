/** Checks what clients send, and refuses what does not fit in the words of the config checks. */

import { createConfigProblems } from '@millrace/pipeline'
import type * as z from 'zod'
import { Refusal } from '../supervision/refusal.ts'

const PROBLEMS_MAX = 5

/** `name` is what messages call it: "the body of the request". Throws a `Refusal`. */
export function checkRequest<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  name: string,
): z.output<Schema> {
  // What is left out has none of its fields, which says more than that it is not there.
  const input = value ?? {}
  const read = schema.safeParse(input)
  if (read.success) return read.data
  const problems = createConfigProblems(read.error, input, { name, schema })
  const messages = problems.slice(0, PROBLEMS_MAX).map(({ message }) => message)
  const title = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`
  const message = `${title} does not fit. ${messages.join(' ')}`
  throw new Refusal('bad-request', 'request-does-not-fit', message)
}
