/** How wide the columns of a table are: by name and type, and wider for numbers that need it. */

import { useRef } from 'react'
import { cellText, columnWidth, isNumeric } from './cell-text.ts'

interface Column {
  readonly name: string
  readonly type: string
}

type Values = { readonly [column: string]: unknown }

/** Of a digit, and what is free beside a number. */
const DIGIT_PIXELS = 7.4
const BESIDE_PIXELS = 24
const PIXELS_MAX = 320

/** In pixels, for the rows that are in sight. */
export function useColumnWidths(
  columns: readonly Column[],
  rows: Iterable<Values>,
): readonly number[] {
  const longest = useRef(new Map<string, number>())
  return columnWidths(columns, rows, longest.current)
}

/**
 * A number that is cut would be another number. A column that was widened stays so, since a table
 * in which columns go to and fro cannot be read: `seen` keeps how many characters each needed.
 */
export function columnWidths(
  columns: readonly Column[],
  rows: Iterable<Values>,
  seen: Map<string, number>,
): readonly number[] {
  const numeric = columns.filter(({ type }) => isNumeric(type))
  for (const row of rows) {
    for (const { name, type } of numeric) {
      const { length } = cellText(row, name, type).text
      if (length > (seen.get(name) ?? 0)) seen.set(name, length)
    }
  }
  return columns.map(({ name, type }) => {
    const least = columnWidth(name, type)
    if (!isNumeric(type)) return least
    const needed = Math.ceil((seen.get(name) ?? 0) * DIGIT_PIXELS + BESIDE_PIXELS)
    return Math.max(least, Math.min(PIXELS_MAX, needed))
  })
}
