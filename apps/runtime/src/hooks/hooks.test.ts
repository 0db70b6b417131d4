/** Webhooks on a server: what was answered with 202 is read by a job, and the rest says why not. */

import { createHmac } from 'node:crypto'
import { request } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createNodeEnv } from '../env/node-env.ts'
import { start, startTestServer, type TestServer } from '../server/testing/test-server.ts'

const { timers } = createNodeEnv()
let server: TestServer

beforeEach(async () => {
  server = await startTestServer()
})

afterEach(async () => {
  await server[Symbol.asyncDispose]()
})

function orders(config: object = {}, name = 'Orders') {
  const source = { path: 'orders', schema: { n: 'integer' }, ...config }
  return {
    format: 'millrace/1',
    name,
    nodes: {
      hook: { operator: 'http-source', config: source },
      out: { operator: 'topic-sink', config: { topic: 'copied' } },
    },
    edges: [{ from: 'hook', to: 'out' }],
    settings: { checkpointInterval: '100ms' },
  }
}

type Body = string | Uint8Array

async function post(body: Body, headers: Record<string, string> = {}, path = 'orders') {
  const response = await fetch(`${server.url}/hooks/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })
  const json = (await response.json()) as { code?: string; message?: string }
  return { status: response.status, headers: response.headers, json }
}

async function refused(body: Body, headers: Record<string, string> = {}, path = 'orders') {
  const { status, json } = await post(body, headers, path)
  return [status, json.code]
}

/** The records of a topic, when there are so many of them. */
async function values(topic: string, count: number): Promise<readonly unknown[]> {
  for (;;) {
    const response = await server.fetch('GET', `/api/v1/topics/${topic}/records?limit=1000`)
    if (response.ok) {
      const { records } = (await response.json()) as { records: { value: { text: string } }[] }
      if (records.length >= count) return records.map(({ value }) => JSON.parse(value.text))
    }
    await new Promise<void>((resolve) => timers.after(20, resolve))
  }
}

test('what was answered with 202 is kept and read by the job, whichever way it came', async () => {
  await start(server, orders())
  expect(await post('{"n":1}')).toMatchObject({ status: 202, json: { accepted: 1, offset: 0 } })
  const packed = gzipSync('{"n":2}\n{"n":3}\n')
  const lines = { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' }
  expect(await post(packed, lines)).toMatchObject({ json: { accepted: 2, offset: 1 } })
  expect(await post('[]')).toMatchObject({ status: 202, json: { accepted: 0 } })
  expect(await values('copied', 3)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }])
})

test('a repeated request gets the same answer and is kept once, also after a restart', async () => {
  await start(server, orders())
  const first = await post('[{"n":1},{"n":2}]', { 'idempotency-key': 'once' })
  await post('{"n":3}')
  const again = await post('[{"n":1},{"n":2}]', { 'idempotency-key': 'once' })
  expect([again.status, again.json]).toEqual([first.status, first.json])
  expect(again.headers.get('idempotent-replayed')).toBe('true')
  await server.restart()
  const later = await post('[{"n":1},{"n":2}]', { 'idempotency-key': 'once' })
  expect(later.json).toEqual(first.json)
  expect(await values('webhook.orders', 3)).toHaveLength(3)
})

test('what is refused leaves nothing behind', async () => {
  await start(server, orders({ requestSize: '1KB' }))
  const bomb = gzipSync(Buffer.alloc(20_000_000, ' '))
  expect(bomb.length).toBeLessThan(30_000)
  expect([
    await refused('{"n":1'),
    await refused('{"n":1}\n{"n"', { 'content-type': 'application/x-ndjson' }),
    await refused(`{"n":"${'x'.repeat(2000)}"}`),
    await refused(bomb, { 'content-encoding': 'gzip' }),
    await refused('{"n":1}', { 'content-encoding': 'gzip' }),
    await refused(gzipSync('{"n":1}').subarray(0, 15), { 'content-encoding': 'gzip' }),
    await refused('{"n":1}', { 'content-encoding': 'br' }),
    await refused('n=1', { 'content-type': 'application/x-www-form-urlencoded' }),
    await refused('{"n":1}', {}, 'other'),
  ]).toEqual([
    [400, 'not-json'],
    [400, 'not-json'],
    [413, 'too-large'],
    [413, 'too-large'],
    [400, 'not-gzip'],
    [400, 'not-gzip'],
    [415, 'wrong-encoding'],
    [415, 'wrong-type'],
    [404, 'no-such-webhook'],
  ])
  const got = await fetch(`${server.url}/hooks/orders`)
  expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST'])
  const described = await server.ask('getTopic', '/topics/webhook.orders')
  expect(described.partitions[0]?.endOffset).toBe(0)
})

test('pages from elsewhere cannot post, scripts can', async () => {
  await start(server, orders())
  const text = { 'content-type': 'text/plain' }
  expect(await refused('{"n":1}', { ...text, origin: 'http://evil.example' })).toEqual([
    403,
    'origin-not-allowed',
  ])
  expect(await refused('{"n":1}', { ...text, origin: 'null' })).toEqual([403, 'origin-not-allowed'])
  expect(await raw({ 'sec-fetch-site': 'cross-site' })).toBe(403)
  expect(await raw({ host: 'evil.example' })).toBe(403)
  expect(await raw({})).toBe(202)
})

async function stop(jobId: string): Promise<void> {
  const socket = await server.connect()
  await server.ask('stopJob', `/jobs/${jobId}`)
  const { endedAtMs } = await server.ask('getJob', `/jobs/${jobId}`)
  if (endedAtMs === null) await socket.next('jobChanged', (job) => job.endedAtMs !== null)
}

/** With headers that `fetch` would not send. */
function raw(headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${server.url}/hooks/orders`,
      { method: 'POST', headers: { 'content-type': 'application/json', ...headers } },
      (response) => {
        response.resume()
        resolve(response.statusCode)
      },
    )
    sent.on('error', reject)
    sent.end('{"n":1}')
  })
}

test('a flood gets 429 with the time to wait, and what was taken is there', async () => {
  await start(server, orders({ rate: 5 }))
  const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => post(`{"n":${n}}`)))
  const taken = answers.filter(({ status }) => status === 202).length
  const others = answers.filter(({ status }) => status !== 202)
  expect(taken).toBeGreaterThanOrEqual(5)
  expect(others.length).toBeGreaterThan(10)
  for (const { status, headers, json } of others) {
    expect([status, headers.get('retry-after')]).toEqual([429, '1'])
    expect(json.message).toBe(
      'Webhook "orders" takes 5 requests per second. Send it again more slowly.',
    )
  }
  expect(await values('webhook.orders', taken)).toHaveLength(taken)
})

test('while nobody reads, requests are kept up to the backlog, and read by the next job', async () => {
  const jobId = await start(server, orders({ backlog: '1KB' }))
  await post('{"n":0}')
  await values('copied', 1)
  await stop(jobId)
  let sent = 0
  let answer = await post(`{"n":${++sent}}`)
  while (answer.status === 202 && sent < 500) answer = await post(`{"n":${++sent}}`)
  expect([answer.status, answer.json.code]).toEqual([429, 'backlog-full'])
  await server.restart()
  expect(await refused('{"n":1}')).toEqual([429, 'backlog-full'])
  const [pipeline] = await server.ask('listPipelines', '/pipelines')
  await server.ask('startJob', '/jobs', { pipelineId: pipeline?.id })
  const read = await values('copied', sent)
  expect(new Set(read.map((row) => (row as { n: number }).n)).size).toBe(sent)
})

test('a source may refuse while it is stopped, and is gone with its pipeline', async () => {
  const jobId = await start(server, orders({ whileStopped: 'refuse' }))
  expect((await post('{"n":1}')).status).toBe(202)
  await stop(jobId)
  const answer = await post('{"n":2}')
  expect([answer.status, answer.json.code]).toEqual([503, 'not-running'])
  expect(answer.headers.get('retry-after')).toBe('15')
  const [pipeline] = await server.ask('listPipelines', '/pipelines')
  await server.fetch('DELETE', `/api/v1/pipelines/${pipeline?.id}`)
  expect(await refused('{"n":3}')).toEqual([404, 'no-such-webhook'])
})

test('two pipelines that run cannot have one path', async () => {
  const jobId = await start(server, orders())
  const message =
    'Webhook "orders" belongs to the pipeline "Orders", which runs. Choose another path, or stop that one.'
  const other = start(server, orders({}, 'Others'))
  await expect(other).rejects.toThrow(JSON.stringify(message).slice(1, -1))
  // Who draws it is told before the start, and only then.
  const [one, two] = await server.ask('listPipelines', '/pipelines')
  const own = one?.name === 'Orders' ? one.id : two?.id
  const places = [{ nodeId: 'hook', kind: 'webhook', path: 'orders' }]
  const check = async (body: object) =>
    (await server.ask('checkPlaces', '/places/check', { places, ...body })).problems
  const taken = {
    code: 'webhook-taken',
    severity: 'error',
    nodeId: 'hook',
    path: ['path'],
    message,
  }
  expect(await check({})).toEqual([taken])
  expect(await check({ pipelineId: own === one?.id ? two?.id : one?.id })).toEqual([taken])
  expect(await check({ pipelineId: own })).toEqual([])
  await stop(jobId)
  expect(await check({})).toEqual([])
})

test('only what is signed is kept, packed or not, and the same signature once', async () => {
  const secret = 'between us'
  process.env.MILLRACE_SECRET_TEST_HOOK = secret
  try {
    const signature = { scheme: 'stripe', secret: 'secret://test-hook' }
    await start(server, orders({ signature }))
    const seconds = Math.floor(createNodeEnv().clock.nowMs() / 1000)
    const signed = (body: Body, time = seconds, key = secret) => {
      const hmac = createHmac('sha256', key).update(`${time}.`).update(body).digest('hex')
      return { 'stripe-signature': `t=${time},v1=${hmac}` }
    }
    const packed = gzipSync('{"n":2}')
    const asGzip = { 'content-encoding': 'gzip' }
    expect([
      await refused('{"n":7}'),
      await refused('{"n":7}', signed('{"n":8}')),
      await refused('{"n":7}', signed('{"n":7}', seconds, 'other')),
      await refused('{"n":7}', signed('{"n":7}', seconds - 400)),
      await refused(packed, { ...signed('{"n":2}'), ...asGzip }),
    ]).toEqual([
      [401, 'signature-missing'],
      [401, 'wrong-signature'],
      [401, 'wrong-signature'],
      [401, 'signature-too-old'],
      [401, 'wrong-signature'],
    ])
    expect((await post('{"n":1}', signed('{"n":1}'))).status).toBe(202)
    const again = await post('{"n":1}', signed('{"n":1}'))
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect((await post(packed, { ...signed(packed), ...asGzip })).status).toBe(202)
    expect(await values('copied', 2)).toEqual([{ n: 1 }, { n: 2 }])
  } finally {
    delete process.env.MILLRACE_SECRET_TEST_HOOK
  }
})
