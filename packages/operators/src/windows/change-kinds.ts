/** What the kinds of changes mean for whoever keeps the rows of a table. */

import type { Change } from '@millrace/engine'

/** Whether the row was there before and is no more. */
export function isOld(change: Change | undefined): boolean {
  return change === '-U' || change === '-D'
}
