/** What is asked of a start, from what stands in its form. */

import { expect, test } from 'vitest'
import { toStartFrom } from './start-choice.ts'

const FORM = { time: '', offsets: '' } as const

test.each([
  [{ kind: 'usual' }, { from: undefined }],
  [{ kind: 'latest' }, { from: { kind: 'latest' } }],
  [
    { kind: 'timestamp', time: ' 1970-01-01T00:00:01Z' },
    { from: { kind: 'timestamp', timestampMs: 1000 } },
  ],
  [
    { kind: 'timestamp', time: 'noon' },
    { wrong: '"noon" is no time. Write it as 2026-01-01T00:00:00Z.' },
  ],
  [
    { kind: 'timestamp', time: ' ' },
    { wrong: 'No time is named. Write it as 2026-01-01T00:00:00Z.' },
  ],
  [
    { kind: 'offsets', offsets: 'a:0=1\n\nb:2=30' },
    {
      from: {
        kind: 'offsets',
        offsets: [
          { topic: 'a', partition: 0, offset: 1 },
          { topic: 'b', partition: 2, offset: 30 },
        ],
      },
    },
  ],
  [
    { kind: 'offsets', offsets: 'a:0=1, b=2' },
    { wrong: '"b=2" is no place. Write it as orders:0=15.' },
  ],
  [
    { kind: 'offsets', offsets: ' ' },
    { wrong: 'No place is named. Write a line for each partition, such as orders:0=15.' },
  ],
] as const)('%j becomes %j', (form, expected) => {
  expect(toStartFrom({ ...FORM, ...form })).toEqual(expected)
})
