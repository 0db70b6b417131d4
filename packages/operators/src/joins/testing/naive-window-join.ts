/**
 * A window join as one would write it without any thought of speed: every window keeps its own
 * copies, and every pair in it is tried. Nothing of it is shared with the operator.
 */

import { compareRows, type Row, type Value } from '@millrace/pipeline'

export interface Settings {
  readonly type: 'inner' | 'left' | 'right' | 'full' | 'semi' | 'anti'
  readonly window:
    | { readonly type: 'tumbling'; readonly size: number; readonly offset: number }
    | {
        readonly type: 'hopping'
        readonly size: number
        readonly slide: number
        readonly offset: number
      }
    | {
        readonly type: 'cumulate'
        readonly size: number
        readonly step: number
        readonly offset: number
      }
    | { readonly type: 'session'; readonly gap: number }
  /** How many of the first columns are the key. */
  readonly keys: number
  /** What else must hold, or undefined. */
  readonly where: ((left: Row, right: Row) => boolean) | undefined
}

export interface Arrival {
  readonly side: 'left' | 'right'
  readonly timeMs: number
  readonly row: Row
}

interface Taken extends Arrival {
  used: boolean
}

interface Window {
  start: number
  end: number
  /** Sessions have one key; other windows hold all. */
  readonly key: Row | undefined
  readonly records: Taken[]
  fired: boolean
}

export interface Outcome {
  /** Rows with their times, in order. A side that is missing is NULL. */
  readonly out: readonly {
    readonly at: number
    readonly left: Row | null
    readonly right: Row | null
  }[]
  readonly late: readonly Arrival[]
  readonly absorbed: number
  readonly expired: number
  readonly filtered: number
}

/** What arrives: a record, or the minimum of both watermarks where it rises. */
export function naiveWindowJoin(
  settings: Settings,
  arrivals: readonly (Arrival | number)[],
): Outcome {
  const windows: Window[] = []
  const late: Arrival[] = []
  const taken: Taken[] = []
  let watermark = Number.NEGATIVE_INFINITY
  let filtered = 0
  let expired = 0
  for (const arrival of arrivals) {
    if (typeof arrival === 'number') {
      watermark = arrival
      for (const window of windows) window.fired ||= window.end - 1 <= watermark
      continue
    }
    const bounds = windowsOf(settings, arrival.timeMs)
    if (bounds.length === 0) {
      filtered++
      continue
    }
    const alone = hasNull(settings, arrival.row) && !keeps(settings, arrival.side)
    const mine: Taken = { ...arrival, used: false }
    const added =
      settings.window.type === 'session'
        ? addToSession(windows, bounds, settings, mine, watermark, alone)
        : addToWindows(windows, bounds, mine, watermark)
    if (!added) late.push(arrival)
    else if (alone) expired++
    else taken.push(mine)
  }
  const out = results(settings, windows)
  const used = taken.filter((record) => record.used).length
  return { out, late, filtered, absorbed: used, expired: expired + taken.length - used }
}

function windowsOf({ window }: Settings, timeMs: number): readonly (readonly [number, number])[] {
  if (window.type === 'session') return [[timeMs, timeMs + window.gap]]
  const found: [number, number][] = []
  const every = window.type === 'hopping' ? window.slide : window.size
  const base = Math.floor((timeMs - window.offset) / every) * every + window.offset
  for (let start = base - 40 * every; start <= base; start += every) {
    const step = window.type === 'cumulate' ? window.step : window.size
    for (let end = start + step; end <= start + window.size; end += step) {
      if (start <= timeMs && timeMs < end) found.push([start, end])
    }
  }
  return found
}

function addToWindows(
  windows: Window[],
  bounds: readonly (readonly [number, number])[],
  record: Taken,
  watermark: number,
): boolean {
  const open = bounds.filter(([, end]) => end - 1 > watermark)
  for (const [start, end] of open) {
    let window = windows.find((other) => other.start === start && other.end === end)
    if (window === undefined) {
      window = { start, end, key: undefined, records: [], fired: false }
      windows.push(window)
    }
    window.records.push(record)
  }
  return open.length > 0
}

function addToSession(
  windows: Window[],
  [bounds]: readonly (readonly [number, number])[],
  settings: Settings,
  record: Taken,
  watermark: number,
  alone: boolean,
): boolean {
  const [start, end] = bounds ?? [0, 0]
  const key = keyOf(settings, record.row)
  const overlapping = windows.filter(
    (window) =>
      !alone &&
      !window.fired &&
      compareRows(window.key ?? [], key) === 0 &&
      window.start < end &&
      start < window.end,
  )
  const merged: Window = {
    start: Math.min(start, ...overlapping.map((window) => window.start)),
    end: Math.max(end, ...overlapping.map((window) => window.end)),
    key,
    records: overlapping.flatMap((window) => window.records),
    fired: false,
  }
  if (merged.end - 1 <= watermark) return false
  if (alone) return true
  merged.records.push(record)
  for (const window of overlapping) windows.splice(windows.indexOf(window), 1)
  windows.push(merged)
  return true
}

function results(settings: Settings, windows: readonly Window[]): Outcome['out'] {
  const sorted = [...windows].sort(
    (a, b) => a.end - b.end || a.start - b.start || compareRows(a.key ?? [], b.key ?? []),
  )
  return sorted.flatMap((window) => {
    const keys = new Map<string, Row>()
    for (const { row } of window.records) {
      keys.set(JSON.stringify(keyOf(settings, row)), keyOf(settings, row))
    }
    return [...keys.values()].sort(compareRows).flatMap((key) => {
      const same = window.records.filter(({ row }) => compareRows(keyOf(settings, row), key) === 0)
      return resultsOfKey(settings, window.end - 1, same)
    })
  })
}

function resultsOfKey(settings: Settings, at: number, records: readonly Taken[]): Outcome['out'] {
  const inOrder = [...records].sort((a, b) => orderOf(a) - orderOf(b))
  const left = inOrder.filter(({ side }) => side === 'left')
  const right = inOrder.filter(({ side }) => side === 'right')
  const { type, where } = settings
  const out: Outcome['out'][number][] = []
  const matches = (a: Taken, b: Taken) =>
    !hasNull(settings, a.row) && (where === undefined || where(a.row, b.row))
  for (const one of left) {
    const partners = right.filter((other) => matches(one, other))
    const [first] = partners
    if (type === 'semi') {
      if (first === undefined) continue
      first.used = true
      one.used = true
      out.push({ at, left: one.row, right: null })
    } else if (
      type === 'anti' ? first === undefined : first === undefined && keeps(settings, 'left')
    ) {
      one.used = true
      out.push({ at, left: one.row, right: null })
    } else if (type !== 'anti') {
      for (const other of partners) {
        one.used = true
        other.used = true
        out.push({ at, left: one.row, right: other.row })
      }
    }
  }
  if (!keeps(settings, 'right')) return out
  for (const other of right) {
    if (left.some((one) => matches(one, other))) continue
    other.used = true
    out.push({ at, left: null, right: other.row })
  }
  return out
}

/** The last column numbers the records in the order of their arrival. */
function orderOf({ row }: Taken): number {
  return Number(row.at(-1))
}

function keyOf({ keys }: Settings, row: Row): Row {
  return row.slice(0, keys)
}

function hasNull(settings: Settings, row: Row): boolean {
  return keyOf(settings, row).some((value: Value) => value === null)
}

function keeps({ type }: Settings, side: 'left' | 'right'): boolean {
  return type === 'full' || type === side || (type === 'anti' && side === 'left')
}
