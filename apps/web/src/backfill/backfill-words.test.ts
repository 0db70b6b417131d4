/** What is said of a backfill. */

import type { wire } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { lettersText, pillText, remainingText, shareOf } from './backfill-words.ts'

const STATUS: wire.BackfillStatus = {
  ...{ backfillId: 'b', pipelineId: 'p', jobId: 'j', fromVersion: 1, version: 2 },
  ...{ from: { kind: 'earliest' }, state: 'running', automatic: false, message: null },
  ...{ startedAtMs: 0, endedAtMs: null, records: 997, recordsBehind: 3, recordsBehindMax: 0 },
  ...{ caughtUp: false, watermark: 'start', liveWatermark: 'start' },
  ...{ remainingMs: null, deadLetters: 0 },
}

test('it is never said to have read all before it has', () => {
  expect(pillText(STATUS)).toBe('Backfill: 99 %')
  expect(pillText({ ...STATUS, records: 1, recordsBehind: 1 })).toBe('Backfill: 50 %')
  expect(pillText({ ...STATUS, caughtUp: true })).toBe('Backfill: caught up')
  expect(pillText({ ...STATUS, state: 'switching' })).toBe('Switching')
})

test('where there is nothing to read, all of it is read', () => {
  expect(shareOf({ ...STATUS, records: 0, recordsBehind: 0 })).toBe(1)
})

test('an estimate is given where there is one', () => {
  expect(remainingText(STATUS)).toBe('How long it takes is not known yet.')
  expect(remainingText({ ...STATUS, remainingMs: 4_000 })).toMatch(/^About 4.* s until it/)
  expect(remainingText({ ...STATUS, caughtUp: true })).toMatch(/^It has caught up/)
})

test('one old record is one', () => {
  expect(lettersText(1)).toBe('1 old record could not be processed by the new version.')
  expect(lettersText(2000)).toMatch(/^2.000 old records could not/)
})
