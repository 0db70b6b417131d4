/** Where windows lie: at local midnights, over days of 23 and 25 hours, and before 1970. */

import { record, runOperator, seededRandom, stream } from '@millrace/engine/testing'
import { parseTimestamp } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { columns, refusals } from '../testing/refusals.ts'
import { cumulateLayout, hoppingLayout } from './alignment.ts'
import { cumulateWindow } from './cumulate-window.ts'
import { hoppingWindow } from './hopping-window.ts'
import { tumblingWindow } from './tumbling-window.ts'
import type { WindowLayout } from './window-layout.ts'

const aggregates = { n: 'COUNT(*)' }
const HOUR_MS = 3_600_000

function ms(text: string): number {
  const timeMs = parseTimestamp(text)
  if (timeMs === null) throw new Error(`"${text}" is no time.`)
  return timeMs
}

/** The windows that contain a time, as texts. */
function windowsAt(layout: WindowLayout, timeMs: number): readonly string[] {
  const found: string[] = []
  layout.moveTo(timeMs)
  for (let more = layout.findOpen(Number.NEGATIVE_INFINITY); more; more = layout.findNext()) {
    const [start, end] = [layout.openStartMs, layout.openEndMs].map((at) =>
      new Date(at).toISOString().slice(0, 16),
    )
    found.push(`${start} ${end}`)
  }
  return found
}

const berlin = { offset: 0, timeZone: 'Europe/Berlin' }

test('a day in Berlin begins at local midnight, and has 23 hours in March and 25 in October', () => {
  const day = hoppingLayout(berlin, 24 * HOUR_MS, 24 * HOUR_MS)
  expect(windowsAt(day, ms('2026-01-15T12:00:00Z'))).toEqual(['2026-01-14T23:00 2026-01-15T23:00'])
  expect(windowsAt(day, ms('2026-03-29T12:00:00Z'))).toEqual(['2026-03-28T23:00 2026-03-29T22:00'])
  expect(windowsAt(day, ms('2026-10-25T12:00:00Z'))).toEqual(['2026-10-24T22:00 2026-10-25T23:00'])
})

test('parts of a day begin anew at each midnight: the last of a long day is an hour more', () => {
  const part = hoppingLayout(berlin, 6 * HOUR_MS, 6 * HOUR_MS)
  expect(windowsAt(part, ms('2026-03-29T21:00:00Z'))).toEqual(['2026-03-29T17:00 2026-03-29T22:00'])
  expect(windowsAt(part, ms('2026-03-29T22:00:00Z'))).toEqual(['2026-03-29T22:00 2026-03-30T04:00'])
  expect(windowsAt(part, ms('2026-10-25T22:30:00Z'))).toEqual(['2026-10-25T22:00 2026-10-25T23:00'])
  const hour = hoppingLayout(berlin, HOUR_MS, HOUR_MS)
  // The hour from two to three comes twice, and each is a window.
  expect(windowsAt(hour, ms('2026-10-25T00:30:00Z'))).toEqual(['2026-10-25T00:00 2026-10-25T01:00'])
  expect(windowsAt(hour, ms('2026-10-25T01:30:00Z'))).toEqual(['2026-10-25T01:00 2026-10-25T02:00'])
})

test('months, quarters, years and weeks from Monday follow the calendar', () => {
  const at = ms('2024-02-29T23:30:00Z')
  const layout = (size: number | { months: number }, offset = 0) =>
    hoppingLayout({ ...berlin, offset }, size, size)
  // In Berlin it is March already.
  expect(windowsAt(layout({ months: 1 }), at)).toEqual(['2024-02-29T23:00 2024-03-31T22:00'])
  expect(windowsAt(layout({ months: 3 }), at)).toEqual(['2023-12-31T23:00 2024-03-31T22:00'])
  expect(windowsAt(layout({ months: 12 }), at)).toEqual(['2023-12-31T23:00 2024-12-31T23:00'])
  const week = layout(7 * 24 * HOUR_MS, 4 * 24 * HOUR_MS)
  expect(windowsAt(week, at)).toEqual(['2024-02-25T23:00 2024-03-03T23:00'])
})

test('a day may begin at six in the morning, by the clocks of the place', () => {
  const layout = hoppingLayout({ ...berlin, offset: 6 * HOUR_MS }, 24 * HOUR_MS, 24 * HOUR_MS)
  expect(windowsAt(layout, ms('2026-03-29T03:00:00Z'))).toEqual([
    '2026-03-28T05:00 2026-03-29T04:00',
  ])
})

test('where midnight is skipped, the day begins at the first moment that there is', () => {
  const layout = hoppingLayout({ offset: 0, timeZone: 'America/Sao_Paulo' }, 86_400_000, 86_400_000)
  expect(windowsAt(layout, ms('2018-11-04T12:00:00Z'))).toEqual([
    '2018-11-04T03:00 2018-11-05T02:00',
  ])
})

test('a day that a place left out is no window', () => {
  const layout = hoppingLayout({ offset: 0, timeZone: 'Pacific/Apia' }, 86_400_000, 86_400_000)
  expect(windowsAt(layout, ms('2011-12-30T09:59:00Z'))).toEqual([
    '2011-12-29T10:00 2011-12-30T10:00',
  ])
  expect(windowsAt(layout, ms('2011-12-30T10:00:00Z'))).toEqual([
    '2011-12-30T10:00 2011-12-31T10:00',
  ])
})

test('hopping windows of a day, every six hours, end as long after midnight as they begin', () => {
  const layout = hoppingLayout(berlin, 24 * HOUR_MS, 6 * HOUR_MS)
  expect(windowsAt(layout, ms('2026-03-28T23:30:00Z'))).toEqual([
    '2026-03-28T05:00 2026-03-29T05:00',
    '2026-03-28T11:00 2026-03-29T11:00',
    '2026-03-28T17:00 2026-03-29T17:00',
    '2026-03-28T23:00 2026-03-29T22:00',
  ])
})

test('cumulate windows grow until local midnight', () => {
  const layout = cumulateLayout(berlin, 24 * HOUR_MS, 12 * HOUR_MS)
  expect(windowsAt(layout, ms('2026-10-25T09:00:00Z'))).toEqual([
    '2026-10-24T22:00 2026-10-25T10:00',
    '2026-10-24T22:00 2026-10-25T22:00',
    '2026-10-24T22:00 2026-10-25T23:00',
  ])
  const months = cumulateLayout(berlin, { months: 2 }, { months: 1 })
  expect(windowsAt(months, ms('2026-01-10T00:00:00Z'))).toEqual([
    '2025-12-31T23:00 2026-01-31T23:00',
    '2025-12-31T23:00 2026-02-28T23:00',
  ])
})

/** The local midnights around a time, found by looking at the date each quarter of an hour. */
function midnights(timeZone: string, timeMs: number, days: number): readonly number[] {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' })
  const stepMs = HOUR_MS / 4
  const first = Math.floor(timeMs / stepMs) * stepMs - days * 24 * HOUR_MS
  const found: number[] = []
  for (let at = first; at < first + 2 * days * 24 * HOUR_MS; at += stepMs) {
    if (format.format(at) !== format.format(at - stepMs)) found.push(at)
  }
  return found
}

test('each pane is in the windows that its definition says, over random times and zones', () => {
  const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu']
  const changes = [
    '2026-03-08T07:00Z',
    '2026-03-29T01:00Z',
    '2026-10-04T15:00Z',
    '1969-10-26T06:00Z',
  ]
  for (let seed = 1; seed <= 60; seed++) {
    const random = seededRandom(seed)
    const timeZone = random.pick(zones)
    const timeMs = ms(random.pick(changes)) + random.integer(-30, 30) * HOUR_MS
    const hours = random.pick([1, 2, 3, 4, 6, 8, 12, 24])
    const days = midnights(timeZone, timeMs, 3)
    const [dayMs = 0, nextMs = 0] = [
      days.findLast((at) => at <= timeMs),
      days.find((at) => at > timeMs),
    ]
    const startMs =
      hours === 24
        ? dayMs
        : dayMs + Math.floor((timeMs - dayMs) / (hours * HOUR_MS)) * hours * HOUR_MS
    const endMs = hours === 24 ? nextMs : Math.min(startMs + hours * HOUR_MS, nextMs)
    const layout = hoppingLayout({ offset: 0, timeZone }, hours * HOUR_MS, hours * HOUR_MS)
    layout.moveTo(timeMs)
    layout.findOpen(Number.NEGATIVE_INFINITY)
    const seen = [layout.startMs, layout.endMs, layout.openStartMs, layout.openEndMs]
    expect(seen, `seed ${seed}`).toEqual([startMs, endMs, startMs, endMs])
  }
})

test('every pane of hopping windows lies within those that contain it, over random times', () => {
  const day = 24 * HOUR_MS
  const grids = [
    [day, 6 * HOUR_MS],
    [7 * day, day],
    [12 * HOUR_MS, 8 * HOUR_MS],
    [6 * HOUR_MS, HOUR_MS],
    [HOUR_MS, day],
    [day, 2 * day],
    [{ months: 3 }, { months: 1 }],
    [{ months: 3 }, { months: 2 }],
    [7 * day, { months: 1 }],
  ] as const
  const random = seededRandom(7)
  for (const [size, slide] of grids) {
    const layout = hoppingLayout(berlin, size, slide)
    for (let count = 0; count < 200; count++) {
      const timeMs = ms('2026-03-29T01:00Z') + random.integer(-2000, 2000) * HOUR_MS
      const here = windowsAt(layout, timeMs)
      const { startMs, endMs } = layout
      expect(startMs <= timeMs && timeMs < endMs).toBe(true)
      expect(windowsAt(layout, startMs)).toEqual(here)
      expect(windowsAt(layout, endMs - 1)).toEqual(here)
      expect(windowsAt(layout, endMs)).not.toEqual(here.length === 0 ? ['none'] : here)
    }
  }
})

test('records before 1970 are in windows that begin before it, however times are counted', () => {
  //  [-10     0)[0     10)
  //     -1       0
  const input = stream({ id: 'integer' }, [record({ id: 1 }, -1), record({ id: 2 }, 0)])
  const { outputs } = runOperator(tumblingWindow, { size: '10ms', aggregates }, { in: input })
  expect(outputs['out']).toMatchObject([{ at: -1 }, { at: 9 }])
})

test.each([
  [
    { size: '1mo' },
    [
      'months-without-time-zone size Size 1mo counts months, which begin at a midnight somewhere. Add a time zone, for instance "Europe/Berlin" or "UTC", or count days: "30d".',
    ],
  ],
  [
    { size: '5h', timeZone: 'Europe/Berlin' },
    [
      'not-a-part-of-a-day size Size 5h does not divide a day, and with a time zone windows begin anew at each midnight. Choose one that divides 1d, for instance "1h", "6h" or "12h", or remove the time zone.',
    ],
  ],
  [
    { size: '36h', timeZone: 'UTC' },
    [
      'not-whole-days size Size 1d12h is longer than a day and not whole days, and with a time zone windows begin at midnight. Choose "2d", or remove the time zone.',
    ],
  ],
  [
    { size: '1d', timeZone: 'Mars/Base' },
    [
      "unknown-time-zone timeZone There is no time zone \"Mars/Base\". Write a name such as 'Europe/Berlin', or an offset such as 'GMT+02:00'.",
    ],
  ],
  [
    { size: '1mo2d', timeZone: 'UTC' },
    [
      'bad-duration size "1mo2d" adds months to days or less, and there is no telling which come first. Write one of them alone, for instance "1mo" or "30d".',
    ],
  ],
  [{ size: '1y', timeZone: 'Asia/Tokyo' }, []],
])('the answer to tumbling windows with %j is %j', (config, expected) => {
  const input = columns({ id: 'integer' })
  expect(refusals(tumblingWindow, { aggregates, ...config }, { in: input })).toEqual(expected)
})

test.each([
  [
    { size: '1mo', slide: '1d', timeZone: 'UTC' },
    [
      'slide-not-months slide Size 1mo counts months and slide 1d does not, so that windows that begin one after the other could end the other way round. Choose a slide in months, or a size in days.',
    ],
  ],
  [
    { size: '1y', slide: '1s', timeZone: 'UTC' },
    [
      'slide-not-months slide Size 1y counts months and slide 1s does not, so that windows that begin one after the other could end the other way round. Choose a slide in months, or a size in days.',
    ],
  ],
  [{ size: '7d', slide: '1mo', timeZone: 'UTC' }, []],
])('the answer to hopping windows with %j is %j', (config, expected) => {
  const input = columns({ id: 'integer' })
  expect(refusals(hoppingWindow, { aggregates, ...config }, { in: input })).toEqual(expected)
})

test.each([
  [
    { size: '10s', step: '3s' },
    [
      'cumulate-step-not-divisor step Size 10s is not a multiple of step 3s. Choose a step that divides the size.',
    ],
  ],
  [
    { size: '1mo', step: '7d', timeZone: 'UTC' },
    [
      'cumulate-step-not-divisor step Size 1mo is not a multiple of step 7d. Choose a step that divides the size.',
    ],
  ],
  [
    { size: '1d', step: '1ms' },
    [
      'too-many-windows step With size 1d and step 1ms a record would be in up to 86400000 windows, and the limit is 100000. Choose a step of at least 864ms, or a smaller size.',
    ],
  ],
  [{ size: '1mo', step: '1d', timeZone: 'UTC' }, []],
])('the answer to cumulate windows with %j is %j', (config, expected) => {
  const input = columns({ id: 'integer' })
  expect(refusals(cumulateWindow, { aggregates, ...config }, { in: input })).toEqual(expected)
})
