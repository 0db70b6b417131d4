/** The HTTP API over the wire: round trips, refusals, and who may ask. */

import { mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import path from 'node:path'
import type { wire } from '@millrace/pipeline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { copying, endless, numbers } from './testing/documents.ts'
import { startTestServer, type TestServer } from './testing/test-server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

async function refused(
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) {
  const response = await server.fetch(method, `/api/v1${path}`, body, headers)
  return {
    status: response.status,
    ...((await response.json()) as { code: string; message: string }),
  }
}

describe('pipelines', () => {
  test('are saved with every version, canonically', async () => {
    const created = await server.ask('createPipeline', '/pipelines', { document: numbers(3) })
    expect(created).toMatchObject({ name: 'Numbers', version: 1, nodeCount: 3, job: null })
    const saved = await server.ask('savePipeline', `/pipelines/${created.id}`, {
      document: numbers(4, {}, 'More numbers'),
      baseVersion: 1,
    })
    expect(saved).toMatchObject({ id: created.id, name: 'More numbers', version: 2 })
    const versions = await server.ask('listVersions', `/pipelines/${created.id}/versions`)
    expect(versions.map(({ version, name }) => [version, name])).toEqual([
      [2, 'More numbers'],
      [1, 'Numbers'],
    ])
    const first = await server.ask('getVersion', `/pipelines/${created.id}/versions/1`)
    expect(first.document).toEqual(created.document)
    const listed = await server.ask('listPipelines', '/pipelines')
    expect(listed.find(({ id }) => id === created.id)).toMatchObject({ version: 2 })
  })

  test('two who save on the same version do not overwrite one another', async () => {
    const { id } = await server.ask('createPipeline', '/pipelines', { document: numbers(3) })
    await server.ask('savePipeline', `/pipelines/${id}`, { document: numbers(4), baseVersion: 1 })
    const body = { document: numbers(5), baseVersion: 1 }
    expect(await refused('PUT', `/pipelines/${id}`, body)).toEqual({
      status: 409,
      code: 'newer-version',
      message:
        'Version 2 was saved meanwhile, and what you have is based on version 1. ' +
        'Load version 2, or save yours as another pipeline.',
    })
  })

  test('what is saved again unchanged makes no version', async () => {
    const { id } = await server.ask('createPipeline', '/pipelines', { document: numbers(3) })
    const body = { document: numbers(3), baseVersion: 1 }
    expect(await server.ask('savePipeline', `/pipelines/${id}`, body)).toMatchObject({ version: 1 })
  })

  test('a deleted one is gone, and one that runs cannot be deleted', async () => {
    const { id } = await server.ask('createPipeline', '/pipelines', { document: endless() })
    const { jobId } = await server.ask('startJob', '/jobs', { pipelineId: id })
    expect(await refused('DELETE', `/pipelines/${id}`)).toMatchObject({ status: 409 })
    const socket = await server.connect()
    await server.ask('stopJob', `/jobs/${jobId}`)
    await socket.next('jobChanged', (job) => job.jobId === jobId && job.endedAtMs !== null)
    await server.ask('deletePipeline', `/pipelines/${id}`)
    const told = await socket.next('pipelineDeleted', ({ pipelineId }) => pipelineId === id)
    expect(told).toEqual({ pipelineId: id, client: '' })
    expect(await refused('GET', `/pipelines/${id}`)).toMatchObject({
      status: 404,
      code: 'no-such-pipeline',
    })
  })
})

describe('refusals', () => {
  test('a document that is none is refused whole, with its problems', async () => {
    const before = await server.ask('listPipelines', '/pipelines')
    const document = { format: 'millrace/9' }
    const { status, message } = await refused('POST', '/pipelines', { document })
    expect(status).toBe(422)
    expect(message).toContain('millrace/9')
    expect(await server.ask('listPipelines', '/pipelines')).toEqual(before)
  })

  test('a pipeline with errors can be saved and not started', async () => {
    const document = { ...numbers(3), edges: [{ from: 'numbers', to: 'odd' }] }
    const { id } = await server.ask('createPipeline', '/pipelines', { document })
    const { status, code } = await refused('POST', '/jobs', { pipelineId: id })
    expect([status, code]).toEqual([422, 'pipeline-has-errors'])
    const { problems } = await server.ask('checkDocument', '/documents/check', { document })
    expect(problems).toMatchObject([{ nodeId: 'sink', severity: 'error' }])
  })

  test.each([
    ['a body that does not fit', 'POST', '/pipelines', {}, 400, 'request-does-not-fit'],
    [
      'a version that is none',
      'GET',
      '/pipelines/x/versions/one',
      undefined,
      400,
      'request-does-not-fit',
    ],
    ['a body that is not JSON', 'POST', '/pipelines', '{', 400, 'not-json'],
    [
      'letters of what is no pipeline',
      'GET',
      '/pipelines/x/dead-letters',
      undefined,
      404,
      'no-such-pipeline',
    ],
    ['a pipeline that is not there', 'GET', '/pipelines/x', undefined, 404, 'no-such-pipeline'],
    ['a job that is not there', 'GET', '/jobs/x', undefined, 404, 'no-such-job'],
    ['a route that is not there', 'GET', '/nothing', undefined, 404, 'no-such-route'],
    ['a method that is not there', 'DELETE', '/pipelines', undefined, 404, 'no-such-route'],
  ] as const)('%s', async (_, method, path, body, status, code) => {
    expect(await refused(method, path, body)).toMatchObject({ status, code })
  })

  test('a request that does not fit is told field by field what would', async () => {
    const { message } = await refused('PUT', '/pipelines/x', { document: [], baseVersion: 'one' })
    expect(message).toBe(
      'The body of the request does not fit. Field "document" is a list and must be an object. ' +
        'Field "baseVersion" is the text "one" and must be a number.',
    )
  })

  test.each(['/%ff', '/hooks/%ff', '/assets/%E0%A4%A', '/api/v1/pipelines/%ff'])(
    'an address that is no UTF-8, without a word of our code: %s',
    async (place) => {
      const response = await server.fetch('GET', place)
      const { code, message } = (await response.json()) as wire.ApiError
      expect([response.status, code]).toEqual([400, 'request-not-readable'])
      expect(message).toMatch(/^The request cannot be read: Failed to decode param '[^']*'\. /)
    },
  )

  test('bytes that are no UTF-8', async () => {
    const body = Buffer.concat([
      Buffer.from('{"document":{"name":"'),
      Buffer.from([0xff]),
      Buffer.from('"}}'),
    ])
    const { status, code } = await refused('POST', '/pipelines', body)
    expect([status, code]).toEqual([400, 'not-utf-8'])
  })

  test('a name of a pipeline that leads to other folders, whose files stay', async () => {
    const own = path.join(server.folder, 'own.jsonl')
    writeFileSync(own, 'mine')
    for (const id of ['../..', '../../', '../../x/..', server.folder, 'x\0', 'x'.repeat(3000)]) {
      const answer = await refused('DELETE', `/pipelines/${encodeURIComponent(id)}`)
      expect(answer).toMatchObject({ status: 404, code: 'no-such-pipeline' })
    }
    expect(readFileSync(own, 'utf8')).toBe('mine')
  })

  test('what the disk refuses, with what it says', async () => {
    const { id } = await server.ask('createPipeline', '/pipelines', { document: endless() })
    const place = path.join(server.folder, 'data/checkpoints', id)
    mkdirSync(path.dirname(place), { recursive: true })
    writeFileSync(place, '')
    expect(await refused('GET', `/pipelines/${id}/checkpoints`)).toEqual({
      status: 503,
      code: 'disk-refuses',
      message: `"${place}" leads through a file as if that were a folder. Look after the disk, and try again.`,
    })
  })

  test('a savepoint that lies elsewhere', async () => {
    const { id } = await server.ask('createPipeline', '/pipelines', { document: endless() })
    for (const savepointId of ['../../monday', '..', 'x\0']) {
      const from = { kind: 'savepoint', savepointId }
      expect(await refused('POST', '/jobs', { pipelineId: id, from })).toMatchObject({
        status: 404,
        code: 'no-such-savepoint',
      })
    }
  })

  test('more than 5 MB', async () => {
    const body = JSON.stringify({ document: { name: 'x'.repeat(6 * 1024 * 1024) } })
    const { status, message } = await refused('POST', '/pipelines', body)
    expect([status, message]).toEqual([
      413,
      'The request has more than 5 MB, and may have no more. Divide the pipeline.',
    ])
  })

  test.each([
    ['{"document":{"name":"a","name":"b"}}', 'duplicate-key', 'Key "name" stands twice'],
    ['{"document":{"name":1e400}}', 'number-too-large', 'Number 1e400 in line 1, column 21'],
    ['{"document":{"n":9007199254740993}}', 'number-too-large', 'Number 9007199254740993 in'],
  ])('%s, of which something would be lost', async (body, code, words) => {
    const { status, message, ...answer } = await refused('POST', '/pipelines', body)
    expect([status, answer.code]).toEqual([400, code])
    expect(message).toContain(`The body cannot be kept as it is: ${words}`)
  })

  test('a document that would be a hundred times longer with a field to a line', async () => {
    const deep = `${'['.repeat(90)}${'1,'.repeat(60_000)}1${']'.repeat(90)}`
    const nodes = `{"a":{"operator":"keep","config":{"deep":${deep}}}}`
    const body = `{"document":{"format":"millrace/1","name":"Deep","nodes":${nodes}}}`
    const { status, message } = await refused('POST', '/pipelines', body)
    expect([status, message]).toEqual([
      422,
      'Written with a field to a line, the document would have more than 5242880 characters, the limit. ' +
        'Nest less, or divide it into several pipelines.',
    ])
  })

  test('a body of other characters', async () => {
    const headers = { 'content-type': 'application/json; charset=utf-16' }
    const { status, code } = await refused('POST', '/pipelines', '{"document":{}}', headers)
    expect([status, code]).toEqual([415, 'not-json'])
  })

  test('nesting that no writer survives', async () => {
    const body = `{"document":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`
    expect(await refused('POST', '/pipelines', body)).toMatchObject({
      status: 400,
      code: 'too-deep',
    })
  })

  test('a form, which a foreign page could send unasked', async () => {
    const headers = { 'content-type': 'text/plain' }
    const { status, code } = await refused('POST', '/pipelines', '{"document":{}}', headers)
    expect([status, code]).toEqual([415, 'not-json'])
  })

  test('a pipeline that runs already', async () => {
    const { id } = await server.ask('createPipeline', '/pipelines', { document: endless() })
    const { jobId } = await server.ask('startJob', '/jobs', { pipelineId: id })
    expect(await refused('POST', '/jobs', { pipelineId: id })).toMatchObject({
      status: 409,
      code: 'pipeline-runs',
      message: 'Version 1 of this pipeline is running. Stop it first.',
    })
    await server.ask('stopJob', `/jobs/${jobId}`)
  })
})

test('a field that nobody knows is ignored, and named', async () => {
  const { id } = await server.ask('createPipeline', '/pipelines', { document: numbers(3) })
  const answer = async (body: object) => {
    const response = await server.fetch('POST', '/api/v1/jobs', { pipelineId: id, ...body })
    const started = (await response.json()) as wire.JobStatus & { warnings?: readonly string[] }
    await server.ask('stopJob', `/jobs/${started.jobId}`)
    const socket = await server.connect()
    const { endedAtMs } = await server.ask('getJob', `/jobs/${started.jobId}`)
    const isEnd = (job: wire.JobStatus) => job.jobId === started.jobId && job.endedAtMs !== null
    if (endedAtMs === null) await socket.next('jobChanged', isEnd)
    return started.warnings
  }
  expect(await answer({ form: { kind: 'beginning' } })).toEqual([
    'Field "form" is not known here, and was ignored. Did you mean "from"?',
  ])
  expect(await answer({ from: { kind: 'beginning', id: 3 } })).toEqual([
    'Field "from.id" is not known here, and was ignored.',
  ])
  expect(await answer({ from: { kind: 'beginning' }, version: 1 })).toBeUndefined()
})

describe('files that are needed', () => {
  const create = async (document: Record<string, unknown>) =>
    (await server.ask('createPipeline', '/pipelines', { document })).id

  async function problemsOf(document: Record<string, unknown>) {
    const { status, ...answer } = await refused('POST', '/jobs', {
      pipelineId: await create(document),
    })
    const { problems } = answer as unknown as wire.ApiError
    const real = realpathSync(server.folder)
    const found = problems?.map(({ code, nodeId, message }) => {
      return [code, nodeId, message.replaceAll(`${real}/`, '')]
    })
    return { status, found }
  }

  test('what a sink of the pipeline would overwrite is refused as on the command line', async () => {
    expect(await problemsOf(copying('a.jsonl', 'a.jsonl'))).toEqual({
      status: 422,
      found: [
        [
          'file-needed',
          'out',
          '"a.jsonl" is read by node "in" and would be overwritten. Choose another path.',
        ],
      ],
    })
  })

  test('two that run at once neither write one file nor overwrite what the other reads', async () => {
    const lines = Array.from({ length: 10_000 }, (_, n) => JSON.stringify({ n }))
    writeFileSync(path.join(server.folder, 'in.jsonl'), lines.join('\n'))
    symlinkSync('.', path.join(server.folder, 'linked'))
    const pipelineId = await create(copying('in.jsonl', 'out.jsonl', 'First'))
    const first = await server.ask('startJob', '/jobs', { pipelineId })
    expect(await problemsOf(copying('other.jsonl', 'linked/out.jsonl'))).toMatchObject({
      found: [
        [
          'file-needed',
          'out',
          '"linked/out.jsonl" is written by node "out" of the running pipeline "First" as ' +
            '"out.jsonl" too, and only one node can. Choose another path, or stop that pipeline.',
        ],
      ],
    })
    expect(await problemsOf(copying('other.jsonl', 'in.jsonl'))).toMatchObject({
      found: [
        [
          'file-needed',
          'out',
          '"in.jsonl" is read by node "in" of the running pipeline "First" and would be ' +
            'overwritten. Choose another path, or stop that pipeline.',
        ],
      ],
    })
    const places = [
      { nodeId: 'out', kind: 'file', use: 'write', path: 'linked/out.jsonl' },
      { nodeId: 'twice', kind: 'file', use: 'write', path: 'mine.jsonl' },
      { nodeId: 'twice-too', kind: 'file', use: 'read', path: 'mine.jsonl' },
    ]
    const check = async (body: object) => {
      const { problems } = await server.ask('checkPlaces', '/places/check', { places, ...body })
      return problems.flatMap(({ code, nodeId }) => (code === 'file-needed' ? [nodeId] : []))
    }
    expect(await check({})).toEqual(['out'])
    expect(await check({ pipelineId })).toEqual([])
    const socket = await server.connect()
    await server.ask('stopJob', `/jobs/${first.jobId}`)
    await socket.next('jobChanged', (job) => job.jobId === first.jobId && job.endedAtMs !== null)
    const again = await create(copying('in.jsonl', 'linked/out.jsonl', 'Second'))
    const second = await server.ask('startJob', '/jobs', { pipelineId: again })
    expect(second.failure).toBeNull()
    await server.ask('stopJob', `/jobs/${second.jobId}`)
  })
})

describe('who may ask', () => {
  test('a page from elsewhere is refused, also where it knows the address', async () => {
    const headers = { origin: 'http://evil.example' }
    expect(await refused('GET', '/pipelines', undefined, headers)).toMatchObject({
      status: 403,
      code: 'origin-not-allowed',
    })
    const sandboxed = await refused('GET', '/pipelines', undefined, { origin: 'null' })
    expect(sandboxed.status).toBe(403)
  })

  test('a name that was given to this machine by somebody else is refused', async () => {
    // fetch sets Host itself, so this goes out by hand.
    const { status, text } = await get('/api/v1/pipelines', { host: 'evil.example' })
    expect(status).toBe(403)
    expect(JSON.parse(text)).toMatchObject({
      code: 'host-not-allowed',
      message:
        'The request is for host "evil.example", which this server does not answer for. Open ' +
        'http://127.0.0.1 with its port, or start the server with --allow-host evil.example.',
    })
  })

  test('its own page is answered, by either name of this machine', async () => {
    const own = { origin: server.url }
    expect((await server.fetch('GET', '/api/v1/jobs', undefined, own)).status).toBe(200)
    const host = `localhost:${server.server.port}`
    expect((await get('/livez', { host, origin: `http://${host}` })).status).toBe(200)
  })

  test('every answer has the headers that keep a page in its place', async () => {
    const { headers } = await server.fetch('GET', '/')
    expect(headers.get('content-security-policy')).toContain("script-src 'self';")
    expect(headers.get('content-security-policy')).not.toContain('unsafe')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
    expect(headers.get('x-powered-by')).toBeNull()
  })

  function get(path: string, headers: Record<string, string>) {
    return new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
      const { port } = server.server
      request({ host: '127.0.0.1', port, path, headers }, (response) => {
        let text = ''
        response.on('data', (chunk) => {
          text += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode, text }))
      })
        .on('error', reject)
        .end()
    })
  }
})

test('a page that is not built says how to build it', async () => {
  const response = await server.fetch('GET', '/', undefined, { accept: 'text/html' })
  expect(response.status).toBe(503)
  expect(await response.text()).toContain('npm start')
})

test('health and metrics are there for whoever operates it', async () => {
  expect((await server.fetch('GET', '/livez')).status).toBe(200)
  expect(await (await server.fetch('GET', '/readyz')).json()).toEqual({ ready: true, reasons: [] })
  const metrics = async () => (await server.fetch('GET', '/metrics')).text()
  expect(await metrics()).toContain('\nmillrace_build_info{version="test"} 1\n')
  // Those of the process stay when another server begins in it.
  const ofProcess = /^process_resident_memory_bytes \d+$/gm
  expect((await metrics()).match(ofProcess)).toHaveLength(1)
  await server.restart()
  expect((await metrics()).match(ofProcess)).toHaveLength(1)
})

test('operators are described with the schema of their config', async () => {
  const operators = await server.ask('listOperators', '/operators')
  const filter = operators.find(({ id }) => id === 'filter')
  expect(filter).toMatchObject({ title: 'Filter', config: { type: 'object' } })
})

test('a job keeps what happened to it, also for a server that is started later', async () => {
  const { id } = await server.ask('createPipeline', '/pipelines', { document: numbers(3) })
  const socket = await server.connect()
  const { jobId } = await server.ask('startJob', '/jobs', { pipelineId: id })
  await socket.next(
    'jobLogged',
    ({ jobId: of, event }) => of === jobId && event.kind === 'finished',
  )
  await server.restart()
  const { events, dropped } = await server.ask('getJobLog', `/jobs/${jobId}/events`)
  expect(events.map(({ number, kind, message }) => [number, kind, message])).toEqual([
    [1, 'started', 'Version 1 was started.'],
    [2, 'finished', 'All sources have ended, and all results are there.'],
  ])
  expect(dropped).toBe(0)
  // Those before it are found by its pipeline, the newest first.
  const another = await server.ask('startJob', '/jobs', { pipelineId: id })
  const jobsOf = async (query: string) => {
    const jobs = await server.ask('listJobs', `/jobs?pipelineId=${query}`)
    return jobs.map((job) => job.jobId)
  }
  expect(await jobsOf(id)).toEqual([another.jobId, jobId])
  expect(await jobsOf(`${id}&limit=1`)).toEqual([another.jobId])
  expect(await jobsOf('none')).toEqual([])
  expect(await refused('GET', '/jobs?limit=0')).toMatchObject({ status: 400 })
  expect(await refused('GET', '/jobs/x/events')).toMatchObject({ status: 404, code: 'no-such-job' })
})
