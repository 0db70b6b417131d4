/** What is said of letters: each sentence belongs to one state. */

import type { wire } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import {
  lineText,
  markOf,
  neverReplayable,
  outcomeOf,
  positionText,
  replayBar,
  wayOut,
  wayOutAgain,
} from './letter-words.ts'

const LETTER: wire.LetterSummary = {
  ...{ letter: 'j.n.1', group: 1, jobId: 'j', nodeId: 'n', operator: 'filter', state: 'open' },
  ...{ code: 'wrong-type', message: 'Wrong.', refusedAtMs: 0, bytes: 1, beginning: '' },
  ...{ truncated: false, replayable: true, attempts: 0 },
}

test('a position is a line of a file, a byte of it, or an offset of a partition', () => {
  const of = (more: Partial<wire.LetterSummary>) => positionText({ ...LETTER, ...more })
  expect(of({ file: 'a.jsonl', line: 1204, offsetBytes: 9 })).toBe('a.jsonl, line 1,204')
  expect(of({ file: 'a.jsonl', offsetBytes: 1009 })).toBe('a.jsonl, byte 1,009')
  expect(of({ topic: 't', partition: 2, offset: 33_000 })).toBe('t, partition 2, offset 33,000')
  expect(of({})).toBeUndefined()
})

test('in a list a record is shown from the column at fault on', () => {
  const beginning = '{"at":"2026-01-01T00:00:00Z",\n"amount":"12 EUR"}'
  expect(lineText({ ...LETTER, beginning, column: 'amount' })).toBe('… "amount":"12 EUR"}')
  expect(lineText({ ...LETTER, beginning, column: 'at' })).toBe(beginning.replace('\n', ' '))
  expect(lineText({ ...LETTER, beginning })).toBe(beginning.replace('\n', ' '))
})

test.each([
  [{}, undefined],
  [{ state: 'sent', attempts: 1 }, 'On its way'],
  [{ state: 'open', attempts: 1, givenBack: true }, 'Given back'],
  [{ state: 'discarded', attempts: 1, goneBack: true }, 'Gone back from'],
  [{ state: 'done', result: 'passed', attempts: 1 }, 'Accepted'],
  [{ state: 'done', result: 'filtered', attempts: 1 }, 'Accepted, and filtered out'],
  [{ state: 'done', result: 'late', attempts: 1 }, 'Accepted, and late'],
  [{ result: 'refused', attempts: 1 }, 'Refused again'],
  [{ result: 'refused', attempts: 3 }, 'Refused again, 3 times'],
  [{ attempts: 1 }, 'Not come to'],
  [{ state: 'discarded' }, 'Discarded'],
] as const)('of %j is said %j', (more, title) => {
  expect(outcomeOf({ ...LETTER, ...more }, 'Node')?.title).toBe(title)
})

test.each([
  [{}, undefined],
  [{ state: 'sent', attempts: 1 }, 'on its way'],
  [{ attempts: 1, givenBack: true }, 'given back'],
  [{ state: 'discarded', attempts: 1, goneBack: true }, 'gone back from'],
  [{ result: 'refused', attempts: 1 }, 'refused 2×'],
  [{ state: 'done', result: 'passed', attempts: 1 }, undefined],
  [{ state: 'done', result: 'late', attempts: 1 }, 'late'],
  [{ state: 'discarded' }, undefined],
] as const)('in a list %j is marked %j', (more, text) => {
  expect(markOf({ ...LETTER, ...more })?.text).toBe(text)
})

test.each([
  [undefined, false],
  ['running', true],
  ['paused', true],
  ['restarting', true],
  ['finishing', true],
  ['finished', false],
  ['failed', false],
  ['stopped', false],
] as const)('of a job that is %s, letters can be sent in: %s', (state, open) => {
  const status = state === undefined ? undefined : ({ state } as wire.JobStatus)
  const bar = replayBar(status, false)
  expect([bar.open, bar.title === undefined]).toEqual([open, state === 'running'])
  expect(replayBar(status, true)).toMatchObject({ open: false })
})

test.each([
  [undefined, 'sent in as it came'],
  ['{"n":"9.5"}', 'as the text "9.5", in quotes, and is declared as double. Correct it as 9.5,'],
  ['{"n":"many"}', '"n" is declared as double, and what it was corrected to is none.'],
])('of a correction to %s that was refused, it is said what was wrong with it', (text, said) => {
  const edited = text === undefined ? {} : { edited: { text } }
  const letter = { code: 'wrong-type', column: 'n', message: 'Wrong.', ...edited }
  expect(wayOutAgain(letter, { kind: 'double' })).toContain(said)
  expect(wayOutAgain({ ...letter, edited: { text: '{' } }, { kind: 'double' })).toBeUndefined()
})

test('every cause has a way out, by its code or by what the node is', () => {
  const source = wayOut({ code: 'wrong-type', column: 'n' }, 'source')
  expect(source).toContain('Correct "n" in the record')
  expect(source).toContain('change the schema')
  expect(wayOut({ code: 'other' }, 'transform')).toContain('expression')
  expect(wayOut({ code: 'division-by-zero' }, 'transform')).toContain('NULLIF')
  expect(neverReplayable(LETTER)).toBeUndefined()
  expect(neverReplayable({ ...LETTER, replayable: false })).toContain('result')
})
