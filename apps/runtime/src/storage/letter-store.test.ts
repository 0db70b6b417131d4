/** The store of dead letters: limits are kept and counted, and nothing counts twice. */

import type { DeadLetter } from '@millrace/engine'
import { expect, test } from 'vitest'
import type { LetterEvent } from '../letters/letter-events.ts'
import { LetterStore } from './letter-store.ts'
import { openLetterTables } from './letter-tables.ts'

const LIMITS = { countMax: 10, bytesMax: 1_000_000, keepMs: 1000 }

function refused(n: number, more: Partial<DeadLetter> = {}): LetterEvent {
  const letter: DeadLetter = {
    ...{ nodeId: 'half', operator: 'filter', code: 'division-by-zero', raw: `{"n":${n}}` },
    ...{ reason: `No ${n}.`, line: null, offsetBytes: null, refusedAtMs: n, channel: 0 },
    ...more,
  }
  return { kind: 'refused', jobId: 'job', id: `job.half.${n}`, letter }
}

function outcome(n: number, attempt: number, result: 'passed' | 'refused'): LetterEvent {
  const cause = { code: 'other', message: 'Other.' }
  return {
    kind: 'outcome',
    jobId: 'job',
    outcome: {
      ...{ letterId: `job.half.${n}`, attempt, nodeId: 'half', result, atMs: 5 },
      ...(result === 'refused' ? { cause } : {}),
    },
  }
}

function open(limits = LIMITS) {
  const store = new LetterStore(openLetterTables(':memory:'), limits)
  let place = 0
  const apply = (events: readonly LetterEvent[], nowMs = 0) => {
    place += events.length
    store.apply(events, place, () => 'p', nowMs)
  }
  return { store, apply }
}

const range = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => from + index)

test('beyond the number that is kept the oldest go, first those that are done, and are counted', () => {
  const { store, apply } = open()
  apply(range(0, 10).map((n) => refused(n)))
  store.send('job.half.7', 'job', undefined, undefined)
  apply([outcome(7, 1, 'passed')])
  apply(range(10, 13).map((n) => refused(n)))
  const kept = store.list({ pipelineId: 'p', limit: 100 }).map(({ id }) => id)
  expect(kept).toEqual([12, 11, 10, 9, 8, 6, 5, 4, 3, 2].map((n) => `job.half.${n}`))
  expect(store.books('p')).toMatchObject({ open: 10, done: 0, seen: 13, displaced: 2, expired: 0 })
})

test('beyond the size that is kept the oldest go', () => {
  const { store, apply } = open({ ...LIMITS, bytesMax: 3000 })
  apply(range(0, 8).map((n) => refused(n, { raw: 'x'.repeat(500) })))
  expect(store.books('p')).toMatchObject({ open: 3, bytes: 3000, displaced: 5 })
})

test('what is older than it is kept goes, and is counted', () => {
  const { store, apply } = open()
  apply([refused(1), refused(900)], 0)
  apply([refused(1001)], 1500)
  expect(store.books('p')).toMatchObject({ open: 2, expired: 1, seen: 3 })
})

test('what is told again counts once', () => {
  const { store, apply } = open()
  apply([refused(1), refused(1)])
  expect(store.send('job.half.1', 'job', undefined, undefined)).toMatchObject({ attempt: 1 })
  expect(store.send('job.half.1', 'job', undefined, undefined)).toBeUndefined()
  apply([outcome(1, 1, 'refused'), outcome(1, 1, 'passed')])
  expect(store.find('p', 'job.half.1')).toMatchObject({
    ...{ state: 'open', attempts: 1, result: 'refused' },
    detail: { code: 'other', reason: 'Other.' },
  })
  expect(store.send('job.half.1', 'job', undefined, undefined)).toMatchObject({ attempt: 2 })
  apply([outcome(1, 1, 'refused'), outcome(1, 2, 'passed')])
  expect(store.find('p', 'job.half.1')).toMatchObject({ state: 'done', result: 'passed' })
  expect(store.groups('p').map(({ code, done, open: left }) => [code, left, done])).toEqual([
    ['other', 0, 1],
  ])
})

test('a job that ends leaves open what it has not come to', () => {
  const { store, apply } = open()
  apply([refused(1), refused(2)])
  store.send('job.half.1', 'job', undefined, undefined)
  expect(store.jobsSentTo()).toEqual(['job'])
  store.reopen('job')
  expect(store.books('p')).toMatchObject({ open: 2, sent: 0 })
  expect(store.jobsSentTo()).toEqual([])
})

test('a text of the user is sent in place of what came, and a discarded letter is gone', () => {
  const { store, apply } = open()
  apply([refused(1), refused(2)])
  const edited = new Uint8Array([1, 2])
  expect(store.send('job.half.1', 'job', edited, 77)).toMatchObject({
    ...{ bytes: edited, eventTimeMs: 77, channel: 0, nodeId: 'half' },
  })
  expect(store.discard('p', ['job.half.1', 'job.half.2', 'job.half.9'])).toBe(1)
  expect(store.books('p')).toMatchObject({ open: 0, sent: 1, discarded: 1 })
  expect(store.find('other', 'job.half.1')).toBeUndefined()
})
