/** Reading what a webhook has received: from where, how often, and what does not fit. */

import {
  type DeadLetter,
  type Job,
  Job as JobOfPlan,
  planStartingAt,
  readCheckpoint,
  type StartAt,
  toJobPlan,
  toUtf8,
} from '@millrace/engine'
import {
  checkDocument,
  driveVirtually,
  MemoryCheckpoints,
  VirtualEnv,
} from '@millrace/engine/testing'
import type { Row } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { httpSource } from './http-source.ts'
import { requireWebhookTopic } from './webhooks/webhook-topic.ts'

const TOPIC = 'webhook.orders'

async function world(count: number) {
  const env = new VirtualEnv()
  await requireWebhookTopic(env.topics, TOPIC)
  await send(env, ...Array.from({ length: count }, (_, n) => `{"n":${n}}`))
  return env
}

async function send(env: VirtualEnv, ...texts: readonly string[]): Promise<void> {
  const timestampMs = env.clock.nowMs()
  await env.topics.append(
    TOPIC,
    texts.map((text) => ({ key: null, value: toUtf8(text), timestampMs })),
  )
}

interface Given {
  readonly config?: object
  readonly store?: MemoryCheckpoints
  readonly at?: StartAt
}

/** Runs until nothing comes any more, and then is drained, or is dropped as a crash would. */
async function receive(env: VirtualEnv, end: 'drain' | 'crash', { config, store, at }: Given = {}) {
  const nodes = {
    in: {
      operator: 'http-source',
      config: { path: 'orders', schema: { n: 'integer' }, ...config },
    },
  }
  const document = { format: 'millrace/1', name: 'Orders', nodes, edges: [] }
  const restored = store && (await readCheckpoint(store, env))
  const letters: DeadLetter[] = []
  const drawn = toJobPlan(checkDocument(document, [httpSource]))
  const { plan } = at === undefined ? { plan: drawn } : planStartingAt(drawn, at)
  const job: Job = new JobOfPlan(plan, {
    env,
    resolvePath: (path) => path,
    deadLetters: (refused) => letters.push(...refused),
    ...(store && { checkpoints: { store, restored } }),
  })
  const rows: Row[] = []
  const times: number[] = []
  job.tap('in', 'out').subscribe((element) => {
    if (element.kind !== 'batch') return
    rows.push(...element.rows)
    times.push(...(element.times ?? []))
  })
  for (let slices = 0; slices < 10; slices++) {
    job.runSlice()
    for (let round = 0; round < 50; round++) await Promise.resolve()
  }
  if (store !== undefined) {
    const taken = job.checkpoint()
    job.runSlice()
    await taken
  }
  if (end === 'drain') job.drain()
  else job.stop()
  await driveVirtually(job, env)
  const failure = await job.finish()
  return { numbers: rows.map(([n]) => n), times, letters, failure }
}

test('records come in their order, with the time of their arrival', async () => {
  const env = await world(3)
  env.advance(1000)
  await send(env, '{"n":3,"other":true}')
  const { numbers, times } = await receive(env, 'drain')
  expect(numbers).toEqual([0, 1, 2, 3])
  expect(times.map((time) => time - (times[0] ?? 0))).toEqual([0, 0, 0, 1000])
})

test('a job that begins anew goes on with what no job has read', async () => {
  const env = await world(3)
  expect((await receive(env, 'drain')).numbers).toEqual([0, 1, 2])
  await send(env, '{"n":3}')
  expect((await receive(env, 'drain')).numbers).toEqual([3])
  expect((await receive(env, 'drain')).numbers).toEqual([])
  expect((await receive(env, 'drain', { config: { start: 'earliest' } })).numbers).toEqual([
    0, 1, 2, 3,
  ])
})

test('what a job has read that was stopped before its end comes again', async () => {
  const env = await world(3)
  expect((await receive(env, 'crash')).numbers).toEqual([0, 1, 2])
  expect((await receive(env, 'drain')).numbers).toEqual([0, 1, 2])
})

test('start "latest" leaves out what is there', async () => {
  const env = await world(3)
  expect((await receive(env, 'drain', { config: { start: 'latest' } })).numbers).toEqual([])
})

const elsewhere = [1, 2, 3, 4]

test.each<[StartAt, readonly number[]]>([
  [{ kind: 'earliest' }, elsewhere],
  [{ kind: 'latest' }, []],
  [{ kind: 'timestamp', timestampMs: 2500 }, [3, 4]],
  [{ kind: 'offsets', offsets: [{ topic: TOPIC, partition: 0, offset: 1 }] }, [2, 3, 4]],
])('what was read is read again from %j on', async (at, expected) => {
  const env = new VirtualEnv(0)
  await requireWebhookTopic(env.topics, TOPIC)
  for (const n of elsewhere) {
    const value = toUtf8(`{"n":${n}}`)
    await env.topics.append(TOPIC, [{ key: null, value, timestampMs: n * 1000 }])
  }
  await receive(env, 'drain')
  const { numbers, failure } = await receive(env, 'drain', { at })
  expect(failure).toBeUndefined()
  expect(numbers).toEqual(expected)
})

test('where a job begins that goes on from nothing is said', () => {
  const said = (start: string) =>
    httpSource.beginsAnew?.(httpSource.config.parse({ path: 'p', schema: { n: 'integer' }, start }))
  expect(['unread', 'earliest', 'latest'].map(said)).toEqual([
    'with what no job has read yet',
    undefined,
    'with what comes from now on',
  ])
})

test('a checkpoint acknowledges what was read, and a job goes on from it', async () => {
  const env = await world(3)
  const store = new MemoryCheckpoints()
  expect((await receive(env, 'crash', { store })).numbers).toEqual([0, 1, 2])
  expect(await env.topics.offsets(TOPIC)).toMatchObject([{ acknowledgedOffset: 3 }])
  await send(env, '{"n":3}')
  const again = { store: new MemoryCheckpoints(store) }
  expect((await receive(env, 'crash', again)).numbers).toEqual([3])
})

test('what does not fit the schema goes to errors with its offset', async () => {
  const env = await world(1)
  await send(env, '{"n":"x"}', '{"n":2}')
  const { numbers, letters } = await receive(env, 'drain')
  expect(numbers).toEqual([0, 2])
  expect(letters).toMatchObject([
    {
      ...{
        raw: '{"n":"x"}',
        reason: 'Column "n": "x" is not of type integer.',
        code: 'wrong-type',
      },
      ...{ nodeId: 'in', operator: 'http-source', column: 'n', line: null, offsetBytes: 1 },
      place: { topic: TOPIC, partition: 0, offset: 1 },
    },
  ])
})

test('with onError "fail" the job says which webhook it was', async () => {
  const env = await world(0)
  await send(env, '{"n":"x"}')
  const { failure } = await receive(env, 'drain', { config: { onError: 'fail' } })
  expect(failure?.message).toContain('Webhook "orders", offset 0: Column "n"')
})

test.each([
  [{ path: 'Orders' }, 'Path must be 1 to 80 lower-case letters'],
  [{ path: '../x' }, 'Path must be 1 to 80 lower-case letters'],
  [{ requestSize: '17MB' }, 'Request size is 17MB and may be 16MB. Choose a smaller size.'],
  [{ rate: 0 }, 'Rate must be above 0 requests per second.'],
  [
    { signature: { scheme: 'github', secret: 'between us' } },
    'Secret must be "secret://" and a name',
  ],
  [
    { signature: { scheme: 'generic', secret: 'secret://hook', header: 'X Signature' } },
    'Header must be 1 to 64 letters, digits and hyphens.',
  ],
])('the config %j is refused', (config, message) => {
  const given = { path: 'orders', schema: { n: 'integer' }, ...config }
  const issues = httpSource.config.safeParse(given).error?.issues.map((issue) => issue.message)
  expect(issues?.join()).toContain(message)
})

test.each([
  ['signature-encoding', { encoding: 'base64' }, 'the others write hex'],
  ['signature-timestamp-header', { timestampHeader: 'X-Time' }, 'github has none'],
])('%s: what is for the generic scheme alone is refused for others', (code, more, words) => {
  const signature = { scheme: 'github', secret: 'secret://hook', ...more }
  const given = { path: 'orders', schema: { n: 'integer' }, signature }
  const [issue] = httpSource.config.safeParse(given).error?.issues ?? []
  expect(issue).toMatchObject({ params: { code }, message: expect.stringContaining(words) })
})
