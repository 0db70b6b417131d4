/** Which times and watermarks assign-time gives, and what it refuses. */

import {
  record,
  runOperator,
  seededRandom,
  stream,
  type TestElement,
  watermark,
} from '@millrace/engine/testing'
import { isoTimestamp } from '@millrace/pipeline'
import { describe, expect, test } from 'vitest'
import { expectSame } from '../testing/expect-same.ts'
import { overSeeds } from '../testing/random-streams.ts'
import { columns, refusals } from '../testing/refusals.ts'
import { streamCount } from '../testing/stream-count.node.ts'
import { assignTime } from './assign-time.ts'

describe('the time', () => {
  test.each<[string, unknown, unknown, number]>([
    ['timestamp', 'at', '1970-01-01T00:00:01.500Z', 1500],
    ['integer', 'at', 1500, 1500],
    ['integer', { column: 'at', unit: 's' }, -2, -2000],
    ['double', { column: 'at', unit: 's' }, 1.5, 1500],
    ['string', 'at', '1970-01-01 00:00:01.5', 1500],
    ['string', 'at', '1970-01-01T02:00:00+02:00', 0],
    ['string', { column: 'at', format: 'dd/MM/yyyy HH:mm:ss' }, '02/01/1970 00:00:01', 86_401_000],
  ])('is read from a column of type %s by %j', (type, eventTime, at, expected) => {
    const input = stream({ at: type }, [record({ at })], false)
    const { outputs } = runOperator(assignTime, { eventTime }, { in: input })
    expect(outputs['out']?.[0]).toEqual(record({ at }, expected))
  })

  test.each<[string, unknown, unknown, string]>([
    ['timestamp', 'at', null, 'Event time "at" is missing or NULL.'],
    ['string', 'at', 'soon', '"soon" is not an ISO-8601 time. Set eventTime.format if it is one.'],
    [
      'string',
      { column: 'at', format: 'dd/MM/yyyy' },
      '1970-01-01',
      '"1970-01-01" does not fit the format "dd/MM/yyyy".',
    ],
    ['double', 'at', 'NaN', 'Event time "at" is NaN, which is no time.'],
    [
      'integer',
      { column: 'at', unit: 's' },
      1_767_225_600_000,
      'Event time "at" is 1767225600000000 ms since 1970, outside of the years 0 to 9999 ' +
        '(0000-01-01T00:00:00.000Z to 9999-12-31T23:59:59.999Z). Check its unit.',
    ],
  ])('a %s read by %j that is %j leaves through errors', (type, eventTime, at, reason) => {
    const input = stream({ at: type }, [record({ at })], false)
    const { outputs, ledger } = runOperator(assignTime, { eventTime }, { in: input })
    expect(outputs['out']).toEqual([])
    expect(outputs['errors']).toMatchObject([{ row: { reason, node: 'tested' } }])
    expect(ledger.toJson()).toMatchObject({ in: 1, passed: 0, deadLettered: 1 })
  })
})

describe('watermarks', () => {
  test('that come in are ignored', () => {
    const input = stream({ at: 'integer' }, [
      record({ at: 100 }, 5),
      watermark(5000),
      record({ at: 300 }, 6),
    ])
    const { outputs } = runOperator(assignTime, { eventTime: 'at' }, { in: input })
    expect(outputs['out']).toEqual([
      record({ at: 100 }, 100),
      watermark(99),
      record({ at: 300 }, 300),
      watermark(299),
    ])
  })

  /** One stands behind a record when the latest time less delay and 1 enters another interval. */
  function byHand(times: readonly (number | null)[], delayMs: number, intervalMs: number) {
    const expected: TestElement[] = []
    let latestMs = Number.NEGATIVE_INFINITY
    let step = Number.NEGATIVE_INFINITY
    for (const timeMs of times) {
      if (timeMs === null) continue
      expected.push(record({ at: isoTimestamp(timeMs) }, timeMs))
      latestMs = Math.max(latestMs, timeMs)
      const stepNow = Math.floor((latestMs - delayMs) / intervalMs)
      if (stepNow > step) expected.push(watermark(latestMs - delayMs - 1))
      step = stepNow
    }
    return expected
  }

  test('of 500 random streams equal those made by hand, whatever the batch size', () => {
    overSeeds(assignTime, streamCount(500), (seed) => {
      const random = seededRandom(seed)
      const delayMs = random.pick([0, 1, 7, 50])
      const intervalMs = random.pick([1, 10, 100])
      const spread = random.pick([5, 100, 2000])
      let nowMs = random.integer(-1000, 1000)
      const times = Array.from({ length: random.integer(0, 50) }, () => {
        nowMs += random.integer(0, 40)
        return random.chance(0.05) ? null : nowMs - random.integer(0, spread)
      })
      const elements = times.map((timeMs) =>
        record({ at: timeMs === null ? null : isoTimestamp(timeMs) }),
      )
      const config = {
        eventTime: 'at',
        watermark: { maxOutOfOrderness: `${delayMs}ms`, interval: `${intervalMs}ms` },
      }
      for (const batchRows of [1, 7, 1000]) {
        const { outputs } = runOperator(
          assignTime,
          config,
          { in: stream({ at: 'timestamp' }, elements, false) },
          { batchRows },
        )
        const where = `seed ${seed}, batches of ${batchRows}`
        expectSame(outputs['out'], byHand(times, delayMs, intervalMs), where)
      }
    })
  })
})

const schema = { at: 'timestamp', n: 'integer', text: 'string', tags: 'list<string>' }

test.each<[object, readonly string[]]>([
  [
    {},
    [
      'missing-field eventTime Field "eventTime" is required. Add it, for instance "eventTime": "at".',
    ],
  ],
  [
    { eventTime: 'att' },
    ['unknown-column eventTime Event time "att" is not a column of the schema. Did you mean "at"?'],
  ],
  [
    { eventTime: 'tags' },
    [
      'event-time-type eventTime Event time "tags" is of type list<string> and must be one of timestamp, integer, ' +
        'double, string. Change its type in the schema, or choose another column.',
    ],
  ],
  [
    { eventTime: { column: 'at', format: 'yyyy' } },
    [
      'event-time-type eventTime Format is for texts, and column "at" is a timestamp already. Remove the format.',
    ],
  ],
  [
    { eventTime: { column: 'n', format: 'yyyy' } },
    [
      'event-time-type eventTime Format is for texts, and event time "n" is of type integer. Make the column a ' +
        'timestamp, or replace format by unit.',
    ],
  ],
  [
    { eventTime: { column: 'text', unit: 's' } },
    [
      'event-time-type eventTime Unit is for numbers, and event time "text" is of type string. Make the column a ' +
        'timestamp or an integer.',
    ],
  ],
  [
    { eventTime: { column: 'text', format: "yyyy'" } },
    [
      `bad-time-pattern eventTime A quote in the date pattern "yyyy'" is not closed. Write '' for a quote, and text ` +
        'between two quotes.',
    ],
  ],
  [
    { eventTime: 'at', watermark: { idleTimeout: '5s' } },
    [
      'idle-timeout-not-at-source watermark.idleTimeout Idle timeout is 5s, and only a source can be idle: it knows ' +
        'when nothing arrives. Set it in the watermark of the source, together with an event time, or remove it.',
    ],
  ],
])('%j is refused', (config, expected) => {
  expect(refusals(assignTime, config, { in: columns(schema, false) })).toEqual(expected)
})

test('a table is refused', () => {
  const table = {
    ...columns(schema, false),
    table: { changes: 'retract' as const, key: ['text'] },
  }
  expect(refusals(assignTime, { eventTime: 'at' }, { in: table })).toEqual([
    'assign-time-on-table in The input is a table (retract), whose rows replace each other, and only records of an ' +
      'append stream can be given an event time. Put the assign-time before the operator that makes the table.',
  ])
})
