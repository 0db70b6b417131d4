/** What the page says about checkpoints, and about what an edit does to state. */

import { checkPipeline, type wire } from '@millrace/pipeline'
import { describe, expect, test } from 'vitest'
import { pipelineOf } from '../editor/testing/fakes.ts'
import { statusOf } from '../live/testing/wire-values.ts'
import { registry } from '../operators/registry.ts'
import {
  anewText,
  byWeight,
  fromNowText,
  fromText,
  impactTitle,
  laterSources,
  nodeWords,
  nothingToRestore,
  pillWords,
} from './checkpoint-words.ts'

const LAST = { id: 7, atMs: 60_000, bytes: 3_250_586, durationMs: 120, reason: 'interval' } as const
const CHECKPOINTS: wire.JobCheckpoints = {
  ...{ intervalMs: 10_000, last: LAST, failures: 0, restored: null },
}

describe('the pill of a job', () => {
  test('says how long ago its last checkpoint was, and how large it is', () => {
    expect(pillWords(statusOf({ checkpoints: CHECKPOINTS }), 72_000)).toEqual({
      label: 'Checkpoint 12 s ago, 3.1 MB',
      tone: 'good',
      detail: 'Checkpoint 7, 3.1 MB, took 120 ms. One is taken every 10 s.',
    })
  })

  test('says what could not be stored, and where the job went on', () => {
    const checkpoints = { ...CHECKPOINTS, failures: 2, restored: { id: 3, atMs: 0 } }
    const words = pillWords(statusOf({ checkpoints }), 61_000)
    expect(words).toMatchObject({ tone: 'waiting', label: expect.stringContaining('2 not stored') })
    expect(words?.detail).toContain('went on from checkpoint 3 of 1970-01-01 00:00:00.000 UTC.')
  })

  test('waits for the first one, and is not there where nothing is known', () => {
    const first = statusOf({ checkpoints: { ...CHECKPOINTS, last: null } })
    const startedAtMs = 1_000
    const begun = { ...first, startedAtMs }
    expect(pillWords(begun, 21_000)).toMatchObject({ label: 'No checkpoint yet', tone: 'quiet' })
    expect(pillWords(begun, 21_001)?.tone).toBe('waiting')
    expect(pillWords({ ...first, endedAtMs: 5 }, 0)).toBeUndefined()
    expect(pillWords(statusOf({ checkpoints: null }), 0)).toBeUndefined()
    expect(pillWords(undefined, 0)).toBeUndefined()
  })

  test('of a job that has ended names the time', () => {
    const ended = statusOf({ checkpoints: CHECKPOINTS, endedAtMs: 61_000, state: 'stopped' })
    expect(pillWords(ended, 500_000)).toMatchObject({
      label: 'Checkpoint of 1970-01-01 00:01:00.000 UTC, 3.1 MB',
      tone: 'quiet',
    })
  })
})

function nodeOf(change: Partial<wire.NodeImpact>): wire.NodeImpact {
  return { nodeId: 'n', title: 'N', kind: 'kept', reason: null, hasState: true, held: 0, ...change }
}

describe('the impact of an edit', () => {
  test.each<[Partial<wire.NodeImpact>, string, string]>([
    [{ held: 1_204 }, 'kept', '1,204 records held go on'],
    [{}, 'kept', 'its place and its books go on'],
    [{ hasState: false }, 'kept', 'it keeps nothing'],
    [{ kind: 'new', hasState: false }, 'new', 'it begins empty'],
    [
      { kind: 'migrated', reason: 'The latest 50 rows are kept, and not 100.', held: 2 },
      'migrated',
      'The latest 50 rows are kept, and not 100. 2 records held go on.',
    ],
    [
      { kind: 'lost', reason: 'Setting "size" changed.', held: 1 },
      'lost',
      'Setting "size" changed. 1 record held would be gone.',
    ],
    [{ kind: 'removed' }, 'removed', 'The node is not in the pipeline any more.'],
  ])('%j is %s', (change, label, detail) => {
    expect(nodeWords(nodeOf(change))).toMatchObject({ label, detail })
  })

  test('names a setting as its form does, and leaves what is no field of it', () => {
    const reason = 'It changed: setting "groupBy", setting "size", columns that come in at "in".'
    const lost = nodeOf({ kind: 'lost', reason })
    expect(nodeWords(lost, registry.get('tumbling-window')).detail).toBe(
      'It changed: "Group by", "Size", columns that come in at "in".',
    )
    expect(nodeWords(lost, registry.get('filter')).detail).toBe(reason)
  })

  test('begins with what would be lost', () => {
    const kept = nodeOf({ nodeId: 'kept' })
    const empty = nodeOf({ nodeId: 'empty', hasState: false })
    const fresh = nodeOf({ nodeId: 'new', kind: 'new' })
    const lost = nodeOf({ nodeId: 'lost', kind: 'lost' })
    const carried = nodeOf({ nodeId: 'migrated', kind: 'migrated' })
    const order = byWeight([empty, kept, carried, fresh, lost]).map(({ nodeId }) => nodeId)
    expect(order).toEqual(['lost', 'new', 'migrated', 'kept', 'empty'])
  })

  test('is told in its title, with where the job goes on', () => {
    const place = { checkpointId: 9, atMs: 0, finished: false }
    const from = { ...place, kind: 'checkpoint', title: null } as const
    const impact = { from, nodes: [nodeOf({})], lost: 0, since: [], edit: null }
    expect(impactTitle(impact)).toBe('All state is kept')
    expect(impactTitle({ ...impact, lost: 1 })).toBe('One node would lose its state')
    expect(impactTitle({ ...impact, nodes: [nodeOf({ kind: 'new' })] })).toBe(
      'All state is kept, and new nodes begin empty',
    )
    const carried = { ...impact, nodes: [nodeOf({ kind: 'migrated' })] }
    expect(impactTitle(carried)).toBe('All state is kept, that of one node migrated')
    expect(fromText(impact, 12_000)).toBe(
      'The job goes on from checkpoint 9 of 1970-01-01 00:00:00.000 UTC, 12 s ago.',
    )
    expect(fromNowText(impact, 12_000)).toBe(
      'The job is stopped at a checkpoint that is taken then, and goes on from that one. What it keeps is shown as of checkpoint 9, 12 s ago.',
    )
    const savepoint = { ...place, kind: 'savepoint', title: 'Before noon' } as const
    expect(fromText({ ...impact, from: savepoint }, 12_000)).toBe(
      'The job goes on from the savepoint "Before noon" of 1970-01-01 00:00:00.000 UTC, 12 s ago.',
    )
    expect(fromText({ ...impact, from: null }, 0)).toBe(
      'The job begins anew, where each source says.',
    )
  })
})

test('where nothing can be restored, it is said why', () => {
  expect(nothingToRestore(undefined)).toContain('has not run yet')
  const running = statusOf({ checkpoints: { ...CHECKPOINTS, last: null } })
  expect(nothingToRestore(running)).toContain('The first one comes within 10 s.')
  expect(nothingToRestore({ ...running, endedAtMs: 3 })).toContain('before its first checkpoint')
})

test('where sources begin anew is said of each that leaves something out', () => {
  const text = JSON.stringify({
    ...{ format: 'millrace/1', name: 'Sources' },
    nodes: {
      files: { operator: 'file-source', config: { path: 'a.jsonl', schema: { n: 'integer' } } },
      hook: {
        ...{ operator: 'http-source', title: 'Orders' },
        config: { path: 'orders', schema: { n: 'integer' } },
      },
      log: { operator: 'topic-source', config: { topic: 't', schema: { n: 'integer' } } },
      made: { operator: 'generator-source', config: { columns: { n: { type: 'sequence' } } } },
    },
    edges: [],
  })
  const later = laterSources(checkPipeline(pipelineOf(text), registry))
  expect(later).toEqual([
    { title: 'Orders', begins: 'with what no job has read yet', isKept: true },
    { title: 'made', begins: 'with the present time', isKept: false },
  ])
  expect(anewText(later, 4)).toBe(
    'To begin anew lets go of all that was kept. "Orders" begins with what no job has read yet, ' +
      '"made" begins with the present time, the others are read from their beginning. What was read before ' +
      'and is kept in no result yet is not read again.',
  )
  expect(anewText([], 2)).toBe(
    'To begin anew lets go of all that was kept: sources are read from their beginning, and what sinks have ' +
      'written already is written again.',
  )
})
