/** Checks that the log says what happened to a job, once and in words. */

import { expect, test } from 'vitest'
import { extendLog, LOG_ENTRIES_MAX, type LogEntry } from './job-log.ts'
import { statusOf } from './testing/wire-values.ts'

const texts = (log: readonly LogEntry[]) => log.map(({ text }) => text)

test('a status without news leaves the log as it is', () => {
  const log = extendLog([], undefined, statusOf(), 1)
  expect(texts(log)).toEqual(['Running, version 3.'])
  expect(extendLog(log, statusOf(), statusOf(), 2)).toBe(log)
})

test('a restart says how often, from where, and why', () => {
  const failure = { domain: 'internal', retry: true, message: 'The engine host ended.' } as const
  const log = extendLog([], statusOf(), statusOf({ state: 'restarting', restarts: 1, failure }), 1)
  expect(texts(log)).toEqual([
    'Restart 1, again from the sources. The engine host ended.',
    'Restarting.',
  ])
})

test('a failure names its cause and leads to its node', () => {
  const failure = {
    domain: 'user',
    retry: false,
    nodeId: 'per-page',
    message: 'SUM(ms) of key "home" is beyond 2^53 - 1.',
  } as const
  const [entry] = extendLog([], statusOf(), statusOf({ state: 'failed', failure }), 1)
  expect(entry).toMatchObject({
    tone: 'bad',
    text: 'Failed: SUM(ms) of key "home" is beyond 2^53 - 1.',
    nodeId: 'per-page',
  })
})

test('pace and dead letters are news', () => {
  const after = statusOf({ pace: 50, deadLetters: 1_012 })
  expect(texts(extendLog([], statusOf({ deadLetters: 1_000 }), after, 1))).toEqual([
    'Pace: 50/s.',
    '1,012 dead letters so far.',
  ])
})

test('the log keeps the last entries only, with numbers that go on', () => {
  let log: readonly LogEntry[] = []
  for (let index = 0; index < LOG_ENTRIES_MAX + 10; index++) {
    const state = index % 2 === 0 ? 'paused' : 'running'
    log = extendLog(
      log,
      statusOf({ state: state === 'paused' ? 'running' : 'paused' }),
      statusOf({ state }),
      index,
    )
  }
  expect([log.length, log[0]?.id]).toEqual([LOG_ENTRIES_MAX, 11])
})

test('dead letters that follow each other are one line that counts', () => {
  let log = extendLog([], undefined, statusOf(), 1)
  for (const deadLetters of [1, 5, 30]) {
    log = extendLog(log, statusOf({ deadLetters: deadLetters - 1 }), statusOf({ deadLetters }), 2)
  }
  expect(texts(log)).toEqual(['Running, version 3.', '30 dead letters so far.'])
  log = extendLog(log, statusOf(), statusOf({ state: 'paused' }), 3)
  log = extendLog(log, statusOf({ deadLetters: 30 }), statusOf({ deadLetters: 31 }), 4)
  expect(texts(log).slice(1)).toEqual([
    ...['30 dead letters so far.', 'Paused.', '31 dead letters so far.'],
  ])
})
