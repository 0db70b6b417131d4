/** Numbers, times and tables as people read them. */

import { isoTimestamp } from '@millrace/pipeline'

/** 1234567 is `1,234,567`. */
export function countText(count: number): string {
  return `${count}`.replace(/\B(?=(?:[0-9]{3})+$)/g, ',')
}

/** As the page writes it: `2026-01-31 12:00:00.000 UTC`. */
export function instantText(timestampMs: number): string {
  return isoTimestamp(timestampMs).replace('T', ' ').replace('Z', ' UTC')
}

/** ISO-8601, or null before the first watermark and at the end of input. */
export function watermarkIso(watermarkMs: number): string | null {
  return Number.isFinite(watermarkMs) ? isoTimestamp(watermarkMs) : null
}

/** The first column is set left, the others right. */
export function textTable(rows: readonly (readonly string[])[]): string {
  return table(rows, (column) => column > 0)
}

/** The columns that are named are set right, the others left. */
export function leftTable(
  rows: readonly (readonly string[])[],
  right: ReadonlySet<number>,
): string {
  return table(rows, (column) => right.has(column))
}

function table(rows: readonly (readonly string[])[], isRight: (column: number) => boolean): string {
  const widths: number[] = []
  for (const row of rows) {
    for (const [column, text] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, text.length)
    }
  }
  const lines = rows.map((row) =>
    row
      .map((text, column) => {
        const width = widths[column] ?? 0
        return isRight(column) ? text.padStart(width) : text.padEnd(width)
      })
      .join('  ')
      .trimEnd(),
  )
  return `${lines.join('\n')}\n`
}
