/** What is said of recordings, and of what their replays found. */

import type { wire } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { cellText, columnsOf, endText, shownText, spanText, verdictOf } from './recording-words.ts'

const RECORDING: wire.WireRecording = {
  ...{ recordingId: 'r', pipelineId: 'p', name: 'Clicks', version: 3, jobId: 'j' },
  ...{ startedAtMs: 1_000, fromCheckpoint: true, state: 'ended', reason: 'size', detail: '' },
  ...{ endedAtMs: 66_000, records: 4, bytes: 100 },
}

const SINK: wire.SinkComparison = {
  ...{ nodeId: 'out', title: 'Out', sides: 'both', table: false, oldRows: 9, newRows: 8 },
  ...{ onlyOld: 0, onlyNew: 0, changed: 0, identical: true, key: ['user'] },
  ...{ columnsOnlyOld: [], columnsOnlyNew: [], first: [] },
}

function result(...sinks: wire.SinkComparison[]): wire.ReplayResult {
  const faithful = { points: 1, rows: 9, fault: null }
  return { turns: 2, records: 4, spanMs: 1, faithful, lostState: [], sinks }
}

test('a recording says how it stands, or why it ended', () => {
  expect(endText(RECORDING)).toBe('as large as it may be')
  expect(endText({ ...RECORDING, state: 'recording', reason: null })).toBe('is being recorded')
  expect(endText({ ...RECORDING, state: 'damaged', reason: null })).toBe('damaged')
  expect(spanText(RECORDING, 0)).toBe('1 min 05 s')
  expect(spanText({ ...RECORDING, endedAtMs: null }, 3_000)).toBe('2 s')
})

test('a verdict says plainly what is the same, what differs, and what cannot be trusted', () => {
  expect(verdictOf(result(SINK), 0)).toEqual({
    ...{ tone: 'same', title: 'Identical' },
    detail: '8 rows came to 1 sink in both, in the same order.',
  })
  const other = { ...SINK, nodeId: 'b', identical: false }
  expect(verdictOf(result(SINK, other), 0)).toEqual({
    ...{ tone: 'same', title: 'The same rows' },
    detail: '16 rows came to 2 sinks in both, though not all in the same order.',
  })
  const changed = { ...other, changed: 1_200, onlyNew: 34 }
  expect(verdictOf(result(SINK, changed), 1_234)).toEqual({
    ...{ tone: 'different', title: '1,234 rows differ' },
    detail: 'The recorded version gives 18 rows, this one 16, and 1 of 2 sinks differs.',
  })
  expect(verdictOf(result(changed), 1_234).detail).toBe(
    'The recorded version gives 9 rows, this one 8.',
  )
  const columns = { ...SINK, columnsOnlyOld: ['user'], columnsOnlyNew: ['country'] }
  expect(verdictOf(result(other, columns), 0)).toEqual({
    ...{ tone: 'different', title: 'The columns of 1 sink differ' },
    detail:
      '16 rows came in both, the same in the columns of both. The columns that only one of them has are not compared.',
  })
  const alone = result()
  expect(verdictOf(alone, 0)).toEqual({
    ...{ tone: 'same', title: 'The recorded version gave again what it gave then' },
    detail: '9 rows, byte for byte.',
  })
  const unnoted = { ...alone, faithful: { points: 0, rows: 0, fault: null } }
  expect(verdictOf(unnoted, 0)).toEqual({
    ...{ tone: 'same', title: 'The recorded version was run again' },
    detail: 'What the recorded version gave then was not noted before it ended.',
  })
  const fault = 'What came to sink "out" differs.'
  const unfaithful = { ...result(SINK), faithful: { points: 1, rows: 9, fault } }
  expect(verdictOf(unfaithful, 0)).toMatchObject({ tone: 'unfaithful', detail: fault })
})

test('columns by which rows are paired come first, and no value is longer than a cell', () => {
  const first: wire.RowDifference = {
    ...{ kind: 'changed', eventTimeMs: 1, columns: ['n'], near: [] },
    ...{ old: { n: 1, user: 'ada' }, new: { n: 2, user: 'ada', more: null } },
  }
  const sink = { ...SINK, changed: 60, first: [first] }
  expect(columnsOf(sink)).toEqual(['user', 'n', 'more'])
  expect(shownText(sink)).toBe('The first 1 of 60 differences, by event time')
  expect(shownText({ ...sink, changed: 1 })).toBe('1 difference, by event time')
  expect(cellText(null)).toBe('NULL')
  expect(cellText({ a: [1] })).toBe('{"a":[1]}')
  expect(cellText('x'.repeat(500))).toHaveLength(161)
})
