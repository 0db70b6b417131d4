/** The rows of a join under one key as people read them: by side, with their columns. */

import { namedRows, type ShowState, shownNotes } from '@millrace/engine'
import type { Row } from '@millrace/pipeline'
import type { JoinSchemas } from './join-schema.ts'

/** As joins keep them; in a list, or in chunks of one. */
interface KeptRow {
  readonly row: Row
  readonly copies?: number
}
type KeptRows = readonly (KeptRow | readonly KeptRow[])[]
type KeptSides = readonly (KeptRows | null | undefined)[]

/** More are counted: to make text of them takes the thread. */
const ROWS_SHOWN_MAX = 100

export function showMatches({ left, right, names }: JoinSchemas): ShowState {
  const named = [namedRows(left.columns), namedRows(right.columns)] as const
  const bySide = ([leftRows, rightRows]: KeptSides) => ({
    [names[0]]: shownRows(leftRows, named[0]),
    [names[1]]: shownRows(rightRows, named[1]),
  })
  return (value) => {
    if (areSides(value)) return bySide(value)
    if (typeof value !== 'object' || value === null || !('sides' in value)) return value
    const { sides, ...notes } = value
    return areSides(sides) ? { ...shownNotes(notes), ...bySide(sides) } : value
  }
}

function shownRows(
  rows: KeptRows | null | undefined,
  named: (row: Row) => object,
): readonly unknown[] {
  const all = (rows ?? []).flat() as readonly KeptRow[]
  const shown = all.slice(0, ROWS_SHOWN_MAX).map(({ row, copies = 1 }): unknown => {
    return copies === 1 ? named(row) : { row: named(row), copies }
  })
  return all.length > shown.length ? [...shown, `and ${all.length - shown.length} more`] : shown
}

/** Of a side without rows, null stands in what was stored. */
function areSides(value: unknown): value is KeptSides {
  if (!Array.isArray(value) || value.length !== 2) return false
  return value.every((side) => side === null || side === undefined || areKept(side))
}

function areKept(side: unknown): boolean {
  if (!Array.isArray(side)) return false
  return side.flat().every((kept) => typeof kept === 'object' && kept !== null && 'row' in kept)
}
