/**
 * A temporal join as one would write it without any thought of speed: all versions are kept, and
 * all are looked at. Nothing of it is shared with the operator.
 */

import { compareRows, type Row } from '@millrace/pipeline'
import { BothWatermarks, ENDS, isRecord, type SideRecord, type Step } from './two-sides.ts'

export interface TemporalSettings {
  readonly type: 'inner' | 'left'
  readonly latest: boolean
  /** How many of the first columns are the key; the others are values. */
  readonly keys: number
  readonly where: ((stream: Row, table: Row) => boolean) | undefined
}

export interface TemporalOutcome {
  readonly out: readonly (
    | { readonly at: number; readonly stream: Row; readonly table: Row | null }
    | { readonly watermark: number }
  )[]
  readonly late: readonly SideRecord[]
}

interface Arrived extends SideRecord {
  readonly arrival: number
}

export function naiveTemporalJoin(
  settings: TemporalSettings,
  steps: readonly Step[],
): TemporalOutcome {
  const { keys, latest } = settings
  const out: TemporalOutcome['out'][number][] = []
  const late: SideRecord[] = []
  const versions: Arrived[] = []
  let waiting: Arrived[] = []
  const watermarks = new BothWatermarks()
  const leave = (one: Arrived, version: Arrived | undefined) => {
    const row = version === undefined || isDeletion(version.row, keys) ? undefined : version.row
    const holds = row !== undefined && (settings.where?.(one.row, row) ?? true)
    if (row !== undefined && holds) out.push({ at: one.timeMs, stream: one.row, table: row })
    else if (settings.type === 'left') out.push({ at: one.timeMs, stream: one.row, table: null })
  }
  for (const [arrival, step] of [...steps, ...ENDS].entries()) {
    if (isRecord(step)) {
      const one = { ...step, arrival }
      if (!latest && step.timeMs <= watermarks.minimumMs) late.push(step)
      else if (step.side === 1) versions.push(one)
      else if (latest) leave(one, sameKey(versions, one, keys).at(-1))
      else waiting.push(one)
      continue
    }
    if (!watermarks.advance(step)) continue
    const { minimumMs } = watermarks
    const due = waiting
      .filter(({ timeMs }) => timeMs <= minimumMs)
      .sort(
        (a, b) =>
          a.timeMs - b.timeMs ||
          compareRows(a.row.slice(0, keys), b.row.slice(0, keys)) ||
          a.arrival - b.arrival,
      )
    waiting = waiting.filter(({ timeMs }) => timeMs > minimumMs)
    for (const one of due) {
      const known = sameKey(versions, one, keys).filter(({ timeMs }) => timeMs <= one.timeMs)
      leave(one, known.sort((a, b) => a.timeMs - b.timeMs || a.arrival - b.arrival).at(-1))
    }
    if (minimumMs < Number.POSITIVE_INFINITY) out.push({ watermark: minimumMs })
  }
  return { out, late }
}

function sameKey(versions: readonly Arrived[], { row }: Arrived, keys: number): Arrived[] {
  const key = row.slice(0, keys)
  if (key.includes(null)) return []
  return versions.filter((version) => compareRows(version.row.slice(0, keys), key) === 0)
}

function isDeletion(row: Row, keys: number): boolean {
  return row.slice(keys).every((value) => value === null)
}
