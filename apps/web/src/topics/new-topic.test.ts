/** What the form of a new topic asks the host for, and what it says at its fields. */

import { expect, test } from 'vitest'
import { EMPTY_DRAFT, readDraft, refusedFields, wrongSoFar } from './new-topic.ts'

test('fields that are left empty are left out', () => {
  expect(readDraft({ ...EMPTY_DRAFT, topic: ' orders ' })).toEqual({ body: { topic: 'orders' } })
})

test('durations and sizes are read as in documents', () => {
  const draft = {
    ...{ topic: 'orders', partitions: '4', compact: true, retentionMs: '7d' },
    ...{ retentionBytes: '1GB', tombstoneRetentionMs: '2h', segmentBytes: '16MB' },
    recordBytesMax: '512KB',
  }
  expect(readDraft(draft).body).toEqual({
    ...{ topic: 'orders', partitions: 4, compact: true, retentionMs: 604_800_000 },
    ...{ retentionBytes: 1024 ** 3, tombstoneRetentionMs: 7_200_000 },
    ...{ segmentBytes: 16 * 1024 ** 2, recordBytesMax: 512 * 1024 },
  })
})

test('how long tombstones stay is not asked for where nothing is compacted', () => {
  const draft = { ...EMPTY_DRAFT, topic: 'orders', tombstoneRetentionMs: '2 hours' }
  expect(readDraft(draft).body).toEqual({ topic: 'orders' })
})

test('what cannot be read is said at its field, all at once', () => {
  const draft = { ...EMPTY_DRAFT, partitions: 'many', retentionMs: '7', segmentBytes: '1 MB' }
  expect([...(readDraft(draft).errors ?? [])]).toEqual([
    ['topic', 'A topic needs a name, for instance "orders".'],
    ['partitions', '"many" is no whole number. Choose one from 1 to 256.'],
    ['retentionMs', expect.stringMatching(/^"7" has no unit\./)],
    ['segmentBytes', expect.stringMatching(/^"1 MB" is not a size\./)],
  ])
})

test('what the host refuses is said at the field that it names', () => {
  const problem = { code: 'topic-refused', severity: 'error', message: 'Choose fewer.' } as const
  const problems = [{ ...problem, path: ['partitions'] }]
  expect(refusedFields({ code: 'topic-refused', message: 'No.', problems })).toEqual(
    new Map([['partitions', 'Choose fewer.']]),
  )
  expect(refusedFields({ code: 'topic-no-space', message: 'The disk is full.' })).toEqual(
    new Map([['topic', 'The disk is full.']]),
  )
})

test('a sign that no name has is refused while it is typed, and a duration once it is left', () => {
  const draft = { ...EMPTY_DRAFT, topic: 'orders für', retentionMs: '7', partitions: 'x' }
  expect([...wrongSoFar(draft, new Set(['retentionMs']))]).toEqual([
    [
      'topic',
      expect.stringMatching(/^A topic cannot be called "orders für"\. A name has 1 to 100/),
    ],
    ['retentionMs', expect.stringMatching(/^"7" has no unit\./)],
  ])
  const own = { ...EMPTY_DRAFT, topic: 'millrace.letters' }
  expect(wrongSoFar(own, new Set()).get('topic')).toContain("would be Millrace's own by its name")
  expect([...wrongSoFar(EMPTY_DRAFT, new Set(['topic', 'retentionMs']))]).toEqual([])
})
