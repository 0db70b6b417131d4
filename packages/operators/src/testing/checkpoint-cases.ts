/**
 * Streams on which operators keep every kind of state that the examples in their docs do not show.
 * What was made of them once is stored, so they only ever grow.
 */

import {
  type CheckpointCase,
  record,
  seededRandom,
  stream,
  type TestElement,
  watermark,
} from '@millrace/engine/testing'

const COLUMNS = { k: 'string', n: 'integer', d: 'double', s: 'string' }

/** Of everything that has a state of its own. */
const AGGREGATES = {
  rows: 'COUNT(*)',
  kinds: 'COUNT(DISTINCT n)',
  about: 'APPROX_COUNT_DISTINCT(s)',
  whole: 'SUM(n)',
  parts: 'SUM(d)',
  mean: 'AVG(d)',
  least: 'MIN(s)',
  most: 'MAX(d)',
  first: 'FIRST_VALUE(n)',
  last: 'LAST_VALUE(s)',
  middle: 'PERCENTILE(d, 0.5)',
  spread: 'STDDEV_SAMP(d)',
  list: "LISTAGG(s, '+')",
  all: 'COLLECT(n)',
  few: 'SUM(DISTINCT d) FILTER (WHERE n > 0)',
}

function rows(seed: number, count: number): readonly TestElement[] {
  const random = seededRandom(seed)
  let nowMs = -50
  return Array.from({ length: count }, () => {
    nowMs += random.integer(0, 30)
    if (random.chance(0.1)) return watermark(nowMs - 60)
    const row = {
      k: random.pick(['a', 'b', 'é', null]),
      n: random.chance(0.2) ? null : random.integer(-5, 5),
      d: random.pick([0.1, -2.5, 1e300, null, random.next()]),
      s: random.pick(['x', '日本', '', null, `s${random.integer(0, 30)}`]),
    }
    return record(row, nowMs - random.integer(0, 50))
  })
}

const stream1 = { in: stream(COLUMNS, rows(1, 60)) }

/** By operator. */
export const CHECKPOINT_CASES: ReadonlyMap<string, readonly CheckpointCase[]> = new Map([
  [
    'tumbling-window',
    [
      {
        title: 'Every aggregate',
        config: { size: '1s', groupBy: ['k'], aggregates: AGGREGATES },
        inputs: stream1,
      },
      {
        title: 'Windows that fire early and late',
        config: {
          size: '100ms',
          groupBy: ['k'],
          aggregates: AGGREGATES,
          early: { count: 2 },
          allowedLateness: '200ms',
        },
        inputs: stream1,
      },
    ],
  ],
  [
    'hopping-window',
    [
      {
        title: 'Overlapping windows that need not divide each other',
        config: { size: '250ms', slide: '100ms', groupBy: ['k'], aggregates: AGGREGATES },
        inputs: stream1,
      },
    ],
  ],
  [
    'session-window',
    [
      {
        title: 'Sessions that are joined and fire late',
        config: { gap: '40ms', groupBy: ['k'], aggregates: AGGREGATES, allowedLateness: '300ms' },
        inputs: stream1,
      },
    ],
  ],
  [
    'group-aggregate',
    [
      {
        title: 'Every aggregate, updated',
        config: { groupBy: ['k'], aggregates: AGGREGATES, stateTimeToLive: '1h' },
        inputs: stream1,
      },
      {
        title: 'Every aggregate over a table',
        config: { groupBy: ['k'], aggregates: AGGREGATES },
        inputs: { in: { ...stream1.in, table: { changes: 'retract', key: ['n', 's'] } } },
      },
    ],
  ],
])
