/** What the form of a record writes, and what it says at its fields. */

import { expect, test } from 'vitest'
import { EMPTY_RECORD, readRecord, refusedParts } from './new-record.ts'

const DRAFT = { ...EMPTY_RECORD, value: { kind: 'json', text: '{"item":"tea"}' } } as const

test('a record without a key goes to whichever partition comes next, now', () => {
  expect(readRecord(DRAFT).body).toEqual({ key: null, value: { text: '{"item":"tea"}' } })
})

test('everything that is given is written', () => {
  const draft = {
    ...DRAFT,
    key: { kind: 'text', text: 'ada' },
    value: { kind: 'base64', text: '/wA=\n' },
    headers: [
      { name: 'source', value: 'by hand' },
      { name: '', value: '' },
    ],
    ...{ partition: '2', timestampMs: '2026-01-01T00:00:01Z', idempotencyKey: ' order-1 ' },
  } as const
  expect(readRecord(draft).body).toEqual({
    ...{ key: { text: 'ada' }, value: { base64: '/wA=' }, partition: 2 },
    timestampMs: Date.UTC(2026, 0, 1, 0, 0, 1),
    headers: [{ name: 'source', value: { text: 'by hand' } }],
    idempotencyKey: 'order-1',
  })
})

test('a record without a value says that its key is gone', () => {
  const draft = {
    ...DRAFT,
    key: { kind: 'text', text: 'ada' },
    value: { kind: 'none', text: '' },
  } as const
  expect(readRecord(draft).body).toEqual({ key: { text: 'ada' }, value: null })
})

test('what cannot be read is said at its field, all at once', () => {
  const { errors = [] } = readRecord({
    ...DRAFT,
    key: { kind: 'base64', text: 'ab!' },
    value: { kind: 'json', text: '{"item":' },
    headers: [{ name: '', value: 'x' }],
    timestampMs: 'noon',
  })
  expect([...errors]).toEqual([
    ['key', expect.stringMatching(/^This is no base64\./)],
    ['value', expect.stringMatching(/^This is no JSON: .+\. Correct it, or write it as text\.$/)],
    ['timestampMs', expect.stringMatching(/^"noon" is no time\./)],
    ['headers', expect.stringMatching(/^A header has a value and no name\./)],
  ])
})

test('what the host refuses is said at the part that it names', () => {
  const message = 'A record for topic "orders" has no key.'
  const problem = { code: 'topic-refused', severity: 'error', path: ['key'], message } as const
  const error = { code: 'topic-refused', message, problems: [{ ...problem, path: ['key'] }] }
  expect(refusedParts(error)).toEqual(new Map([['key', message]]))
  expect(refusedParts({ code: 'topic-no-space', message: 'Full.' })).toEqual(
    new Map([['value', 'Full.']]),
  )
})
