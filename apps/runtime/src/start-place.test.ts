/** Where sources begin, as the command line is told. */

import { expect, test } from 'vitest'
import { parseStartAt } from './start-place.ts'

test.each([
  ['earliest', { kind: 'earliest' }],
  ['latest', { kind: 'latest' }],
  ['2026-01-01T00:00:00Z', { kind: 'timestamp', timestampMs: Date.UTC(2026, 0, 1) }],
  [
    'orders:0=15, a:b:2=0',
    {
      kind: 'offsets',
      offsets: [
        { topic: 'orders', partition: 0, offset: 15 },
        { topic: 'a:b', partition: 2, offset: 0 },
      ],
    },
  ],
  ['noon', undefined],
  ['orders=15', undefined],
  ['orders:0=-1', undefined],
  ['orders:0=1,', undefined],
])('"%s" is read as %j', (text, expected) => {
  expect(parseStartAt(text)).toEqual(expected)
})
