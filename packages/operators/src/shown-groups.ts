/** Groups of aggregates as people read them: their columns and results, each by its name. */

import { type ShowState, shownNotes } from '@millrace/engine'
import {
  type Accumulator,
  type Column,
  createRowText,
  EvaluationError,
  type Row,
} from '@millrace/pipeline'

/** As operators keep it, with whatever else they note of it. */
interface KeptGroup {
  /** Begins with the values of the group columns. */
  readonly values?: Row
  readonly row?: Row
  readonly isOut?: boolean
  readonly accumulator: Accumulator
}

/**
 * `columns` are those of the groups and of the results; `read` gives their values for a group as it
 * stands. A group of which a result has no value just now is shown as it is kept.
 */
export function showGroups(
  columns: readonly Column[],
  read: (values: Row, accumulator: Accumulator) => Row,
): ShowState {
  const textOf = createRowText(columns)
  return (value) => {
    if (!isGroup(value)) return value
    const { values, row, isOut: _, accumulator, ...rest } = value
    try {
      const named: object = JSON.parse(textOf(read(values ?? row ?? [], accumulator)))
      return { ...shownNotes(rest), ...named }
    } catch (error) {
      if (error instanceof EvaluationError) return value
      throw error
    }
  }
}

function isGroup(value: unknown): value is KeptGroup {
  return (
    typeof value === 'object' &&
    value !== null &&
    'accumulator' in value &&
    Array.isArray(value.accumulator)
  )
}
