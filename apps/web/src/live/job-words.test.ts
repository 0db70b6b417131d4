/** Checks that every state of a job is said in words, with what to do next. */

import { expect, test } from 'vitest'
import { goesOn, isActive, jobWords, paceText } from './job-words.ts'
import { statusOf } from './testing/wire-values.ts'

test.each([
  ['user', 'n', 'Mend “Numbers”, then start it again.'],
  ['user', undefined, 'Change the pipeline, then start it again.'],
  [
    'external',
    undefined,
    'See that what the pipeline reads and writes is there, then start it again.',
  ],
  [
    'internal',
    undefined,
    'Start it again. If it fails in the same way, report it with the text above.',
  ],
] as const)('a failure of domain %s at %s has a next step', (domain, nodeId, nextStep) => {
  const failure = { domain, retry: false, message: 'Why.', ...(nodeId ? { nodeId } : {}) }
  const nameOf = () => 'Numbers'
  expect(jobWords(statusOf({ state: 'failed', failure }), nameOf)).toEqual({
    ...{ label: 'Failed', tone: 'bad', detail: 'Why.', nextStep },
  })
})

test('the node at which a job failed is called by its title, and others as they are', () => {
  const message = 'Node "per-page" keeps 9 keys. See node "per-page-2", or node "per-page".'
  const failure = { domain: 'user', retry: false, message, nodeId: 'per-page' } as const
  const { detail } = jobWords(statusOf({ state: 'failed', failure }), () => 'A $& page')
  expect(detail).toBe('Node “A $& page” keeps 9 keys. See node "per-page-2", or node “A $& page”.')
})

test('a job that stopped the engine again and again is quarantined, as its message says', () => {
  const message =
    'The engine has stopped 3 times because of this job. Change it, and start it again.'
  const failure = { domain: 'internal', retry: false, message, quarantined: true } as const
  expect(jobWords(statusOf({ state: 'failed', failure }))).toEqual({
    ...{ label: 'Quarantined', tone: 'bad', detail: message },
  })
})

test('restarts stay visible while the job runs on, with what they mean', () => {
  expect(jobWords(statusOf({ restarts: 2 }))).toEqual({
    label: 'Running',
    tone: 'good',
    detail: 'Restarted 2 times; it began again at its sources, since there was no checkpoint yet.',
  })
  const checkpoints = {
    ...{ intervalMs: 10_000, last: null, failures: 0 },
    restored: { id: 17, atMs: 1_000_000 },
  }
  expect(jobWords(statusOf({ restarts: 1, checkpoints }))).toMatchObject({
    detail: 'Restarted once; it went on from checkpoint 17.',
  })
})

test('a job is active until it has ended', () => {
  const states = ['starting', 'paused', 'restarting', 'finishing', 'finished', 'failed'] as const
  expect(states.filter((state) => isActive(statusOf({ state })))).toEqual(states.slice(0, 4))
  expect(isActive(undefined)).toBe(false)
})

test('no pace is full speed', () => {
  expect([null, 50, 1_200].map(paceText)).toEqual(['Full speed', '50/s', '1.20k/s'])
})

const LAST = { id: 7, atMs: 0, bytes: 0, durationMs: 1, reason: 'interval' } as const

test.each([
  ['stopped to go on later', 'stopped', 'stop', true, 'Continue goes on from checkpoint 7.'],
  [
    'whose input was ended',
    ...(['stopped', 'end', false] as const),
    'Its input was ended. Start again begins anew, where each source says.',
  ],
  ['that came to its end', 'finished', 'end', false, undefined],
] as const)('of a job %s it is said what a start does', (_, state, reason, goes, detail) => {
  const last = { ...LAST, reason }
  const checkpoints = { intervalMs: 10_000, last, failures: 0, restored: null }
  const status = statusOf({ state, checkpoints })
  expect(goesOn(status)).toBe(goes)
  expect(jobWords(status).detail).toBe(detail)
})
