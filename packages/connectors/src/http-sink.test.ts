/** Sending: what is repeated and when, what is refused, and what a stalled endpoint costs. */

import { type Job, Job as JobOfPlan, NetFailure, toJobPlan } from '@millrace/engine'
import {
  brokenConnection,
  checkDocument,
  type MemoryAnswer,
  MemoryCheckpoints,
  runPipeline,
  smallOperators,
  VirtualEnv,
} from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { httpSink } from './http-sink.ts'

const URL = 'https://shop.example/orders'

function sending(count: number, config: object = {}, edges: object[] = []) {
  const rows = Array.from({ length: count }, (_, n) => [n, n])
  return {
    format: 'millrace/1',
    name: 'Send',
    nodes: {
      in: { operator: 'list-source', config: { rows } },
      out: { operator: 'http-sink', config: { url: URL, ...config } },
    },
    edges: [{ from: 'in', to: 'out' }, ...edges],
  }
}

const operators = [...smallOperators, httpSink]

async function run(count: number, config: object, ...answers: readonly (MemoryAnswer | Error)[]) {
  const env = new VirtualEnv()
  const times: number[] = []
  env.net.answer = () => {
    const answer = answers[Math.min(times.length, answers.length - 1)] ?? { status: 200 }
    times.push(env.clock.monotonicMs())
    if (answer instanceof Error) throw answer
    return answer
  }
  const result = await runPipeline(sending(count, config), { operators, env })
  const ledger = result.nodes.get('out')?.ledger
  return { ...result, times, ledger, received: env.net.received }
}

test('a request that got no answer, or 503, is sent again under the same key', async () => {
  const { received, ledger, failure } = await run(
    1,
    {},
    brokenConnection(),
    new NetFailure('timed-out', 'Too long.'),
    { status: 503 },
    { status: 200 },
  )
  const keys = received.map(({ headers }) => headers.get('idempotency-key'))
  expect([failure, keys.length, new Set(keys).size]).toEqual([undefined, 4, 1])
  expect(ledger).toMatchObject({ in: 1, passed: 1, held: 0 })
})

test('repeats wait longer each time, and as long as the endpoint asks for', async () => {
  const later = { status: 503 }
  const { times } = await run(1, {}, ...Array.from({ length: 9 }, () => later), { status: 200 })
  const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0))
  for (const [tries, wait] of waits.entries()) {
    expect(wait).toBeLessThanOrEqual(Math.min(30_000, 500 * 2 ** tries))
  }
  expect(Math.max(...waits)).toBeGreaterThan(2000)
  const asked = await run(1, {}, { status: 429, headers: { 'retry-after': '40' } }, { status: 200 })
  expect((asked.times[1] ?? 0) - (asked.times[0] ?? 0)).toBeGreaterThanOrEqual(40_000)
})

test('after so many tries the job fails, and may be started again', async () => {
  const { failure, times } = await run(1, { retries: 2 }, { status: 500, body: 'No idea' })
  expect(times).toHaveLength(3)
  expect(failure).toMatchObject({
    domain: 'external',
    retry: true,
    message:
      `${URL} answered 500: No idea. It was tried 3 times. Look after the endpoint and start the ` +
      'job again.',
  })
})

test.each([
  [{ status: 401 }, `${URL} answered 401. It takes no records so.`],
  [{ status: 404, body: 'Nothing' }, `${URL} answered 404: Nothing. It takes no records so.`],
  [
    { status: 302, headers: { location: 'http://10.0.0.1/' } },
    `${URL} answered 302. It points to "http://10.0.0.1/". Redirects are not followed.`,
  ],
  [new NetFailure('not-allowed', 'This is private.'), 'This is private.'],
])('what only somebody can change fails the job: %j', async (answer, message) => {
  const { failure, times, deadLetters } = await run(3, { concurrency: 1 }, answer)
  expect(times).toHaveLength(1)
  expect(failure).toMatchObject({ domain: 'user', retry: false })
  expect(failure?.message).toContain(message)
  expect(deadLetters).toEqual([])
})

test('a record that is refused goes to dead letters with the answer, the others on their way', async () => {
  const env = new VirtualEnv()
  env.net.answer = ({ body }) =>
    body.includes('"n":3') ? { status: 422, body: 'No threes!' } : { status: 200 }
  const config = { batch: { records: 100 } }
  const { nodes, deadLetters, failure } = await runPipeline(sending(8, config), { operators, env })
  expect(failure).toBeUndefined()
  expect(nodes.get('out')?.ledger).toMatchObject({ in: 8, passed: 7, deadLettered: 1, held: 0 })
  expect(JSON.stringify(deadLetters)).toContain(`${URL} answered 422: No threes!`)
  // Halved until the record was found.
  expect(env.net.received.map(({ body }) => (JSON.parse(body) as unknown[]).length)).toEqual([
    8, 4, 2, 2, 1, 1, 4,
  ])
})

test('with onError "fail" a refused record fails the job', async () => {
  const { failure } = await run(1, { onError: 'fail' }, { status: 400, body: 'Bad' })
  expect(failure?.message).toContain(`${URL} answered 400: Bad.`)
})

test('no more requests are under way than may be', async () => {
  const env = new VirtualEnv()
  env.net.answer = async () => {
    for (let round = 0; round < 5; round++) await Promise.resolve()
    return { status: 200 }
  }
  const { failure } = await runPipeline(sending(50, { concurrency: 3 }), { operators, env })
  expect([failure, env.net.received.length, env.net.mostUnderWay]).toEqual([undefined, 50, 3])
})

test.each([
  ['', 0],
  [', though it is in the middle of a turn', 3],
])('a checkpoint does not wait for an endpoint that gives no answer%s', async (_, tickMs) => {
  const env = new VirtualEnv()
  env.tickMs = tickMs
  env.net.answer = () => new Promise(() => {})
  const store = new MemoryCheckpoints()
  const document = sending(100, { batch: { records: 1 } })
  // A turn may be left at a watermark, here behind more records than may be on their way.
  Object.assign(document.nodes.in.config, { chunkRows: 100, intervalMs: 8 })
  const plan = toJobPlan(checkDocument(document, operators))
  const job: Job = new JobOfPlan(plan, {
    env,
    resolvePath: (path) => path,
    deadLetters: () => {},
    checkpoints: { store, restored: undefined },
  })
  for (let slices = 0; slices < 20; slices++) {
    job.runSlice()
    for (let round = 0; round < 20; round++) await Promise.resolve()
  }
  expect((job.nodes().get('out')?.ledger.inFlight ?? 0) > 0).toBe(tickMs > 0)
  const taken = job.checkpoint()
  let isTaken = false
  void taken.then(() => {
    isTaken = true
  })
  for (let slices = 0; slices < 200 && !isTaken; slices++) {
    job.runSlice()
    for (let round = 0; round < 20; round++) await Promise.resolve()
  }
  expect(isTaken).toBe(true)
  expect(job.nodes().get('out')?.ledger).toMatchObject({ passed: 0 })
  expect(await store.list()).toHaveLength(1)
  job.stop()
  await job.finish()
})

test.each([
  [{ url: 'ftp://a' }, 'Url "ftp://a" is no address of http or https.'],
  [{ url: 'https://a b' }, 'Url "https://a b" is no address of http or https.'],
  [{ url: 'https://me:secret@a' }, 'Url has a name and password in it'],
  [{ url: 'https://a/#b' }, 'Url "https://a/#b" has a part behind "#"'],
  [{ headers: { Host: 'b' } }, 'Header "Host" is set by the sink itself.'],
  [{ headers: { 'X-A': 'a\r\nb' } }, 'The value of a header is text in ASCII on one line.'],
  [
    { headers: { Authorization: 'Bearer secret://shop' } },
    'A secret cannot stand in a header: the reference itself would be sent',
  ],
  [{ concurrency: 17 }, 'Concurrency must be a whole number from 1 to 16.'],
])('the config %j is refused', (config, message) => {
  const issues = httpSink.config.safeParse({ url: URL, ...config }).error?.issues
  expect(issues?.map((issue) => issue.message).join()).toContain(message)
})
