/** The rows of a table join under one key as people read them: by side, with their columns. */

import type { ShowState } from '@millrace/engine'
import { createRowText } from '@millrace/pipeline'
import type { JoinSchemas } from './join-schema.ts'
import type { MatchedRow, MatchedRows, MatchedSides } from './matched-rows.ts'

/** More are counted: to make text of them takes the thread. */
const ROWS_SHOWN_MAX = 100

export function showMatches({ left, right, names }: JoinSchemas): ShowState {
  const texts = [createRowText(left.columns), createRowText(right.columns)] as const
  return (value) => {
    if (!areSides(value)) return value
    const [leftRows, rightRows] = value
    return {
      [names[0]]: shownRows(leftRows, texts[0]),
      [names[1]]: shownRows(rightRows, texts[1]),
    }
  }
}

function shownRows(
  rows: MatchedRows | null | undefined,
  textOf: (row: MatchedRow['row']) => string,
): readonly unknown[] {
  const all = (rows ?? []).flat()
  const shown = all.slice(0, ROWS_SHOWN_MAX).map(({ row, copies }): unknown => {
    const named: unknown = JSON.parse(textOf(row))
    return copies === 1 ? named : { row: named, copies }
  })
  return all.length > shown.length ? [...shown, `and ${all.length - shown.length} more`] : shown
}

/** Of a side without rows, null stands in what was stored. */
function areSides(value: unknown): value is MatchedSides {
  if (!Array.isArray(value) || value.length !== 2) return false
  return value.every((side) => side === null || side === undefined || isChunks(side))
}

function isChunks(side: unknown): boolean {
  return Array.isArray(side) && side.every((chunk) => Array.isArray(chunk))
}
