/** Whether an operator that groups rows may wait for the end of the window that they came from. */

import { columnIndex, type PlanContext, type StreamSchema } from '@millrace/pipeline'

export interface WindowEnd {
  /** The column, and where it stands in a row. */
  readonly column: string
  readonly index: number
  readonly latenessMs: number
}

/**
 * Present where the rows are results of windows and the end of the window is one of the columns
 * they are grouped by: then no group changes any more once the window can give no more results.
 */
export function windowEndAmong(
  names: readonly string[],
  input: StreamSchema,
): WindowEnd | undefined {
  const { endColumn, latenessMs = 0 } = input.window ?? {}
  if (!input.eventTime || endColumn === undefined || !names.includes(endColumn)) return undefined
  return { column: endColumn, index: columnIndex(input, endColumn), latenessMs }
}

/** A time to live is for what would be kept for ever, and not for groups of windows. */
export function checkTimeToLive(
  timeToLiveMs: number | undefined,
  end: WindowEnd | undefined,
  plan: PlanContext,
): void {
  if (timeToLiveMs === undefined || end === undefined) return
  plan.report({
    code: 'time-to-live-unused',
    severity: 'warning',
    path: ['stateTimeToLive'],
    message:
      `Rows are grouped by "${end.column}", the end of a window, and are forgotten when the window is over. State time ` +
      'to live has no effect here. Remove it.',
  })
}

/** The last millisecond's successor; a window whose end is not known ends with the input. */
export function endOf(row: readonly unknown[], { index }: WindowEnd): number {
  const end = row[index]
  return typeof end === 'number' ? end : Number.POSITIVE_INFINITY
}

/**
 * What leaves an operator that is grouped by `names`: each result once at the end of its window, or
 * a table as long as that window may fire again.
 */
export function groupedSchema(
  columns: StreamSchema['columns'],
  key: readonly string[],
  end: WindowEnd | undefined,
): StreamSchema {
  if (end === undefined) return { columns, eventTime: false, changes: 'retract', key }
  const window = { endColumn: end.column, latenessMs: end.latenessMs }
  if (end.latenessMs === 0) return { columns, eventTime: true, changes: 'append', window }
  return { columns, eventTime: true, changes: 'retract', key, window }
}
