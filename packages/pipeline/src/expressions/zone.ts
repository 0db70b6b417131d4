/** Time zones by name (`Europe/Berlin`), from the host's own data, or by offset (`GMT-08:00`). */

import { DAY_MS, MINUTE_MS } from './calendar.ts'
import { EvaluationError } from './errors.ts'
import { fromParts, offsetMs } from './timestamp.ts'

export interface Zone {
  /** Milliseconds that local time is ahead of UTC at an instant. */
  offsetAt(timestampMs: number): number
}

const CACHE_MAX = 64
const OFFSETS_MAX = 1_024
/** Zones change their offset on whole quarters of an hour, in UTC. */
const SLICE_MS = 15 * MINUTE_MS

const zones = new Map<string, Zone>()

/** Throws EvaluationError where there is no such zone. */
export function zoneOf(name: string): Zone {
  const known = zones.get(name)
  if (known !== undefined) return known
  const zone = createZone(name)
  if (zones.size >= CACHE_MAX) zones.clear()
  zones.set(name, zone)
  return zone
}

/**
 * The instant that a local time means. One that a change to summer time skips is moved on, as
 * Java does.
 */
export function fromLocal(localMs: number, zone: Zone): number {
  const before = zone.offsetAt(localMs - DAY_MS)
  const after = zone.offsetAt(localMs + DAY_MS)
  const first = localMs - before
  if (zone.offsetAt(first) === before) return first
  const second = localMs - after
  return zone.offsetAt(second) === after ? second : first
}

function createZone(name: string): Zone {
  const fixed = /^(?:UTC|GMT)?([+-])([0-9]{1,2})(?::?([0-9]{2}))?$/.exec(name)
  if (fixed !== null) {
    const [, sign = '+', hours = '0', minutes = '00'] = fixed
    const offset = offsetMs(`${sign}${hours.padStart(2, '0')}:${minutes}`)
    if (offset !== null) return { offsetAt: () => offset }
  }
  const format = createFormat(name)
  const offsets = new Map<number, number>()
  return {
    offsetAt(timestampMs) {
      const slice = Math.floor(timestampMs / SLICE_MS)
      let offset = offsets.get(slice)
      if (offset === undefined) {
        offset = computeOffset(format, slice * SLICE_MS)
        if (offsets.size >= OFFSETS_MAX) offsets.clear()
        offsets.set(slice, offset)
      }
      return offset
    },
  }
}

function createFormat(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new EvaluationError(
      `There is no time zone "${timeZone.slice(0, 60)}". Write a name such as 'Europe/Berlin', or an offset such as 'GMT+02:00'.`,
      'time-zone-unknown',
    )
  }
}

function computeOffset(format: Intl.DateTimeFormat, timestampMs: number): number {
  const parts = new Map<string, string>()
  for (const { type, value } of format.formatToParts(timestampMs)) parts.set(type, value)
  const number = (type: string): number => Number(parts.get(type))
  const year = parts.get('era') === 'BC' ? 1 - number('year') : number('year')
  const local = fromParts(
    year,
    number('month'),
    number('day'),
    number('hour'),
    number('minute'),
    number('second'),
    0,
  )
  return local === null ? 0 : local - Math.floor(timestampMs / 1_000) * 1_000
}
