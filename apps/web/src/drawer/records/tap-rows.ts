/**
 * The records of one tap as the table shows them, with a line wherever records are not shown.
 *
 * Records carry a number, with a condition since the tap was opened, otherwise that of their port,
 * so whatever was not sent leaves a gap in the numbers, and a gap is a line of its own: nothing is
 * left out in silence.
 */

import type { wire } from '@millrace/pipeline'

/** What the table holds at the most; the oldest go first. */
export const ROWS_MAX = 5_000

export interface RecordRow {
  readonly kind: 'record'
  readonly record: wire.TappedRecord
}

export interface GapRow {
  readonly kind: 'gap'
  /** Numbers of the first and the last record that is not shown. */
  readonly first: number
  readonly last: number
}

export type TapRow = RecordRow | GapRow

export interface TapRows {
  readonly rows: readonly TapRow[]
  /** Records that passed the tap. */
  readonly seen: number
  /** Of these, how many the host did not send. */
  readonly unsent: number
  /**
   * Number of the newest record that was shown before the tap was paused; undefined while it runs.
   */
  readonly pausedAt: number | undefined
}

export const NO_ROWS: TapRows = { rows: [], seen: 0, unsent: 0, pausedAt: undefined }

/** Adds what the host sent. Records come in order; one that is here already is not taken twice. */
export function fillTap(
  before: TapRows,
  filled: Pick<wire.SocketEvents['tapFilled'], 'records' | 'seen' | 'unsent'>,
): TapRows {
  // Fewer than before: the job was restarted and the tap with it, so its numbers begin again.
  if (filled.seen < before.seen) {
    const pausedAt = before.pausedAt === undefined ? undefined : 0
    return fillTap({ ...NO_ROWS, pausedAt }, filled)
  }
  const rows = [...before.rows]
  let last = lastNumber(before.rows)
  for (const record of filled.records) {
    if (record.number <= last) continue
    if (record.number > last + 1) {
      rows.push({ kind: 'gap', first: last + 1, last: record.number - 1 })
    }
    rows.push({ kind: 'record', record })
    last = record.number
  }
  return { ...before, rows: newest(rows), seen: filled.seen, unsent: filled.unsent }
}

/** The oldest go; a gap that would then stand first says nothing any more. */
function newest(rows: readonly TapRow[]): readonly TapRow[] {
  if (rows.length <= ROWS_MAX) return rows
  const kept = rows.slice(rows.length - ROWS_MAX)
  return kept[0]?.kind === 'gap' ? kept.slice(1) : kept
}

function lastNumber(rows: readonly TapRow[]): number {
  const last = rows.at(-1)
  if (last === undefined) return 0
  return last.kind === 'record' ? last.record.number : last.last
}

export function pauseTap(before: TapRows): TapRows {
  return before.pausedAt === undefined ? { ...before, pausedAt: before.seen } : before
}

/** What was kept back is sent now, so it does not count as what never is. */
export function resumeTap(before: TapRows): TapRows {
  const unsent = Math.max(0, before.unsent - behind(before))
  return { ...before, unsent, pausedAt: undefined }
}

/** Records that passed since the tap was paused. */
export function behind({ pausedAt, seen }: TapRows): number {
  return pausedAt === undefined ? 0 : Math.max(0, seen - pausedAt)
}

/** Empties the table; numbers go on. */
export function clearTap(before: TapRows): TapRows {
  const last = lastNumber(before.rows)
  return { ...before, rows: last === 0 ? [] : [{ kind: 'gap', first: 1, last }] }
}
