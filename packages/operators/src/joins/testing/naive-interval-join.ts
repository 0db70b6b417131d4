/**
 * An interval join as one would write it without any thought of speed: every record is kept for
 * ever and compared with every other one. Nothing of it is shared with the operator.
 */

import { compareRows, compareValues, type Row, type Value } from '@millrace/pipeline'
import {
  BothWatermarks,
  ENDS,
  isRecord,
  type Side,
  type SideRecord,
  type Step,
} from './two-sides.ts'

export interface IntervalSettings {
  readonly type: 'inner' | 'left' | 'right' | 'full' | 'semi' | 'anti'
  readonly lower: number
  readonly upper: number
  /** How many of the first columns are the key. */
  readonly keys: number
  /** What else must hold, or `error` where nobody knows. */
  readonly where: ((left: Row, right: Row) => boolean | 'error') | undefined
}

export type Left =
  | { readonly at: number; readonly left: Row | null; readonly right: Row | null }
  | { readonly watermark: number }

interface Taken extends SideRecord {
  readonly arrival: number
  matched: boolean
  doubted: boolean
  used: boolean
  settled: boolean
}

export interface IntervalOutcome {
  readonly out: readonly Left[]
  readonly late: readonly SideRecord[]
  readonly errors: number
  readonly absorbed: number
  readonly expired: number
  readonly deadLettered: number
}

export function naiveIntervalJoin(
  settings: IntervalSettings,
  steps: readonly Step[],
): IntervalOutcome {
  const { keys } = settings
  const out: Left[] = []
  const late: SideRecord[] = []
  const taken: Taken[] = []
  const watermarks = new BothWatermarks()
  const back = heldBack(settings)
  let errors = 0
  for (const [arrival, step] of [...steps, ...ENDS].entries()) {
    if (!isRecord(step)) {
      if (!watermarks.advance(step)) continue
      const watermarkMs = watermarks.minimumMs
      settle(settings, taken, watermarkMs, out)
      if (watermarkMs < Number.POSITIVE_INFINITY) out.push({ watermark: watermarkMs - back })
    } else if (step.timeMs <= watermarks.minimumMs) {
      late.push(step)
    } else {
      const one: Taken = {
        ...step,
        arrival,
        matched: false,
        doubted: false,
        used: false,
        settled: false,
      }
      if (step.row.slice(0, keys).includes(null)) leaveAlone(settings, one, out)
      else errors += meet(settings, one, taken, out)
      taken.push(one)
    }
  }
  const absorbed = taken.filter(({ used }) => used).length
  const deadLettered = taken.filter(({ used, doubted }) => !used && doubted).length
  const expired = taken.length - absorbed - deadLettered
  return { out, late, errors, absorbed, deadLettered, expired }
}

function heldBack({ type, lower, upper }: IntervalSettings): number {
  const left = ['left', 'full', 'semi', 'anti'].includes(type) ? Math.max(upper, 0) : 0
  const right = ['right', 'full'].includes(type) ? Math.max(-lower, 0) : 0
  return Math.max(left, right)
}

/** How many pairs nobody could judge. */
function meet(settings: IntervalSettings, one: Taken, taken: readonly Taken[], out: Left[]) {
  const { type, lower, upper, keys, where } = settings
  let errors = 0
  const partners = taken
    .filter((other) => other.side !== one.side)
    .sort((a, b) => a.timeMs - b.timeMs || a.arrival - b.arrival)
  for (const other of partners) {
    const [left, right] = one.side === 0 ? [one, other] : [other, one]
    if (right.timeMs < left.timeMs + lower || right.timeMs > left.timeMs + upper) continue
    if (compareRows(left.row.slice(0, keys), right.row.slice(0, keys)) !== 0) continue
    if (left.row.slice(0, keys).includes(null)) continue
    const leftOnly = type === 'semi' || type === 'anti'
    if (leftOnly && left.matched) continue
    const holds = where === undefined ? true : where(left.row, right.row)
    if (holds === 'error') {
      errors++
      left.doubted = true
      right.doubted = true
    } else if (holds) {
      left.matched = true
      right.matched = true
      if (type === 'anti') continue
      left.used = true
      right.used = true
      const at = leftOnly ? left.timeMs : Math.max(left.timeMs, right.timeMs)
      out.push({ at, left: left.row, right: leftOnly ? null : right.row })
    }
  }
  return errors
}

function settle(
  settings: IntervalSettings,
  taken: readonly Taken[],
  watermarkMs: number,
  out: Left[],
): void {
  const { lower, upper, keys } = settings
  const endOf = ({ side, timeMs }: Taken) =>
    side === 0 ? timeMs + Math.max(upper, 0) : timeMs - Math.min(lower, 0)
  const due = taken
    .filter((one) => !one.settled && endOf(one) <= watermarkMs)
    .sort(
      (a, b) =>
        endOf(a) - endOf(b) ||
        a.side - b.side ||
        compareKeyValues(a.row.slice(0, keys), b.row.slice(0, keys)) ||
        a.arrival - b.arrival,
    )
  for (const one of due) {
    one.settled = true
    if (one.row.slice(0, keys).includes(null)) continue
    if (!one.matched && !one.doubted) leaveAlone(settings, one, out)
  }
}

function compareKeyValues(a: readonly Value[], b: readonly Value[]): number {
  for (const [index, value] of a.entries()) {
    const order = compareValues(value, b[index] ?? null)
    if (order !== 0) return order
  }
  return 0
}

function leaveAlone({ type }: IntervalSettings, one: Taken, out: Left[]): void {
  const kept: readonly string[] = one.side === 0 ? ['left', 'full', 'anti'] : ['right', 'full']
  if (!kept.includes(type)) return
  one.used = true
  out.push({ at: one.timeMs, ...rowOf(one.side, one.row) })
}

function rowOf(side: Side, row: Row) {
  return side === 0 ? { left: row, right: null } : { left: null, right: row }
}
