/** How the list of versions reads. */

import type { PipelineDifference, wire } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { changeText, foldedText, foldMoves, ranText } from './version-words.ts'

const NOTHING: PipelineDifference = {
  ...{ nameBefore: null, nodes: [], edges: [], settings: [], moved: 0, notes: 0 },
}
const MOVED = { ...NOTHING, moved: 1 }
const FILTERED: PipelineDifference = {
  ...NOTHING,
  nodes: [{ nodeId: 'f', title: 'Filter', kind: 'added', titleBefore: null, settings: [] }],
}
const NOW_MS = Date.UTC(2026, 0, 2, 12)

function entry(version: number, changes: Partial<wire.HistoryEntry> = {}): wire.HistoryEntry {
  return {
    ...{ version, name: 'Clicks', nodeCount: 3, savedAtMs: NOW_MS },
    ...{ comparedWith: version - 1, difference: FILTERED, runs: 0 },
    ...{ lastStartedAtMs: null, running: false, ...changes },
  }
}

function shapeOf(entries: readonly wire.HistoryEntry[], latest: number) {
  return foldMoves(entries, latest).map((row) => {
    return row.kind === 'version' ? row.entry.version : row.entries.map(({ version }) => version)
  })
}

test('neighbours that only moved things are one line', () => {
  const moved = [6, 5, 4].map((version) => entry(version, { difference: MOVED }))
  expect(shapeOf([entry(7), ...moved, entry(3)], 7)).toEqual([7, [6, 5, 4], 3])
  expect(foldedText(moved)).toBe('Versions 4 to 6: only the drawing changed')
})

test('one alone, the latest, and one that ran stand for themselves', () => {
  const moved = (version: number, runs = 0) => entry(version, { difference: MOVED, runs })
  expect(shapeOf([moved(9), moved(8), moved(7), moved(6, 1), moved(5)], 9)).toEqual([
    9,
    [8, 7],
    6,
    5,
  ])
})

test.each([
  ['of the first, what it begins with', { comparedWith: null }, 'Begins with 3 nodes'],
  ['against the one before', {}, 'Filter added'],
  ['against an older one', { comparedWith: 2 }, 'Since version 2: Filter added'],
  ['nothing', { difference: NOTHING }, 'Nothing that a job or the drawing shows'],
  ['what is lost', { difference: null }, 'What changed cannot be read any more'],
])('it is said what changed: %s', (_, changes, said) => {
  expect(changeText(entry(5, changes))).toBe(said)
})

test('it is said whether a version ran', () => {
  const lastStartedAtMs = NOW_MS - 60_000
  expect(ranText(entry(1), NOW_MS)).toBeUndefined()
  expect(ranText(entry(1, { runs: 1, lastStartedAtMs }), NOW_MS)).toBe('Ran at 11:59:00 UTC')
  expect(ranText(entry(1, { runs: 3, lastStartedAtMs }), NOW_MS)).toBe(
    'Ran 3 times, last at 11:59:00 UTC',
  )
  expect(ranText(entry(1, { runs: 1, lastStartedAtMs, running: true }), NOW_MS)).toBe('Running')
})
