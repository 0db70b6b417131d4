/** Sinks that write what rows of a table change in a column of its own need its name. */

import { columnIndex, isTable, type PlanContext, type StreamSchema } from '@millrace/pipeline'
import { CHANGE_COLUMN } from './row-lines.ts'

export function reportOpColumn(input: StreamSchema, plan: PlanContext): void {
  if (!isTable(input) || columnIndex(input, CHANGE_COLUMN) < 0) return
  const message =
    `The rows of a table are written with a column "${CHANGE_COLUMN}" that says what they change, and a ` +
    `column of this name comes in. Put a select before the sink and give the column another name.`
  plan.report({ code: 'op-column-taken', message })
}
