/** Jobs, sockets and engine hosts together, with real clients and real processes. */

import type { connect } from 'node:net'
import type { wire } from '@millrace/pipeline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { endless, numbers, windows } from './testing/documents.ts'
import {
  reply,
  start,
  startTestServer,
  type TestServer,
  TestSocket,
} from './testing/test-server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

test('whoever watches a job gets a full frame, then changes since what was acknowledged', async () => {
  const socket = await server.connect()
  const jobId = await start(server, endless())
  expect(reply(await socket.ask('watchJob', { jobId }))).toMatchObject({ jobId })
  const first = await socket.next('jobMeasured')
  expect(first).toMatchObject({ base: 0, status: { jobId } })
  expect(Object.keys(first.nodes).sort()).toEqual(['numbers', 'odd', 'sink'])
  await socket.ask('acknowledgeFrame', { jobId, sequence: first.sequence })
  const changed = await socket.next('jobMeasured', ({ base }) => base === first.sequence)
  expect(Object.keys(changed.nodes.numbers ?? {})).not.toContain('deadLettered')
  await socket.ask('resyncJob', { jobId })
  await socket.next(
    'jobMeasured',
    ({ base, sequence }) => base === 0 && sequence > changed.sequence,
  )
})

test('a client that acknowledges nothing is sent three frames and no more', async () => {
  const [silent, attentive] = [await server.connect(), await server.connect()]
  const jobId = await start(server, endless())
  await silent.ask('watchJob', { jobId })
  await attentive.ask('watchJob', { jobId })
  for (let count = 0; count < 6; count++) {
    const { sequence } = await attentive.next('jobMeasured', (frame) => frame.sequence > count)
    await attentive.ask('acknowledgeFrame', { jobId, sequence })
  }
  expect(silent.heard('jobMeasured').map(({ sequence, base }) => [sequence, base])).toEqual([
    [1, 0],
    [2, 0],
    [3, 0],
  ])
})

test('a job can be paused, stepped, paced, resumed and stopped', async () => {
  const socket = await server.connect()
  const jobId = await start(server, endless())
  const state = (wanted: wire.WireJobState) =>
    socket.next('jobChanged', (job) => job.jobId === jobId && job.state === wanted)
  reply(await socket.ask('controlJob', { jobId, action: 'pause' }))
  await state('paused')
  reply(await socket.ask('controlJob', { jobId, action: 'step', records: 2 }))
  reply(await socket.ask('controlJob', { jobId, action: 'pace', recordsPerSecond: 50 }))
  await socket.next('jobChanged', (job) => job.jobId === jobId && job.pace === 50)
  reply(await socket.ask('controlJob', { jobId, action: 'resume' }))
  expect(await socket.ask('controlJob', { jobId, action: 'step', records: 1 })).toEqual({
    ok: false,
    code: 'job-not-paused',
    message: 'The job is not paused, so it cannot take single steps. Pause it first.',
  })
  reply(await socket.ask('controlJob', { jobId, action: 'stop' }))
  const ended = await socket.next('jobChanged', (job) => {
    return job.jobId === jobId && job.endedAtMs !== null
  })
  expect(ended).toMatchObject({
    state: 'stopped',
    failure: null,
  })
  expect(await server.ask('getJob', `/jobs/${jobId}`)).toMatchObject({ state: 'stopped' })
})

test('a tap sends what passes, and a paused one keeps and counts', async () => {
  const socket = await server.connect()
  const jobId = await start(server, endless())
  const place = { jobId, nodeId: 'numbers', port: 'out' }
  const tap = reply(await socket.ask('openTap', { ...place, where: 'n = 3' }))
  expect(tap).toMatchObject({ columns: [{ name: 'n', type: 'integer' }], eventTime: true })
  const { tapId } = tap
  const filled = await socket.next('tapFilled', ({ records }) => records.length > 0)
  expect(new Set(filled.records.map(({ row }) => row.n))).toEqual(new Set([3]))
  const last = socket.heard('tapFilled').at(-1)?.records.at(-1)?.number ?? 0
  reply(await socket.ask('pauseTap', { tapId, paused: true }))
  const counted = await socket.next('tapFilled', ({ seen, records }) => {
    return seen > last + 2 && records.length === 0
  })
  expect(counted.unsent).toBeGreaterThan(0)
  reply(await socket.ask('pauseTap', { tapId, paused: false }))
  const kept = await socket.next('tapFilled', ({ records }) => {
    return (records.at(-1)?.number ?? 0) >= counted.seen
  })
  expect(kept.records.map(({ number }) => number)).toContain(counted.seen)
  const all = socket
    .heard('tapFilled')
    .flatMap(({ records }) => records.map(({ number }) => number))
  expect(all).toEqual(all.map((_, index) => index + 1))
  reply(await socket.ask('closeTap', { tapId }))
})

test('who looks at a job that has ended is shown the newest records of each port', async () => {
  const socket = await server.connect()
  const jobId = await start(server, numbers(80))
  await socket.next('jobChanged', (job) => job.jobId === jobId && job.state === 'finished')
  const place = { jobId, nodeId: 'odd', port: 'out' }
  reply(await socket.ask('openTap', { ...place, earlier: true, where: 'n > 3' }))
  const { records, seen } = await socket.next('tapFilled')
  expect([seen, new Set(records.map(({ row }) => row.n))]).toEqual([11, new Set([5])])
  const numbered = reply(
    await socket.ask('openTap', { ...place, nodeId: 'numbers', earlier: true }),
  )
  const newest = await socket.next('tapFilled', ({ tapId }) => tapId === numbered.tapId)
  expect(newest.records.map(({ number }) => number)).toEqual(
    Array.from({ length: 50 }, (_, index) => index + 31),
  )
  expect([newest.seen, newest.unsent]).toEqual([80, 30])
  // Without that word a tap begins with what comes next, as ever.
  const { tapId } = reply(await socket.ask('openTap', place))
  reply(await socket.ask('pauseTap', { tapId, paused: true }))
  expect(socket.heard('tapFilled').filter((filled) => filled.tapId === tapId)).toEqual([])
})

test.each([
  ['a condition that does not fit', { where: 'm = 3' }, 'm'],
  ['a port that is not there', { port: 'late' }, 'has no output "late". It has out, errors.'],
  ['a node that is not there', { nodeId: 'gone' }, 'has no node "gone"'],
])('%s is refused with what to do', async (_, change, words) => {
  const socket = await server.connect()
  const jobId = await start(server, endless())
  const place = { jobId, nodeId: 'numbers', port: 'out', ...change }
  const answer = await socket.ask('openTap', place)
  expect(answer).toMatchObject({ ok: false, message: expect.stringContaining(words) })
})

test('the picture of a window node has its windows, dots and the steps of the watermark', async () => {
  const socket = await server.connect()
  const jobId = await start(server, windows())
  reply(await socket.ask('openPicture', { jobId, nodeId: 'windows' }))
  const drawn = await socket.next('pictureDrawn', (picture) => {
    return picture.windows.filter(({ firedAtMs }) => firedAtMs !== undefined).length > 1
  })
  const fired = drawn.windows.filter(({ firedAtMs }) => firedAtMs !== undefined)
  // One record a millisecond, in windows of 20 ms with 7 different numbers.
  for (const { records, keys } of fired.slice(1)) expect([records, keys]).toEqual([20, 7])
  expect(drawn.dots.length).toBeGreaterThan(20)
  expect(drawn.steps.length).toBeGreaterThan(2)
  expect(drawn.firesByClock).toBe(false)
  expect(drawn.sources).toMatchObject([
    {
      nodeId: 'numbers',
      partitions: 1,
      idlePartitions: 0,
      slowest: { latest: expect.any(Number) },
    },
  ])
  expect(drawn.sources[0]?.heardAtMs).toBeLessThanOrEqual(drawn.atMs)
  expect(await socket.ask('openPicture', { jobId, nodeId: 'odd' })).toMatchObject({
    ok: false,
    message: 'Node "odd" has no windows to draw. Choose a window node.',
  })
})

test('a picture goes on while nobody looks, and is there after the end of the job', async () => {
  const socket = await server.connect()
  const jobId = await start(server, windows())
  const place = { jobId, nodeId: 'windows' }
  reply(await socket.ask('openPicture', place))
  const fired = ({ windows }: wire.Picture) =>
    windows.filter(({ firedAtMs }) => firedAtMs !== undefined)
  await socket.next('pictureDrawn', (picture) => fired(picture).length > 0)
  reply(await socket.ask('closePicture', place))
  await server.ask('stopJob', `/jobs/${jobId}`)
  await socket.next('jobChanged', (job) => job.jobId === jobId && job.state === 'stopped')
  reply(await socket.ask('openPicture', place))
  const back = await socket.next('pictureDrawn', ({ watermark }) => watermark === 'end')
  // Windows that fired before, and the way of the watermark to the end, which nobody looked at.
  expect(fired(back).length).toBeGreaterThan(0)
  expect(back.steps.length).toBeGreaterThan(1)
})

test('the windows of a job that was over before anybody looked are drawn as they were', async () => {
  const socket = await server.connect()
  const { nodes, edges, ...document } = numbers(90)
  const config = { size: '20ms', groupBy: ['n'], aggregates: { count: 'COUNT(*)' } }
  const jobId = await start(server, {
    ...document,
    nodes: { ...(nodes as object), windows: { operator: 'tumbling-window', config } },
    edges: [...(edges as object[]), { from: 'numbers', to: 'windows' }],
  })
  const ended = await socket.next('jobChanged', (job) => {
    return job.jobId === jobId && job.state === 'finished'
  })
  reply(await socket.ask('openPicture', { jobId, nodeId: 'windows' }))
  const drawn = await socket.next('pictureDrawn')
  const fired = drawn.windows.map(({ startMs, endMs, firedRecords, keys }) => {
    return [startMs, endMs, firedRecords, keys]
  })
  expect(fired).toEqual([
    ...[0, 20, 40, 60].map((startMs) => [startMs, startMs + 20, 20, 7]),
    [80, 100, 10, 7],
  ])
  expect(drawn.dots.map(({ eventTimeMs }) => eventTimeMs)).toEqual(
    Array.from({ length: 90 }, (_, index) => index),
  )
  expect(drawn.steps.length).toBeGreaterThan(1)
  expect([drawn.watermark, drawn.atMs]).toEqual(['end', ended.endedAtMs])
})

test('a job starts at the pace that is asked for', async () => {
  const document = endless('Paced from its start')
  const { id } = await server.ask('createPipeline', '/pipelines', { document })
  const job = await server.ask('startJob', '/jobs', { pipelineId: id, pace: 5 })
  expect(job.pace).toBe(5)
  const refused = await server.fetch('POST', '/api/v1/jobs', { pipelineId: id, pace: 0 })
  expect(refused.status).toBe(400)
})

test('a sink shows what it took in', async () => {
  const socket = await server.connect()
  const jobId = await start(server, numbers(20))
  await socket.next('jobChanged', (job) => job.jobId === jobId && job.state === 'finished')
  const view = await server.ask('getView', `/jobs/${jobId}/views/sink?limit=2`)
  expect(view).toEqual({
    columns: [{ name: 'n', type: 'integer' }],
    rows: [{ n: 3 }, { n: 5 }],
    total: 9,
  })
})

test.each([
  ['a view with a key', { operator: 'view-sink', config: { key: ['n'] } }, [5, 6, 0, 1, 2, 3, 4]],
  ['a view with a limit', { operator: 'view-sink', config: { limit: 3 } }, [2, 3, 4]],
  ['an inspect sink', { operator: 'inspect-sink', config: { rows: 4 } }, [1, 2, 3, 4]],
])('%s shows the rows that it keeps, and no others', async (_, sink, expected) => {
  const socket = await server.connect()
  const document = numbers(40)
  const jobId = await start(server, {
    ...document,
    nodes: { ...(document.nodes as object), kept: sink },
    edges: [...(document.edges as object[]), { from: 'numbers', to: 'kept' }],
  })
  await socket.next('jobChanged', (job) => job.jobId === jobId && job.state === 'finished')
  const { rows } = await server.ask('getView', `/jobs/${jobId}/views/kept?limit=2000`)
  expect(rows.map(({ n }) => n)).toEqual(expected)
  const { rows: newest } = await server.ask('getView', `/jobs/${jobId}/views/kept?limit=2`)
  expect(newest.map(({ n }) => n)).toEqual(expected.slice(-2))
})

test('what a node keeps is told key by key, while its job runs', async () => {
  const { nodes, edges, ...document } = endless('Kept')
  const config = { groupBy: ['n'], aggregates: { count: 'COUNT(*)' } }
  const jobId = await start(server, {
    ...document,
    nodes: {
      ...(nodes as object),
      groups: { operator: 'group-aggregate', config },
      kept: { operator: 'view-sink', config: {} },
    },
    edges: [
      ...(edges as object[]),
      { from: 'numbers', to: 'groups' },
      { from: 'groups', to: 'kept' },
    ],
  })
  const place = `/jobs/${jobId}/state`
  const total = async () => (await server.ask('getState', `${place}/groups`)).total
  await expect.poll(total).toBe(7)
  const found = await server.ask('getState', `${place}/groups?search=5&limit=1`)
  expect(found).toMatchObject({ complete: true, entries: [{ table: 'groups', key: 5 }] })
  expect(found.bytes).toBeGreaterThan(0)
  expect(await server.ask('getState', `${place}/numbers`)).toMatchObject({ entries: [], total: 0 })
  const missing = await server.fetch('GET', `/api/v1${place}/nobody`)
  expect(missing.status).toBe(404)
})

test('columns of any name are seen at taps and in views', async () => {
  const socket = await server.connect()
  const config = JSON.parse('{"columns":{"__proto__":"n","constructor":"n + 1"}}')
  const document = endless('Odd names')
  const jobId = await start(server, {
    ...document,
    nodes: {
      ...(document.nodes as object),
      select: { operator: 'select', config },
      names: { operator: 'inspect-sink' },
    },
    edges: [
      ...(document.edges as object[]),
      { from: 'numbers', to: 'select' },
      { from: 'select', to: 'names' },
    ],
  })
  reply(await socket.ask('openTap', { jobId, nodeId: 'select', port: 'out' }))
  const { records } = await socket.next('tapFilled', (filled) => filled.records.length > 0)
  for (const { row } of records) expect(Object.keys(row)).toEqual(['__proto__', 'constructor'])
  const { rows } = await server.ask('getView', `/jobs/${jobId}/views/names?limit=1`)
  expect(Object.keys(rows[0] ?? {})).toEqual(['__proto__', 'constructor'])
})

test('a second server on the same data folder is refused, with the process that has it', async () => {
  const dataFolder = `${server.folder}/data`
  await expect(startTestServer({ dataFolder })).rejects.toThrow(
    `The data folder "${dataFolder}" is in use by another Millrace: process ${process.pid} (millrace serve). ` +
      'Stop that one, or choose another folder with --data.',
  )
})

test('a port that is taken is named, with how to choose another', async () => {
  const { port } = server.server
  await expect(startTestServer({ port })).rejects.toThrow(
    `Port ${port} on 127.0.0.1 is taken by another program. Stop that one, or choose another port ` +
      `with --port ${port + 1}, or in the environment as PORT=${port + 1}.`,
  )
})

test('a page from elsewhere gets no socket, by either of the names it may give', async () => {
  for (const extraHeaders of [
    { origin: 'http://evil.example' },
    { host: 'evil.example', origin: 'http://evil.example' },
  ]) {
    await expect(TestSocket.open(server.url, { extraHeaders })).rejects.toThrow()
  }
  const polling = await server.fetch('GET', '/socket.io/?EIO=4&transport=polling')
  expect(polling.status).toBe(400)
})

test('every request is answered, also one that makes no sense', async () => {
  const socket = await server.connect()
  const odd = socket as unknown as { ask(name: string, request: unknown): Promise<unknown> }
  expect(await odd.ask('constructor', {})).toMatchObject({ ok: false, code: 'no-such-request' })
  expect(await odd.ask('watchJob', undefined)).toMatchObject({
    ok: false,
    code: 'request-does-not-fit',
  })
  expect(await odd.ask('watchJob', { jobId: 'x' })).toMatchObject({
    ok: false,
    code: 'no-such-job',
  })
  const flood = await Promise.all(
    Array.from({ length: 300 }, () => odd.ask('unwatchJob', { jobId: 'x' })),
  )
  expect(flood.filter((answer) => (answer as { ok: boolean }).ok).length).toBeLessThan(300)
})

test('whoever sends without end is cut off, and others are not', async () => {
  const other = await server.connect()
  const flooding = await server.connect()
  const ended = new Promise((resolve) => flooding.socket.once('disconnect', resolve))
  for (let count = 0; count < 1500; count++) flooding.socket.emit('unwatchJob', { jobId: 'x' })
  expect(await ended).toBe('transport close')
  expect(await other.ask('watchJob', { jobId: 'x' })).toMatchObject({ code: 'no-such-job' })
})

test('a browser that reads nothing costs the server next to nothing', async () => {
  await using server = await startTestServer()
  const jobId = await start(server, windows())
  const attentive = await server.connect()
  await attentive.ask('watchJob', { jobId })
  const stalled = await server.connect()
  await stalled.ask('watchJob', { jobId })
  await stalled.ask('openTap', { jobId, nodeId: 'numbers', port: 'out' })
  await stalled.ask('openPicture', { jobId, nodeId: 'windows' })
  // The transport's own socket, which stops reading as a suspended browser does.
  const { transport } = stalled.socket.io.engine as unknown as {
    transport: { ws: { _socket: ReturnType<typeof connect> } }
  }
  transport.ws._socket.pause()
  const before = process.memoryUsage()
  let sequence = 0
  for (let count = 0; count < 10; count++) {
    ;({ sequence } = await attentive.next('jobMeasured', (frame) => frame.sequence > sequence))
    await attentive.ask('acknowledgeFrame', { jobId, sequence })
  }
  const after = process.memoryUsage()
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(2 * 1024 * 1024)
  transport.ws._socket.resume()
})
