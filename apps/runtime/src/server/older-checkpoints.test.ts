/** Going back to a checkpoint before the newest: what stays is said, and files are put aside. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { start, startTestServer } from './testing/test-server.ts'

const WAIT = { timeout: 120_000 }

function copied(topic: string) {
  const schema = { n: 'integer' }
  return {
    ...{ format: 'millrace/1', name: 'Copied', settings: { checkpointInterval: '1h' } },
    nodes: {
      in: { operator: 'topic-source', config: { topic, schema } },
      files: { operator: 'file-sink', config: { path: 'out.jsonl', format: 'jsonl' } },
      out: { operator: 'topic-sink', config: { topic: `${topic}-out` } },
    },
    edges: [
      { from: 'in', to: 'files' },
      { from: 'in', to: 'out' },
    ],
  }
}

test('files of later checkpoints are put aside, and the log lists them', async () => {
  await using server = await startTestServer()
  const topic = 'older'
  await server.ask('createTopic', '/topics', { topic })
  const jobId = await start(server, copied(topic))
  const { pipelineId } = await server.ask('getJob', `/jobs/${jobId}`)
  const produce = async (n: number) => {
    const record = { key: null, value: { text: JSON.stringify({ n }) } }
    await server.ask('produceRecord', `/topics/${topic}/records`, record)
  }
  const at = (...names: string[]) => path.join(server.folder, ...names)
  /** Makes savepoints until one has this file. */
  const written = async (name: string) => {
    const taken: string[] = []
    const take = async () => {
      const made = await server.ask('makeSavepoint', `/jobs/${jobId}/savepoints`, {})
      taken.push(made.savepointId)
      return existsSync(at(name))
    }
    await expect.poll(take, WAIT).toBe(true)
    return taken.at(-1) ?? ''
  }
  await produce(1)
  const savepointId = await written('out-000001.jsonl')
  await produce(2)
  await written('out-000002.jsonl')
  await server.ask('endJob', `/jobs/${jobId}/end`, { how: 'checkpoint' })

  const newest = { from: { kind: 'newest' } }
  const impacts = `/pipelines/${pipelineId}/impact`
  expect((await server.ask('getDeployImpact', impacts, newest)).since).toEqual([])
  const from = { kind: 'savepoint', savepointId }
  expect((await server.ask('getDeployImpact', impacts, { from })).since).toEqual([
    'Files of "out.jsonl" that have been completed since are put aside, into "superseded" beside them.',
    'Records that have been written to topic "older-out" since stay there, for others may have read them; ' +
      'what comes again is written behind them.',
  ])

  const again = await server.ask('startJob', '/jobs', { pipelineId, from })
  const told = async () => {
    const { events } = await server.ask('getJobLog', `/jobs/${again.jobId}/events`)
    return events.filter(({ kind }) => kind === 'put-aside').map(({ message }) => message)
  }
  await expect
    .poll(told, WAIT)
    .toEqual([
      expect.stringMatching(/^The job has gone back .+after-000001": out-000002\.jsonl\.$/),
    ])
  expect(readdirSync(at('superseded', 'after-000001'))).toEqual(['out-000002.jsonl'])
  const kept = readFileSync(at('superseded', 'after-000001', 'out-000002.jsonl'), 'utf8')
  expect(kept).toBe('{"n":2}\n')
  const { events } = await server.ask('getJobLog', `/jobs/${again.jobId}/events`)
  const continued = events.find(({ kind }) => kind === 'continued')
  expect(continued?.severity).toBe('warning')
  expect(continued?.message).toMatch(/topic "older-out" since stay there/)
}, 300_000)
