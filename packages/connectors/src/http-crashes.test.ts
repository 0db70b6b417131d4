/**
 * A job that sends a topic to an endpoint, crashed at any place, over a connection that breaks and
 * an endpoint that is at its limit: nothing is lost, a repeat has the key of what it repeats, and
 * records of one key arrive in their order.
 */

import { Job, type Net, readCheckpoint, scopedTopics, toJobPlan, toUtf8 } from '@millrace/engine'
import {
  brokenConnection,
  checkDocument,
  MemoryCheckpoints,
  MemoryNet,
  MemoryTopics,
  type SeededRandom,
  seededRandom,
  VirtualEnv,
} from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { httpSink } from './http-sink.ts'
import { topicSource } from './topic-source.ts'

const RECORDS = 90
const KEYS = 5
const REFUSED = 41

/** Takes each idempotency key once, as endpoints do that know them. */
class Endpoint {
  readonly net = new MemoryNet()
  /** In the order in which they were taken first. */
  readonly taken: number[] = []
  readonly #keys = new Map<string, string>()
  repeats = 0

  constructor(random: SeededRandom) {
    this.net.answer = async ({ headers, body }) => {
      for (let round = random.integer(0, 20); round > 0; round--) await Promise.resolve()
      if (random.chance(0.1)) return { status: random.pick([408, 429, 500, 503]) }
      if (random.chance(0.05)) throw brokenConnection()
      const records = [JSON.parse(body)].flat() as { readonly n: number }[]
      if (records.some(({ n }) => n === REFUSED)) return { status: 422, body: 'Not this one.' }
      const key = headers.get('idempotency-key') ?? ''
      const before = this.#keys.get(key)
      if (before === undefined) this.taken.push(...records.map(({ n }) => n))
      // One key is for one body.
      else if (before !== body) throw new Error(`"${key}" was for ${before} and is for ${body}.`)
      else this.repeats++
      this.#keys.set(key, body)
      if (random.chance(0.05)) throw brokenConnection()
      return { status: 202 }
    }
  }
}

interface Given {
  readonly batch: number
  readonly keyed: boolean
}

async function run(seed: number, { batch, keyed }: Given) {
  const random = seededRandom(seed)
  const topics = new MemoryTopics()
  await topics.create('in', {})
  for (let n = 0; n < RECORDS; n++) {
    const value = toUtf8(`{"n":${n},"k":${n % KEYS}}`)
    await topics.append('in', [{ key: null, value, timestampMs: n * 10 }])
  }
  const endpoint = new Endpoint(random)
  const config = {
    url: 'https://shop.example/orders',
    batch: { records: batch, wait: '10ms' },
    retries: 1000,
    concurrency: random.integer(1, 4),
    ...(keyed ? { key: ['k'] } : {}),
  }
  const letters: string[] = []
  let store = new MemoryCheckpoints()
  let crashes = 0
  for (let over = false; !over; crashes++) {
    store = new MemoryCheckpoints(store)
    const stepsMax = crashes < 8 ? random.integer(1, 60) : 1e5
    over = await live({ random, topics, endpoint, store, config, letters, stepsMax })
  }
  return { endpoint, letters, crashes }
}

interface Life {
  readonly random: SeededRandom
  readonly topics: MemoryTopics
  readonly endpoint: Endpoint
  readonly store: MemoryCheckpoints
  readonly config: object
  readonly letters: string[]
  readonly stepsMax: number
}

/** From one crash to the next; true when the job has finished. */
async function live(given: Life): Promise<boolean> {
  const { random, topics, endpoint, store, config, letters, stepsMax } = given
  const life = { isOver: false }
  const source = { topic: 'in', bounded: true, schema: { n: 'integer', k: 'integer' } }
  const document = {
    format: 'millrace/1',
    name: 'Send',
    nodes: {
      in: { operator: 'topic-source', config: source },
      out: { operator: 'http-sink', config },
    },
    edges: [{ from: 'in', to: 'out' }],
  }
  // A dead process stores nothing.
  const alive = async () => {
    if (life.isOver) await new Promise(() => {})
  }
  store.beforeWrite = alive
  store.afterWrite = alive
  const env = Object.assign(new VirtualEnv(undefined, random.integer(1, 1e6)), {
    topics: scopedTopics(topics, 'job'),
    net: mortal(endpoint.net, life),
  })
  const restored = await readCheckpoint(store, env)
  const job = new Job(toJobPlan(checkDocument(document, [topicSource, httpSink])), {
    env,
    jobId: 'job',
    batchRowsMax: random.pick([1, 2, 7, 1000]),
    resolvePath: (path) => path,
    deadLetters: (found) => {
      for (const { raw } of found) letters.push(raw)
    },
    checkpoints: { store, restored, intervalMs: 5 },
  })
  let finished: boolean | undefined
  for (let steps = 0; finished !== true && steps < stepsMax; steps++) {
    if (finished === undefined && job.runSlice() === 'done') {
      finished = false
      void job.finish().then((failure) => {
        if (failure !== undefined && !life.isOver) throw new Error(failure.message)
        finished = true
      })
    }
    if (random.chance(0.2)) void job.checkpoint().catch(() => {})
    for (let round = random.integer(1, 30); round > 0; round--) await Promise.resolve()
    env.advance(random.pick([0, 1, 20, 2000]))
  }
  life.isOver = true
  for (let round = 0; round < 100; round++) await Promise.resolve()
  return finished === true
}

/** A dead process sends nothing and hears of nothing. */
function mortal(net: Net, life: { readonly isOver: boolean }): Net {
  return {
    send: (request) => {
      const never = new Promise<never>(() => {})
      if (life.isOver) return { answered: never, cancel: () => {} }
      const { answered, cancel } = net.send(request)
      const heard = <T>(value: T) => (life.isOver ? never : value)
      return {
        answered: answered.then(heard, (error: unknown) => {
          if (life.isOver) return never
          throw error
        }),
        cancel,
      }
    },
  }
}

const ALL = Array.from({ length: RECORDS }, (_, n) => n).filter((n) => n !== REFUSED)
const SEEDS = Array.from({ length: 40 }, (_, index) => index + 1)

test.each(SEEDS)(
  'an endpoint that knows keys takes each record once, in order by key, seed %i',
  async (seed) => {
    const { endpoint, letters } = await run(seed, { batch: 1, keyed: true })
    expect(endpoint.taken.toSorted((a, b) => a - b)).toEqual(ALL)
    for (let key = 0; key < KEYS; key++) {
      const own = endpoint.taken.filter((n) => n % KEYS === key)
      expect(own).toEqual(own.toSorted((a, b) => a - b))
    }
    expect(new Set(letters)).toEqual(new Set([`{"n":${REFUSED},"k":${REFUSED % KEYS}}`]))
  },
)

test.each(SEEDS)('of batches nothing is lost, seed %i', async (seed) => {
  const { endpoint, letters } = await run(seed, { batch: 7, keyed: seed % 2 === 0 })
  expect([...new Set(endpoint.taken)].toSorted((a, b) => a - b)).toEqual(ALL)
  expect(new Set(letters)).toEqual(new Set([`{"n":${REFUSED},"k":${REFUSED % KEYS}}`]))
})

test('the runs crash and repeat requests', async () => {
  let crashes = 0
  let repeats = 0
  for (const seed of SEEDS.slice(0, 10)) {
    const done = await run(seed, { batch: 1, keyed: true })
    crashes += done.crashes
    repeats += done.endpoint.repeats
  }
  expect(crashes).toBeGreaterThan(40)
  expect(repeats).toBeGreaterThan(20)
})
