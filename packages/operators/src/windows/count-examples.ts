/** The examples of count windows. */

import type { Example } from '@millrace/pipeline'

const readings = { sensor: 'string', celsius: 'double' }

export const countExamples: readonly Example[] = [
  {
    title: 'The mean of every two readings of a sensor',
    config: { size: 2, groupBy: ['sensor'], aggregates: { mean: 'AVG(celsius)' } },
    inputs: {
      in: {
        schema: readings,
        elements: [
          { at: '2026-01-01T00:00:00Z', row: { sensor: 'a', celsius: 20 } },
          { at: '2026-01-01T00:00:01Z', row: { sensor: 'b', celsius: 7 } },
          { at: '2026-01-01T00:00:02Z', row: { sensor: 'a', celsius: 21 } },
          { at: '2026-01-01T00:00:03Z', row: { sensor: 'a', celsius: 30 } },
        ],
      },
    },
    outputs: { out: [{ at: '2026-01-01T00:00:02Z', row: { sensor: 'a', mean: 20.5 } }] },
  },
  {
    title: 'After each reading, the highest of the last three',
    config: { size: 3, slide: 1, groupBy: ['sensor'], aggregates: { highest: 'MAX(celsius)' } },
    inputs: {
      in: {
        schema: readings,
        eventTime: false,
        elements: [
          { row: { sensor: 'a', celsius: 25 } },
          { row: { sensor: 'a', celsius: 21 } },
          { row: { sensor: 'a', celsius: 20 } },
          { row: { sensor: 'a', celsius: 22 } },
        ],
      },
    },
    outputs: {
      out: [
        { row: { sensor: 'a', highest: 25 } },
        { row: { sensor: 'a', highest: 25 } },
        { row: { sensor: 'a', highest: 25 } },
        { row: { sensor: 'a', highest: 22 } },
      ],
    },
  },
]
