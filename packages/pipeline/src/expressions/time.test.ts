/**
 * Timestamps as texts, by pattern, by calendar unit and in time zones, against the host's own
 * calendar.
 */

import { describe, expect, test } from 'vitest'
import { addUnits, ceilTo, extractFrom, floorTo, unitsBetween } from './calendar.ts'
import {
  compileDatePattern,
  createTimestampFormat,
  formatTimestamp,
  parseWithPattern,
} from './date-pattern.ts'
import { EvaluationError } from './errors.ts'
import { parseInterval } from './interval.ts'
import { Dice } from './testing/random.ts'
import { parseTimestamp, TIMESTAMP_MAX, TIMESTAMP_MIN, timestampIso } from './timestamp.ts'
import { fromLocal, zoneOf } from './zone.ts'

const dice = new Dice(31)
const TIMES = [
  TIMESTAMP_MIN,
  TIMESTAMP_MAX,
  0,
  -1,
  951_782_400_000,
  ...Array.from(
    { length: 2_000 },
    () => TIMESTAMP_MIN + Math.floor(dice.next() * (TIMESTAMP_MAX - TIMESTAMP_MIN)),
  ),
]

describe('a timestamp', () => {
  test('is written and read as the host writes it', () => {
    for (const at of TIMES) {
      expect(timestampIso(at)).toBe(new Date(at).toISOString())
      expect(parseTimestamp(timestampIso(at))).toBe(at)
    }
  })

  test('has the parts that the host computes', () => {
    for (const at of TIMES) {
      const date = new Date(at)
      expect([
        extractFrom(at, 'YEAR'),
        extractFrom(at, 'MONTH'),
        extractFrom(at, 'DAY'),
        extractFrom(at, 'HOUR'),
        extractFrom(at, 'DOW'),
      ]).toEqual([
        date.getUTCFullYear(),
        date.getUTCMonth() + 1,
        date.getUTCDate(),
        date.getUTCHours(),
        date.getUTCDay() + 1,
      ])
    }
  })

  test.each([
    ['2026-01-02', '2026-01-02T00:00:00.000Z'],
    ['2026-1-2 3:4:5', '2026-01-02T03:04:05.000Z'],
    ['2026-01-02T03:04', '2026-01-02T03:04:00.000Z'],
    ['2026-01-02 03:04:05.6', '2026-01-02T03:04:05.600Z'],
    ['2026-01-02 03:04:05.123456789', '2026-01-02T03:04:05.123Z'],
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000Z'],
    ['2026-01-02T03:04:05+02:00', '2026-01-02T01:04:05.000Z'],
    ['2026-01-02T03:04:05-0530', '2026-01-02T08:34:05.000Z'],
    [' 2026-01-02 03:04:05 ', '2026-01-02T03:04:05.000Z'],
    ['0001-01-01 00:00:00', '0001-01-01T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
  ])('%s is read as %s', (text, iso) => {
    const at = parseTimestamp(text)
    expect(at === null ? null : timestampIso(at)).toBe(iso)
  })

  test.each([
    '',
    'now',
    '2026',
    '2026-13-01',
    '2026-00-01',
    '2026-02-29',
    '2026-01-32',
    '2026-01-02 24:00:00',
    '2026-01-02 03:60:00',
    '2026-01-02 03:04:60',
    '2026-01-02T03:04:05+25:00',
    '26-01-02',
    '2026/01/02',
    '2026-01-02 03:04:05.',
    '2026-01-02x',
    '12026-01-02',
    `${' '.repeat(100)}2026-01-02`,
  ])('"%s" is not read', (text) => {
    expect(parseTimestamp(text)).toBe(null)
  })
})

describe('a unit of time', () => {
  const units = ['SECOND', 'MINUTE', 'HOUR', 'DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR']

  test('begins at or before a time, and the next one after it', () => {
    for (const at of TIMES.filter(
      (time) => time > TIMESTAMP_MIN + 1e11 && time < TIMESTAMP_MAX - 1e11,
    )) {
      for (const unit of units) {
        const start = floorTo(at, unit)
        expect(start).toBeLessThanOrEqual(at)
        expect(addUnits(start, 1, unit)).toBeGreaterThan(at)
        expect(floorTo(start, unit)).toBe(start)
        expect(ceilTo(at, unit)).toBe(start === at ? at : addUnits(start, 1, unit))
      }
    }
  })

  test('is counted as often as it was added', () => {
    for (const at of TIMES.slice(5, 200).filter((time) => time > 0 && time < 4e12)) {
      for (const unit of units) {
        const count = dice.below(50)
        expect(unitsBetween(at, addUnits(at, count, unit), unit)).toBe(count)
      }
    }
  })

  test.each([
    ['2024-01-31', '2024-02-29', 'MONTH', 1],
    ['2023-01-31', '2023-02-28', 'MONTH', 1],
    ['2024-03-30', '2024-02-29', 'MONTH', -1],
    ['2024-02-29', '2025-02-28', 'YEAR', 1],
    ['2024-01-01', '2024-12-31', 'YEAR', 0],
    ['2024-01-15', '2024-04-14', 'QUARTER', 0],
    ['2024-01-01', '2024-01-15', 'WEEK', 2],
  ])('%s to %s is so many %s: %d', (from, to, unit, count) => {
    expect(unitsBetween(parseTimestamp(from) ?? 0, parseTimestamp(to) ?? 0, unit)).toBe(count)
  })
})

describe('a date pattern', () => {
  const at = Date.UTC(2026, 2, 7, 15, 4, 5, 678)

  test.each([
    ['yyyy-MM-dd HH:mm:ss.SSS', '2026-03-07 15:04:05.678'],
    ['yy/M/d', '26/3/7'],
    ['yyyyMMdd', '20260307'],
    ['EEE EEEE', 'Sat Saturday'],
    ['MMM MMMM', 'Mar March'],
    ['hh:mm a', '03:04 PM'],
    ['K k H', '3 15 15'],
    ['DDD D', '066 66'],
    ['S SS SSS SSSSSS', '6 67 678 678000'],
    ["''yyyy'year'", "'2026year"],
    ["yyyy-MM-dd'T'HH:mm:ssXXX", '2026-03-07T15:04:05Z'],
    ['Z z', '+0000 UTC'],
    ['Q', '1'],
    ['uuuu', '2026'],
  ])('%s writes %s', (pattern, text) => {
    expect(formatTimestamp(at, compileDatePattern(pattern))).toBe(text)
  })

  test.each([
    ['yyyy-MM-dd HH:mm:ss.SSS', '2026-03-07 15:04:05.678', at],
    ['yyyyMMddHHmmssSSS', '20260307150405678', at],
    ['d.M.yyyy', '7.3.2026', Date.UTC(2026, 2, 7)],
    ['MMM d, yyyy', 'mar 7, 2026', Date.UTC(2026, 2, 7)],
    ['EEEE, MMMM d yyyy', 'Saturday, March 7 2026', Date.UTC(2026, 2, 7)],
    ['hh:mm a', '12:30 AM', 30 * 60_000],
    ['hh:mm a', '12:30 pm', 750 * 60_000],
    ['yy', '26', Date.UTC(2026, 0, 1)],
    ['yyyy DDD', '2024 366', Date.UTC(2024, 11, 31)],
    ['HH', '07', 7 * 3_600_000],
    ["yyyy'T'", '2026T', Date.UTC(2026, 0, 1)],
  ])('%s reads %s', (pattern, text, localMs) => {
    expect(parseWithPattern(text, compileDatePattern(pattern))).toEqual({
      localMs,
      offset: undefined,
    })
  })

  test.each([
    ['yyyy-MM-dd', '2026-02-30'],
    ['yyyy-MM-dd', '2026-1'],
    ['yyyy-MM-dd', '2026-01-02x'],
    ['HH', '24'],
    ['hh a', '13 AM'],
    ['KK', '12'],
    ['kk', '25'],
    ['MMM', 'Foo'],
    ['EEE', 'Foo'],
    ['yyyy DDD', '2025 366'],
    ['yyyyMMdd', '2026030'],
    ['X', 'x'],
    ['X', '+99:00'],
  ])('%s does not read %s', (pattern, text) => {
    expect(parseWithPattern(text, compileDatePattern(pattern))).toBeUndefined()
  })

  test('reads an offset apart', () => {
    expect(parseWithPattern('08 +0530', compileDatePattern('HH Z'))).toEqual({
      localMs: 8 * 3_600_000,
      offset: 19_800_000,
    })
    expect(parseWithPattern('08Z', compileDatePattern('HHX'))).toEqual({
      localMs: 8 * 3_600_000,
      offset: 0,
    })
    expect(parseWithPattern('08 GMT-01:00', compileDatePattern('HH z'))).toEqual({
      localMs: 8 * 3_600_000,
      offset: -3_600_000,
    })
  })

  test('writes an offset', () => {
    const pattern = compileDatePattern('HH:mm X XX XXX Z z')
    expect(formatTimestamp(0, pattern, 5.5 * 3_600_000)).toBe(
      '05:30 +0530 +0530 +05:30 +0530 GMT+05:30',
    )
    expect(formatTimestamp(0, pattern, -3_600_000)).toBe('23:00 -01 -0100 -01:00 -0100 GMT-01:00')
  })

  test('writes one time after another as it writes each by itself', () => {
    const texts = ['yyyy-MM-dd', 'HH:mm', 'h a', 'ss', 'SSS', 'mm:ss.S', 'EEE D Q', 'k', 'K z']
    const patterns = texts.map(compileDatePattern)
    const format = createTimestampFormat()
    let timeMs = -3_000_000
    let pattern = dice.pick(patterns)
    for (let step = 0; step < 4_000; step++) {
      timeMs += dice.pick([-1, 1, 400, -61_000, 3_500_000, 80_000_000]) * dice.below(2)
      if (dice.chance(0.1)) pattern = dice.pick(patterns)
      expect(format(timeMs, pattern)).toBe(formatTimestamp(timeMs, pattern))
    }
  })

  test('reads back what it writes', () => {
    const pattern = compileDatePattern('EEE yyyy-MM-dd HH:mm:ss.SSS')
    for (const time of TIMES)
      expect(parseWithPattern(formatTimestamp(time, pattern), pattern)?.localMs).toBe(time)
  })
})

describe('a time zone', () => {
  test.each([
    ['Europe/Berlin', '2026-01-15T12:00:00Z', 1],
    ['Europe/Berlin', '2026-07-15T12:00:00Z', 2],
    ['America/New_York', '2026-07-15T12:00:00Z', -4],
    ['Asia/Kolkata', '2026-07-15T12:00:00Z', 5.5],
    ['UTC', '2026-07-15T12:00:00Z', 0],
    ['GMT+02:00', '2026-07-15T12:00:00Z', 2],
    ['-08:00', '2026-07-15T12:00:00Z', -8],
    ['GMT-8', '2026-07-15T12:00:00Z', -8],
    ['Europe/Berlin', '2026-03-29T00:59:59Z', 1],
    ['Europe/Berlin', '2026-03-29T01:00:00Z', 2],
  ])('%s at %s is %d hours ahead', (zone, at, hours) => {
    expect(zoneOf(zone).offsetAt(Date.parse(at))).toBe(hours * 3_600_000)
  })

  test('a local time that summer time skips is moved on, and one that comes twice is the earlier', () => {
    const zone = zoneOf('Europe/Berlin')
    expect(new Date(fromLocal(Date.UTC(2026, 2, 29, 2, 30), zone)).toISOString()).toBe(
      '2026-03-29T01:30:00.000Z',
    )
    expect(new Date(fromLocal(Date.UTC(2026, 9, 25, 2, 30), zone)).toISOString()).toBe(
      '2026-10-25T00:30:00.000Z',
    )
    expect(new Date(fromLocal(Date.UTC(2026, 6, 1, 12), zone)).toISOString()).toBe(
      '2026-07-01T10:00:00.000Z',
    )
  })

  test.each(['', 'Mars/Olympus', 'GMT+99', '__proto__', 'constructor'])('"%s" is none', (name) => {
    expect(() => zoneOf(name)).toThrow(EvaluationError)
  })

  test('is kept for later, but not without end', () => {
    for (let minute = 0; minute < 200; minute++)
      expect(zoneOf(`+00:${String(minute % 60).padStart(2, '0')}`).offsetAt(0)).toBe(
        (minute % 60) * 60_000,
      )
    const zone = zoneOf('Europe/Paris')
    for (let slice = 0; slice < 2_000; slice++) zone.offsetAt(slice * 900_000)
    expect(zone.offsetAt(0)).toBe(3_600_000)
  })
})

describe('an interval', () => {
  test.each([
    ['1', 'DAY', 'DAY', 86_400_000],
    ['-1', 'HOUR', 'HOUR', -3_600_000],
    ['+2', 'MINUTE', 'MINUTE', 120_000],
    ['1.5', 'SECOND', 'SECOND', 1_500],
    ['0', 'DAY', 'DAY', 0],
    ['-0', 'DAY', 'DAY', 0],
    ['1 2', 'DAY', 'HOUR', 93_600_000],
    ['1 02:03', 'DAY', 'MINUTE', 93_780_000],
    ['02:03:04', 'HOUR', 'SECOND', 7_384_000],
    ['3:4.005', 'MINUTE', 'SECOND', 184_005],
    ['100:00', 'HOUR', 'MINUTE', 360_000_000],
  ])("'%s' %s TO %s is %d ms", (text, from, to, value) => {
    expect(parseInterval(text, from, to)).toEqual({ value, months: false })
  })

  test.each([
    ['', 'DAY', 'DAY'],
    ['1.5', 'DAY', 'DAY'],
    ['1 24', 'DAY', 'HOUR'],
    ['1:60', 'HOUR', 'MINUTE'],
    ['1', 'DAY', 'HOUR'],
    ['1:2:3', 'DAY', 'MINUTE'],
    ['99999999999999', 'DAY', 'DAY'],
    ['1-12', 'YEAR', 'MONTH'],
    ['1', 'HOUR', 'DAY'],
    ['1', 'DAY', 'MONTH'],
  ])("'%s' %s TO %s is refused", (text, from, to) => {
    expect(parseInterval(text, from, to)).toEqual({
      message: expect.stringMatching(/\.$/) as string,
    })
  })
})
