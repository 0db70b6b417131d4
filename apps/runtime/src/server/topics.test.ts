/** Topics over the API, and jobs that read and write them in an engine host of their own. */

import { afterAll, beforeAll, expect, test } from 'vitest'
import { start, startTestServer, type TestServer } from './testing/test-server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

async function refused(method: string, path: string, body?: unknown) {
  const response = await server.fetch(method, `/api/v1${path}`, body)
  const { code, message } = (await response.json()) as { code: string; message: string }
  return [response.status, code, message]
}

async function values(topic: string): Promise<readonly unknown[]> {
  const { records } = await server.ask('readTopic', `/topics/${topic}/records?limit=1000`)
  return records.map(({ value }) => value)
}

test('a topic is made, written, read and removed', async () => {
  const made = await server.ask('createTopic', '/topics', { topic: 'orders', partitions: 2 })
  expect(made).toMatchObject({ topic: 'orders', settings: { partitions: 2, compact: false } })
  const record = { key: { text: 'ada' }, value: { base64: '/wA=' }, partition: 1, timestampMs: 7 }
  const produce = { ...record, idempotencyKey: 'once' }
  const first = await server.ask('produceRecord', '/topics/orders/records', produce)
  expect(first).toEqual({ partition: 1, offset: 0, duplicate: false })
  const again = await server.ask('produceRecord', '/topics/orders/records', produce)
  expect(again).toEqual({ partition: 1, offset: 0, duplicate: true })
  const read = await server.ask('readTopic', '/topics/orders/records?partition=1&at=7')
  expect(read).toEqual({
    records: [
      { offset: 0, timestampMs: 7, key: { text: 'ada' }, value: { base64: '/wA=' }, headers: [] },
    ],
    nextOffset: 1,
    endOffset: 1,
  })
  const [listed] = await server.ask('listTopics', '/topics')
  expect(listed?.partitions.map(({ endOffset }) => endOffset)).toEqual([0, 1])
  await server.fetch('DELETE', '/api/v1/topics/orders')
  expect(await server.ask('listTopics', '/topics')).toEqual([])
})

test('what cannot be is refused with its status', async () => {
  await server.ask('createTopic', '/topics', { topic: 'small', recordBytesMax: 4 })
  expect(await refused('POST', '/topics', { topic: 'small' })).toEqual([
    409,
    'topic-exists',
    'There is a topic "small" already. Choose another name.',
  ])
  expect(await refused('GET', '/topics/none')).toEqual([
    404,
    'topic-unknown-topic',
    'There is no topic "none". Make it first, or correct its name.',
  ])
  const many = { topic: 'many', partitions: 257 }
  const response = await server.fetch('POST', '/api/v1/topics', many)
  expect(await response.json()).toMatchObject({
    code: 'topic-refused',
    problems: [{ path: ['partitions'], message: expect.stringContaining('from 1 to 256.') }],
  })
  const large = { key: null, value: { text: 'too much' } }
  expect((await refused('POST', '/topics/small/records', large)).slice(0, 2)).toEqual([
    400,
    'topic-refused',
  ])
  expect((await refused('GET', '/topics/small/records?offset=5')).slice(0, 2)).toEqual([
    404,
    'topic-offset-out-of-range',
  ])
})

test('a value in broken Base64 is refused, and not kept as what is left of it', async () => {
  await server.ask('createTopic', '/topics', { topic: 'bytes' })
  for (const base64 of ['!!', '/wA=x', 'YWJjZ', '/w A=']) {
    expect(
      await refused('POST', '/topics/bytes/records', { key: null, value: { base64 } }),
    ).toEqual([
      400,
      'request-does-not-fit',
      'The body of the request does not fit. What stands under "base64" is not Base64: its letters ' +
        'are A-Z, a-z, 0-9, "+" and "/". Encode the bytes anew.',
    ])
  }
  for (const base64 of ['', '_-8', '/wA']) {
    await server.ask('produceRecord', '/topics/bytes/records', { key: null, value: { base64 } })
  }
  expect(await values('bytes')).toEqual([{ text: '' }, { base64: '/+8=' }, { base64: '/wA=' }])
})

test('a value in two forms at once is told which field is one too many', async () => {
  const record = { key: null, value: { text: 'a', base64: 'YQ==' } }
  expect(await refused('POST', '/topics/bytes/records', record)).toEqual([
    400,
    'request-does-not-fit',
    expect.stringContaining('Field "value.base64" is not known to "value".'),
  ])
})

test('what the server keeps in topics of its own is neither read nor written nor removed', async () => {
  for (const topic of ['millrace.dead-letters', 'Millrace.dead-letters', 'millrace.new']) {
    const refusal = [
      400,
      'topic-refused',
      `Topic "${topic}" would be Millrace's own by its name. Choose another one.`,
    ]
    const letter = { key: null, value: { text: 'made up' } }
    expect(await refused('POST', '/topics', { topic })).toEqual(refusal)
    expect(await refused('POST', `/topics/${topic}/records`, letter)).toEqual(refusal)
    expect(await refused('POST', `/topics/${topic}/infer`, {})).toEqual(refusal)
    expect(await refused('GET', `/topics/${topic}`)).toEqual(refusal)
    expect(await refused('GET', `/topics/${topic}/records`)).toEqual(refusal)
    expect(await refused('GET', `/topics/${topic}/pages`)).toEqual(refusal)
    expect(await refused('DELETE', `/topics/${topic}`)).toEqual(refusal)
  }
})

test('the schema of a topic is guessed from its newest records', async () => {
  await server.ask('createTopic', '/topics', { topic: 'guessed', partitions: 2 })
  expect(await refused('POST', '/topics/guessed/infer', {})).toEqual([
    400,
    'sample-not-readable',
    expect.stringContaining('Topic "guessed" has no records yet'),
  ])
  const say = (text: string, partition: number) =>
    server.ask('produceRecord', '/topics/guessed/records', {
      ...{ key: null, value: { text }, partition },
    })
  await say('"hello"', 0)
  expect((await refused('POST', '/topics/guessed/infer', {}))[2]).toContain('is a JSON object')
  await say('{"at":"2026-01-01T00:00:00Z","n":1}', 0)
  await say('{"at":"2026-01-01T00:00:00Z","n":1.5}', 1)
  expect(await server.ask('inferTopicSchema', '/topics/guessed/infer', {})).toEqual({
    config: { schema: { at: 'timestamp', n: 'double' }, eventTime: 'at' },
    notes: ['1 record of the sample cannot be read and would go to the errors port.'],
  })
  expect((await refused('POST', '/topics/none/infer', {})).slice(0, 2)).toEqual([
    404,
    'topic-unknown-topic',
  ])
})

test('a job writes a topic and another one reads it as it grows', async () => {
  const rows = Array.from({ length: 500 }, (_, n) => [n, n % 7])
  const list = { operator: 'list-source', config: { rows } }
  const document = (name: string, nodes: object) => ({
    ...{ format: 'millrace/1', name, nodes },
    edges: [{ from: 'in', to: 'out' }],
  })
  const schema = { n: 'integer' }
  await server.ask('createTopic', '/topics', { topic: 'numbers' })
  await start(
    server,
    document('Copy', {
      in: { operator: 'topic-source', config: { topic: 'numbers', schema } },
      out: { operator: 'topic-sink', config: { topic: 'copies' } },
    }),
  )
  await start(
    server,
    document('Write', { in: list, out: { operator: 'topic-sink', config: { topic: 'numbers' } } }),
  )
  await expect
    .poll(async () => (await server.ask('getTopic', '/topics/numbers')).partitions[0]?.endOffset, {
      timeout: 20_000,
    })
    .toBe(500)
  const written = await values('numbers')
  expect(written[0]).toEqual({ text: expect.stringContaining('"n":0') })
  await expect.poll(() => values('copies'), { timeout: 20_000 }).toEqual(written)
  const uses = await server.ask('listTopicUses', '/topic-uses')
  expect(
    uses.map(({ topic, use, pipelineName, nodeTitle, job }) => [
      ...[topic, use, pipelineName, nodeTitle],
      job?.state ?? 'not running',
    ]),
  ).toEqual([
    ['numbers', 'write', 'Write', 'Topic sink', 'not running'],
    ['numbers', 'read', 'Copy', 'Topic source', 'running'],
    ['copies', 'write', 'Copy', 'Topic sink', 'running'],
  ])
  await expect
    .poll(
      async () =>
        (await server.ask('listTopicUses', '/topic-uses')).find(({ use }) => use === 'read')
          ?.places,
    )
    .toEqual([{ partition: 0, offset: 500 }])
  const page = await server.ask('browseTopic', '/topics/copies/pages?limit=2')
  expect(page).toMatchObject({
    records: [
      { partition: 0, offset: 498, value: { text: expect.stringContaining('"n":') } },
      { partition: 0, offset: 499 },
    ],
    ...{ first: '0:498', last: '0:500', older: 498, newer: 0 },
  })
})
