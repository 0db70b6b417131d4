/**
 * Bounds how many windows one record may be in: each of them gives results of its own for the
 * group of the record, and while they leave, the input waits.
 */

import { durationText } from '@millrace/pipeline'
import type { IssueTarget } from './window-config.ts'

/** Enough for a window of a day every second. */
export const WINDOWS_A_RECORD_MAX = 100_000

/** Refuses windows that start, or end, so often that a record would be in too many of them. */
export function checkWindowCount(
  size: number,
  every: { readonly slide: number } | { readonly step: number },
  context: IssueTarget,
): void {
  const [[name, everyMs] = ['', size]] = Object.entries(every)
  const count = Math.ceil(size / everyMs)
  if (count <= WINDOWS_A_RECORD_MAX) return
  const neededMs = Math.ceil(size / WINDOWS_A_RECORD_MAX)
  const message =
    `With size ${durationText(size)} and ${name} ${durationText(everyMs)} a record would be in up to ` +
    `${count} windows, and the limit is ${WINDOWS_A_RECORD_MAX}. ` +
    `Choose a ${name} of at least ${durationText(neededMs)}, or a smaller size.`
  const params = { code: 'too-many-windows' }
  context.addIssue({ code: 'custom', path: [name], message, params })
}
