/** Jobs of the server that go on from checkpoints: after a kill, a stop, a restart, an edit. */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { wire } from '@millrace/pipeline'
import Sqlite from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { endless } from './testing/documents.ts'
import { reply, start, startTestServer, type TestServer } from './testing/test-server.ts'

const INTERVAL = { settings: { checkpointInterval: '20ms' } }

/** More than are read while a test runs. */
const NUMBERS = Array.from({ length: 100_000 }, (_, n) => n)

/** Numbers from a file, slowly, through a window to a file; `tally` gets each as it comes. */
function counting(size = '10ms'): Record<string, unknown> {
  const schema = { at: 'timestamp', n: 'integer' }
  const numbers = { path: 'in.jsonl', format: 'jsonl', schema, eventTime: 'at', rate: 500 }
  const window = { size, aggregates: { n: 'COUNT(*)', sum: 'SUM(n)' } }
  return {
    format: 'millrace/1',
    name: 'Counting',
    nodes: {
      in: { operator: 'file-source', config: numbers },
      window: { operator: 'tumbling-window', title: 'Sums', config: window },
      out: { operator: 'file-sink', config: { path: 'out.jsonl', format: 'jsonl' } },
      tally: { operator: 'tally', config: { path: 'tally.txt' } },
    },
    edges: [
      { from: 'in', to: 'window' },
      { from: 'in', to: 'tally' },
      { from: 'window', to: 'out' },
    ],
    ...INTERVAL,
  }
}

function writeInput(server: TestServer): void {
  const line = (n: number) => `{"at":${1_000_000 + n},"n":${n}}\n`
  writeFileSync(path.join(server.folder, 'in.jsonl'), NUMBERS.map(line).join(''))
}

function tallied(server: TestServer): readonly number[] {
  const file = path.join(server.folder, 'tally.txt')
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8').split('\n').filter(Boolean).map(Number)
}

/** One row a window of ten. */
function summed(server: TestServer): readonly { n: number; sum: number }[] {
  const text = readFileSync(path.join(server.folder, 'out.jsonl'), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { n: number; sum: number })
    .map(({ n, sum }) => ({ n, sum }))
}

function expectedSums(numbers: readonly number[]): readonly { n: number; sum: number }[] {
  const windows = new Map<number, { n: number; sum: number }>()
  for (const n of numbers) {
    const key = Math.floor((1_000_000 + n) / 10)
    const { n: count, sum } = windows.get(key) ?? { n: 0, sum: 0 }
    windows.set(key, { n: count + 1, sum: sum + n })
  }
  return [...windows.values()]
}

async function checkpointed(server: TestServer, jobId: string, id = 1): Promise<wire.JobStatus> {
  const socket = await server.connect()
  return socket.next('jobChanged', (job) => {
    return job.jobId === jobId && (job.checkpoints?.last?.id ?? 0) >= id
  })
}

/** A checkpoint that was begun when more records than these had come. */
async function underWay(server: TestServer, jobId: string, count = 0): Promise<void> {
  await expect.poll(() => tallied(server).length).toBeGreaterThan(count)
  const { checkpoints } = await server.ask('getJob', `/jobs/${jobId}`)
  // One may have been on its way before.
  await checkpointed(server, jobId, (checkpoints?.last?.id ?? 0) + 2)
}

/** Ends its input, and waits until all is written. */
async function drained(server: TestServer, jobId: string): Promise<void> {
  const socket = await server.connect()
  await server.ask('endJob', `/jobs/${jobId}/end`, { how: 'drain' })
  const now = await server.ask('getJob', `/jobs/${jobId}`)
  if (now.endedAtMs !== null) return
  await socket.next('jobChanged', (job) => job.jobId === jobId && job.endedAtMs !== null)
}

/** How many records the source has counted. */
async function recordsIn(server: TestServer): Promise<number> {
  const metrics = await (await server.fetch('GET', '/metrics')).text()
  return Number(/millrace_events_in_total\{[^}]*node="in"\} (\d+)/.exec(metrics)?.[1])
}

test('an engine host that is killed twice costs nothing: counters and results go on', async () => {
  await using server = await startTestServer()
  writeInput(server)
  const jobId = await start(server, counting())
  await underWay(server, jobId)
  const early = await (await server.fetch('GET', '/metrics')).text()
  expect(early).toMatch(/\nmillrace_checkpoint_age_seconds\{pipeline="[^"]+"\} \d/)
  expect(early).toMatch(/\nmillrace_checkpoint_bytes\{pipeline="[^"]+"\} [1-9]/)
  expect(early).toMatch(/\nmillrace_checkpoint_failures_total\{pipeline="[^"]+"\} 0\n/)
  for (let kill = 0; kill < 2; kill++) {
    const { checkpoints } = await server.ask('getJob', `/jobs/${jobId}`)
    await checkpointed(server, jobId, (checkpoints?.last?.id ?? 0) + 2)
    server.engines.at(-1)?.kill('SIGKILL')
    const socket = await server.connect()
    await socket.next('jobChanged', ({ state, restarts }) => {
      return state === 'running' && restarts === kill + 1
    })
  }
  await drained(server, jobId)
  expect(summed(server)).toEqual(expectedSums(NUMBERS.slice(0, await recordsIn(server))))
  const { restarts, checkpoints } = await server.ask('getJob', `/jobs/${jobId}`)
  expect([restarts, checkpoints?.last?.reason]).toEqual([2, 'end'])
  expect(checkpoints?.restored?.id).toBeGreaterThan(2)
  const { events } = await server.ask('getJobLog', `/jobs/${jobId}/events`)
  expect(events.map(({ kind }) => kind)).toEqual([
    ...['started', 'restarting', 'continued', 'restarted', 'restarting', 'continued'],
    ...['restarted', 'ending', 'output-completed', 'stopped'],
  ])
  expect(events.filter(({ kind }) => kind === 'restarting')[1]?.message).toMatch(
    /it ended with SIGKILL. The job goes on from checkpoint \d+ in a moment. This is restart 2.$/,
  )
})

test('a server that stops takes a last checkpoint, and its next start repeats nothing', async () => {
  await using server = await startTestServer()
  writeInput(server)
  const jobId = await start(server, counting())
  for (let restart = 0; restart < 2; restart++) {
    const { checkpoints } = await server.ask('getJob', `/jobs/${jobId}`)
    await checkpointed(server, jobId, (checkpoints?.last?.id ?? 0) + 2)
    await server.restart()
  }
  await drained(server, jobId)
  // Not one record came a second time, although this sink would show it.
  const seen = tallied(server)
  expect(seen.length).toBeGreaterThan(0)
  expect(seen).toEqual(NUMBERS.slice(0, seen.length))
  expect(summed(server)).toEqual(expectedSums(seen))
  const { id } = (await server.ask('listPipelines', '/pipelines'))[0] ?? { id: '' }
  const { checkpoints } = await server.ask('listCheckpoints', `/pipelines/${id}/checkpoints`)
  expect(checkpoints[0]).toMatchObject({ reason: 'end', version: 1 })
  const ids = checkpoints.map((one) => one.id)
  expect(ids).toEqual(ids.toSorted((a, b) => b - a))
})

test('a job that ended with a checkpoint is gone on with, and a drained one begins anew', async () => {
  await using server = await startTestServer()
  writeInput(server)
  const { id } = await server.ask('createPipeline', '/pipelines', { document: counting() })
  const first = await server.ask('startJob', '/jobs', { pipelineId: id })
  await underWay(server, first.jobId)
  const ended = await server.ask('endJob', `/jobs/${first.jobId}/end`, { how: 'checkpoint' })
  expect(ended).toMatchObject({
    savepoint: null,
    status: { state: 'stopped', checkpoints: { last: { reason: 'stop' } } },
  })
  const before = tallied(server).length
  // Also by a server that was not there when it ended, and that says so before the start.
  await server.restart()
  const { state, checkpoints } = ended.status
  const known = await server.ask('getJob', `/jobs/${first.jobId}`)
  expect(known).toMatchObject({ state, checkpoints })
  const second = await server.ask('startJob', '/jobs', { pipelineId: id })
  expect(second.jobId).not.toBe(first.jobId)
  await drained(server, second.jobId)
  const seen = tallied(server)
  expect(seen).toEqual(NUMBERS.slice(0, seen.length))
  expect(seen.length).toBeGreaterThanOrEqual(before)
  expect(summed(server)).toEqual(expectedSums(seen))
  const third = await server.ask('startJob', '/jobs', { pipelineId: id })
  await underWay(server, third.jobId, seen.length)
  await drained(server, third.jobId)
  const again = tallied(server).slice(seen.length)
  expect(again).toEqual(NUMBERS.slice(0, again.length))
})

describe('an edited pipeline', () => {
  async function edited() {
    const server = await startTestServer()
    writeInput(server)
    const { id } = await server.ask('createPipeline', '/pipelines', { document: counting() })
    const { jobId } = await server.ask('startJob', '/jobs', { pipelineId: id })
    await underWay(server, jobId)
    const document = counting('20ms')
    await server.ask('savePipeline', `/pipelines/${id}`, { document, baseVersion: 1 })
    return { server, id, jobId }
  }

  test('is told beforehand what it would keep and lose, also while a job runs', async () => {
    const { server, id, jobId } = await edited()
    await using _ = server
    const from = { kind: 'newest' }
    const impact = await server.ask('getDeployImpact', `/pipelines/${id}/impact`, { from })
    expect(impact.lost).toBe(1)
    expect(impact.nodes).toMatchObject([
      { nodeId: 'in', kind: 'kept', hasState: true, reason: null },
      { nodeId: 'tally', kind: 'kept', hasState: false },
      {
        nodeId: 'window',
        title: 'Sums',
        kind: 'lost',
        hasState: true,
        reason: expect.stringContaining('this changed: setting "size".'),
      },
      { nodeId: 'out', kind: 'kept' },
    ])
    expect(impact.nodes[2]?.held).toBeGreaterThan(0)
    expect(impact.edit).toMatchObject({
      version: 1,
      difference: { nodes: [{ title: 'Sums', settings: [{ names: 'Size' }] }], edges: [] },
    })
    const unsaved = { from, document: counting() }
    expect(await server.ask('getDeployImpact', `/pipelines/${id}/impact`, unsaved)).toMatchObject({
      from: { kind: 'checkpoint' },
      lost: 0,
    })
    await server.ask('endJob', `/jobs/${jobId}/end`, { how: 'drain' })
  })

  test('is told it too where the job has taken no checkpoint yet: then it takes one', async () => {
    await using server = await startTestServer()
    writeInput(server)
    const rarely = { settings: { checkpointInterval: '1h' } }
    const document = { ...counting(), ...rarely }
    const { id } = await server.ask('createPipeline', '/pipelines', { document })
    const { jobId } = await server.ask('startJob', '/jobs', { pipelineId: id })
    const socket = await server.connect()
    await socket.ask('watchJob', { jobId })
    await socket.next('jobMeasured', ({ nodes }) => (nodes['window']?.in ?? 0) > 0)
    const url = `/pipelines/${id}/impact`
    const unsaved = { from: { kind: 'newest' }, document: { ...counting('20ms'), ...rarely } }
    const impact = await server.ask('getDeployImpact', url, unsaved)
    expect(impact).toMatchObject({ from: { kind: 'checkpoint' }, lost: 1 })
    // The next time there is one.
    const { from } = await server.ask('getDeployImpact', url, unsaved)
    expect(from).toEqual(impact.from)
    const { checkpoints } = await server.ask('listCheckpoints', `/pipelines/${id}/checkpoints`)
    expect(checkpoints.map(({ reason }) => reason)).toEqual(['edit'])
    await server.ask('endJob', `/jobs/${jobId}/end`, { how: 'drain' })
  })

  test('is told what was edited also where nothing is noted of a checkpoint yet', async () => {
    const { server, id, jobId } = await edited()
    await using _ = server
    await server.ask('endJob', `/jobs/${jobId}/end`, { how: 'checkpoint' })
    await server.restart(() => {
      const database = new Sqlite(path.join(server.folder, 'data', 'millrace.sqlite'))
      expect(database.prepare('DELETE FROM checkpoints').run().changes).toBeGreaterThan(0)
      database.close()
    })
    const impact = await server.ask('getDeployImpact', `/pipelines/${id}/impact`, {
      from: { kind: 'newest' },
    })
    expect(impact.edit).toMatchObject({ version: 1, difference: { nodes: [{ title: 'Sums' }] } })
  })

  test('whose settings can be carried over is started without a question, and goes on', async () => {
    await using server = await startTestServer()
    writeInput(server)
    const viewing = (limit: number) => {
      const document = counting() as { nodes: object; edges: readonly object[] }
      const view = { operator: 'view-sink', title: 'Latest', config: { limit } }
      const edges = [...document.edges, { from: 'in', to: 'view' }]
      return { ...document, nodes: { ...document.nodes, view }, edges }
    }
    const document = viewing(1000)
    const { id } = await server.ask('createPipeline', '/pipelines', { document })
    const { jobId } = await server.ask('startJob', '/jobs', { pipelineId: id })
    await underWay(server, jobId)
    await server.ask('endJob', `/jobs/${jobId}/end`, { how: 'checkpoint' })
    await server.ask('savePipeline', `/pipelines/${id}`, { document: viewing(20), baseVersion: 1 })
    const impact = await server.ask('getDeployImpact', `/pipelines/${id}/impact`, {})
    expect(impact.lost).toBe(0)
    expect(impact.nodes.find(({ nodeId }) => nodeId === 'view')).toMatchObject({
      kind: 'migrated',
      hasState: true,
      reason: 'Up to 20 rows are kept, and not 1000. What is beyond is dropped when a row comes.',
    })
    const { jobId: next } = await server.ask('startJob', '/jobs', { pipelineId: id })
    await underWay(server, next, 20)
    await drained(server, next)
    const seen = tallied(server)
    const view = await server.ask('getView', `/jobs/${next}/views/view`)
    expect(view.rows.map(({ n }) => n)).toEqual(seen.slice(-20))
    expect(view.total).toBe(20)
  })

  test('is not started until the loss is accepted, or the beginning chosen', async () => {
    const { server, id, jobId } = await edited()
    await using _ = server
    await server.ask('endJob', `/jobs/${jobId}/end`, { how: 'checkpoint' })
    const refused = await server.fetch('POST', '/api/v1/jobs', { pipelineId: id })
    expect(refused.status).toBe(409)
    expect(await refused.json()).toMatchObject({
      code: 'state-would-be-lost',
      message: expect.stringMatching(
        /^The pipeline has changed since checkpoint \d+, and 1 node would lose what was kept\. /,
      ),
      problems: [{ code: 'state-lost', nodeId: 'window' }],
    })
    const kept = await server.ask('startJob', '/jobs', { pipelineId: id, acceptLoss: true })
    await drained(server, kept.jobId)
    // The source went on; the sums of what was in open windows are gone.
    const seen = tallied(server)
    expect(seen).toEqual(NUMBERS.slice(0, seen.length))
    const { events } = await server.ask('getJobLog', `/jobs/${kept.jobId}/events`)
    const continued = events.find(({ kind }) => kind === 'continued')
    expect(continued).toMatchObject({ severity: 'warning' })
    expect(continued?.message).toContain('What could not be kept: window "Sums": ')
    const from = { kind: 'beginning' }
    const anew = await server.ask('startJob', '/jobs', { pipelineId: id, from })
    await underWay(server, anew.jobId, seen.length)
    await drained(server, anew.jobId)
    expect(tallied(server)[seen.length]).toBe(0)
  })
})

describe('savepoints', () => {
  test('outlive the checkpoints they are copies of, and are begun with', async () => {
    await using server = await startTestServer()
    const { id } = await server.ask('createPipeline', '/pipelines', {
      document: { ...endless(), ...INTERVAL },
    })
    const first = await server.ask('startJob', '/jobs', { pipelineId: id })
    const { jobId } = first
    await checkpointed(server, jobId, 1)
    const made = await server.ask('makeSavepoint', `/jobs/${jobId}/savepoints`, { title: 'Mine' })
    expect(made).toMatchObject({ pipelineId: id, version: 1, title: 'Mine' })
    await checkpointed(server, jobId, made.checkpointId + 8)
    const ended = await server.ask('endJob', `/jobs/${jobId}/end`, { how: 'savepoint' })
    expect(ended.savepoint?.title).toBe(`Checkpoint ${ended.status.checkpoints?.last?.id}`)
    const listed = await server.ask('listCheckpoints', `/pipelines/${id}/checkpoints`)
    expect(listed.savepoints).toEqual([ended.savepoint, made])
    expect(listed.checkpoints.map((one) => one.id)).not.toContain(made.checkpointId)
    expect(listed.checkpoints[0]).toMatchObject({ id: ended.savepoint?.checkpointId, version: 1 })
    const from = { kind: 'savepoint', savepointId: made.savepointId }
    const impact = await server.ask('getDeployImpact', `/pipelines/${id}/impact`, { from })
    expect(impact.from).toMatchObject({ kind: 'savepoint', title: 'Mine' })
    const second = await server.ask('startJob', '/jobs', { pipelineId: id, from })
    const status = await checkpointed(
      server,
      second.jobId,
      (ended.savepoint?.checkpointId ?? 0) + 1,
    )
    expect(status.checkpoints?.restored?.id).toBe(made.checkpointId)
    const { events } = await server.ask('getJobLog', `/jobs/${second.jobId}/events`)
    const continued = events.find(({ kind }) => kind === 'continued')
    expect(continued?.message).toMatch(
      /^The job goes on from the savepoint "Mine", checkpoint \d+ of [-0-9]+ [:.0-9]+ UTC\./,
    )
    await server.restart()
    const again = await checkpointed(server, second.jobId, (status.checkpoints?.last?.id ?? 0) + 1)
    expect(again.checkpoints?.restored?.id).toBeGreaterThan(made.checkpointId)
    await server.ask('deleteSavepoint', `/savepoints/${made.savepointId}`)
    expect(readdirSync(path.join(server.folder, 'data/savepoints'))).toEqual([
      ended.savepoint?.savepointId,
    ])
    const socket = await server.connect()
    reply(await socket.ask('controlJob', { jobId: second.jobId, action: 'stop' }))
  })

  test.each([
    [{ kind: 'checkpoint', id: 99 }, 409, 'The pipeline has no checkpoint yet.'],
    [{ kind: 'newest' }, 409, 'The pipeline has no checkpoint yet.'],
    [{ kind: 'savepoint', savepointId: 'x' }, 404, 'There is no savepoint "x" of this pipeline'],
  ])('a start from %j that is not there is refused', async (from, status, message) => {
    await using server = await startTestServer()
    const { id } = await server.ask('createPipeline', '/pipelines', { document: endless() })
    const refused = await server.fetch('POST', '/api/v1/jobs', { pipelineId: id, from })
    expect(refused.status).toBe(status)
    expect(((await refused.json()) as { message: string }).message).toContain(message)
  })
})
