/** What the list of problems and the fields of a form both say of one. */

import type { Problem } from '@millrace/pipeline'

/** The message without the title that it begins with, where the title stands beside it. */
export function bareMessage({ message }: Problem, title: string | undefined): string {
  const start = `"${title}": `
  return message.startsWith(start) ? message.slice(start.length) : message
}

/** A path as one text, for ids of fields. */
export function fieldKey(path: readonly (string | number)[]): string {
  return path.join('/')
}
