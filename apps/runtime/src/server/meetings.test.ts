/** Requests that meet: one is held in the middle of what it does, while another one comes. */

import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createNodeEnv } from '../env/node-env.ts'
import { endless } from './testing/documents.ts'
import { type GatedDisk, gatedDisk } from './testing/gated-disk.ts'
import { startTestServer, type TestServer } from './testing/test-server.ts'

/** No checkpoint is taken that nobody asks for. */
const SELDOM = { settings: { checkpointInterval: '1h' } }

let gated: GatedDisk
let server: TestServer

beforeEach(async () => {
  const env = createNodeEnv()
  gated = gatedDisk(env.disk)
  server = await startTestServer({ env: { ...env, disk: gated.disk } })
})

afterEach(async () => {
  const faults = server.logged.filter((line) => line.includes('Millrace has a bug here.'))
  await server[Symbol.asyncDispose]()
  expect(faults).toEqual([])
})

async function asked(method: string, place: string, body?: unknown) {
  const response = await server.fetch(method, `/api/v1${place}`, body)
  return { status: response.status, ...((await response.json()) as { code?: string }) }
}

async function create(): Promise<string> {
  const document = { ...endless(), ...SELDOM }
  return (await server.ask('createPipeline', '/pipelines', { document })).id
}

/** A pipeline whose job has ended with a savepoint. */
async function createSaved() {
  const pipelineId = await create()
  const { jobId } = await server.ask('startJob', '/jobs', { pipelineId })
  const { savepoint } = await server.ask('endJob', `/jobs/${jobId}/end`, { how: 'savepoint' })
  return { pipelineId, jobId, savepointId: savepoint?.savepointId ?? '' }
}

test('a pipeline that is just being deleted is not started any more', async () => {
  const { pipelineId } = await createSaved()
  const gate = gated.hold('remove', `checkpoints/${pipelineId}`)
  const deleted = asked('DELETE', `/pipelines/${pipelineId}`)
  await gate.reached
  const started = asked('POST', '/jobs', { pipelineId })
  // It has been taken in when this one is answered, which comes behind it.
  await asked('GET', '/jobs')
  gate.open()
  expect(await started).toMatchObject({ status: 404, code: 'no-such-pipeline' })
  expect(await deleted).toMatchObject({ status: 200 })
  for (const folder of ['checkpoints', 'savepoints']) {
    expect(readdirSync(path.join(server.folder, 'data', folder))).toEqual([])
  }
})

test('nothing of a pipeline that was deleted is left in a host, whichever of its jobs ran last', async () => {
  const { pipelineId, jobId } = await createSaved()
  const second = await server.ask('startJob', '/jobs', { pipelineId })
  await server.ask('endJob', `/jobs/${second.jobId}/end`, { how: 'checkpoint' })
  await server.ask('deletePipeline', `/pipelines/${pipelineId}`)
  for (const id of [jobId, second.jobId]) {
    expect(await asked('GET', `/jobs/${id}`)).toMatchObject({ status: 404, code: 'no-such-job' })
  }
})

test('a pipeline whose job just begins is not deleted', async () => {
  const pipelineId = await create()
  const gate = gated.hold('list', `checkpoints/${pipelineId}`)
  const started = asked('POST', '/jobs', { pipelineId })
  await gate.reached
  const deleted = asked('DELETE', `/pipelines/${pipelineId}`)
  await asked('GET', '/jobs')
  gate.open()
  expect(await started).toMatchObject({ status: 200 })
  expect(await deleted).toMatchObject({ status: 409, code: 'pipeline-runs' })
})

test('a savepoint that a job begins with stays until the job has a checkpoint of its own', async () => {
  const { pipelineId, savepointId } = await createSaved()
  const gate = gated.hold('list', `savepoints/${savepointId}`)
  const from = { kind: 'savepoint', savepointId }
  const started = server.ask('startJob', '/jobs', { pipelineId, from })
  await gate.reached
  const deleted = asked('DELETE', `/savepoints/${savepointId}`)
  await asked('GET', '/jobs')
  gate.open()
  const { jobId } = await started
  expect(await deleted).toMatchObject({ status: 409, code: 'savepoint-needed' })
  const own = await server.ask('makeSavepoint', `/jobs/${jobId}/savepoints`, {})
  expect(await asked('DELETE', `/savepoints/${savepointId}`)).toMatchObject({ status: 200 })
  const { savepoints } = await server.ask('listCheckpoints', `/pipelines/${pipelineId}/checkpoints`)
  expect(savepoints).toEqual([own])
})

test('a job whose savepoint has gone does not begin at the beginning instead', async () => {
  const { pipelineId, savepointId } = await createSaved()
  const from = { kind: 'savepoint', savepointId }
  const { jobId } = await server.ask('startJob', '/jobs', { pipelineId, from })
  const folder = path.join(server.folder, 'data/savepoints', savepointId)
  rmSync(folder, { recursive: true })
  const socket = await server.connect()
  for (const engine of server.engines) engine.kill('SIGKILL')
  const ended = await socket.next('jobChanged', (job) => job.jobId === jobId && !!job.endedAtMs)
  expect(ended).toMatchObject({ state: 'failed' })
  expect(ended.failure?.message).toContain(`Savepoint "${savepointId}", which the job begins with`)
  expect(existsSync(folder)).toBe(false)
})

test('two who end one job with a savepoint are both answered, and its pipeline leaves nothing behind', async () => {
  const pipelineId = await create()
  const { jobId } = await server.ask('startJob', '/jobs', { pipelineId })
  const end = { how: 'savepoint' }
  const both = await Promise.all([
    server.ask('endJob', `/jobs/${jobId}/end`, end),
    server.ask('endJob', `/jobs/${jobId}/end`, end),
  ])
  expect(both.map(({ status }) => status.state)).toEqual(['stopped', 'stopped'])
  const made = both.flatMap(({ savepoint }) => savepoint ?? [])
  expect(made).toMatchObject([{ pipelineId }])
  await server.ask('deletePipeline', `/pipelines/${pipelineId}`)
  expect(readdirSync(path.join(server.folder, 'data/savepoints'))).toEqual([])
})

test('a recording is not deleted in the middle of a look at it, nor while its replay begins', async () => {
  const pipelineId = await create()
  const { jobId } = await server.ask('startJob', '/jobs', { pipelineId })
  const { recordingId: id } = await server.ask('startRecording', `/jobs/${jobId}/recordings`, {})
  const socket = await server.connect()
  const isBack = (job: { state: string; restarts: number }) =>
    job.state === 'running' && !!job.restarts
  for (const engine of server.engines) engine.kill('SIGKILL')
  await socket.next('jobChanged', isBack)
  // Its writer has ended before it could, so whoever looks first writes its end.
  const looks = gated.hold('open', `recordings/${id}/end`)
  const looked = asked('GET', `/recordings/${id}`)
  await looks.reached
  const others = [asked('GET', `/recordings/${id}`), asked('GET', '/recordings')]
  await asked('GET', '/jobs')
  looks.open()
  expect((await Promise.all([looked, ...others])).map(({ status }) => status)).toEqual([
    200, 200, 200,
  ])
  const begins = gated.hold('makeFolder', `recordings/${id}/replays`)
  const replayed = server.ask('startReplay', `/recordings/${id}/replays`, {})
  await begins.reached
  const refused = { status: 409, code: 'recording-is-replayed' }
  expect(await asked('DELETE', `/recordings/${id}`)).toMatchObject(refused)
  begins.open()
  await server.ask('stopReplay', `/recordings/${id}/replays/${(await replayed).replayId}/stop`, {})
  const goes = gated.hold('remove', `recordings/~gone-${id}/`)
  const deleted = asked('DELETE', `/recordings/${id}`)
  await goes.reached
  const late = asked('GET', `/recordings/${id}`)
  const again = { status: 409, code: 'recording-is-deleted' }
  expect(await asked('POST', `/recordings/${id}/replays`, {})).toMatchObject(again)
  goes.open()
  expect(await deleted).toMatchObject({ status: 200 })
  expect(await late).toMatchObject({ status: 404 })
  expect(readdirSync(path.join(server.folder, 'data/recordings'))).toEqual([])
})

test('what is left of a recording that a server was removing when it died goes at the next start', async () => {
  const folder = path.join(server.folder, 'data/recordings')
  mkdirSync(path.join(folder, '~gone-half/replays'), { recursive: true })
  writeFileSync(path.join(folder, '~gone-half/replays/one.json'), '{}')
  mkdirSync(path.join(folder, 'somebody.bak'))
  await server.restart()
  expect(readdirSync(folder)).toEqual(['somebody.bak'])
})
