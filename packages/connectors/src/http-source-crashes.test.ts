/**
 * A webhook whose senders repeat what they did not hear of, and whose job crashes at any place:
 * whatever was acknowledged is in the output once, in the order in which it came.
 */

import {
  fromUtf8,
  Job,
  readCheckpoint,
  scopedTopics,
  type Topics,
  toJobPlan,
  toUtf8,
} from '@millrace/engine'
import {
  checkDocument,
  MemoryCheckpoints,
  MemoryTopics,
  type SeededRandom,
  seededRandom,
  VirtualEnv,
} from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { httpSource } from './http-source.ts'
import { topicSink } from './topic-sink.ts'
import { readDelivery } from './webhooks/delivery.ts'
import { requireWebhookTopic } from './webhooks/webhook-topic.ts'

const DELIVERIES = 60
const TOPIC = 'webhook.orders'

const DOCUMENT = {
  format: 'millrace/1',
  name: 'Copy',
  nodes: {
    in: { operator: 'http-source', config: { path: 'orders', schema: { n: 'integer' } } },
    out: { operator: 'topic-sink', config: { topic: 'out' } },
  },
  edges: [{ from: 'in', to: 'out' }],
}

/** Sends the next delivery, one or two records, and now and then an earlier one again. */
class Sender {
  sent = 0
  readonly #random: SeededRandom
  readonly #topics: Topics

  constructor(random: SeededRandom, topics: Topics) {
    this.#random = random
    this.#topics = topics
  }

  async send(): Promise<void> {
    const isRepeat = this.sent > 0 && this.#random.chance(0.3)
    if (!isRepeat && this.sent === DELIVERIES) return
    const number = isRepeat ? this.#random.integer(0, this.sent - 1) : this.sent++
    const headers = new Map([
      ['content-type', 'application/json'],
      ['idempotency-key', `delivery-${number}`],
    ])
    const body = toUtf8(`[{"n":${2 * number}},{"n":${2 * number + 1}}]`)
    const { records, key } = readDelivery(headers, body)
    const kept = records.map((value) => ({ key: null, value, timestampMs: number }))
    await this.#topics.append(TOPIC, kept, key === undefined ? {} : { idempotencyKey: key })
  }
}

test.each(Array.from({ length: 40 }, (_, index) => index + 1))('seed %i', async (seed) => {
  const random = seededRandom(seed)
  const topics = new MemoryTopics()
  await topics.create('out', {})
  await requireWebhookTopic(topics, TOPIC)
  const sender = new Sender(random, topics)
  let store = new MemoryCheckpoints()
  for (let crashes = 0; ; crashes++) {
    store = new MemoryCheckpoints(store)
    const stepsMax = crashes < 8 ? random.integer(1, 60) : 2000
    if (await live({ random, topics, sender, store, stepsMax })) break
    if (crashes > 20) throw new Error('It does not come to an end.')
  }
  expect(await copied(topics)).toEqual(Array.from({ length: 2 * DELIVERIES }, (_, n) => n))
})

async function copied(topics: MemoryTopics): Promise<readonly number[]> {
  const { records } = await topics.read('out', 0, 0, Number.POSITIVE_INFINITY)
  return records.map(
    ({ value }) => (JSON.parse(fromUtf8(value ?? toUtf8('')) ?? '') as { n: number }).n,
  )
}

interface Life {
  readonly random: SeededRandom
  readonly topics: MemoryTopics
  readonly sender: Sender
  readonly store: MemoryCheckpoints
  readonly stepsMax: number
}

/** From one crash to the next; true when everything has been sent and is in the output. */
async function live({ random, topics, sender, store, stepsMax }: Life): Promise<boolean> {
  const life = { isOver: false }
  const alive = async () => {
    if (life.isOver) await new Promise(() => {})
  }
  store.beforeWrite = alive
  store.afterWrite = alive
  const own = mortal(scopedTopics(topics, 'job'), life, random)
  const env = Object.assign(new VirtualEnv(), { topics: own })
  const restored = await readCheckpoint(store, env)
  const job = new Job(toJobPlan(checkDocument(DOCUMENT, [httpSource, topicSink])), {
    env,
    batchRowsMax: random.pick([1, 2, 7, 1000]),
    resolvePath: (path) => path,
    deadLetters: () => {},
    checkpoints: { store, restored, intervalMs: 5 },
  })
  let isDone = false
  for (let steps = 0; !isDone && steps < stepsMax; steps++) {
    if (job.runSlice() === 'done') throw new Error(job.failure?.message ?? 'It has ended.')
    if (random.chance(0.3)) await sender.send()
    if (random.chance(0.2)) void job.checkpoint().catch(() => {})
    for (let round = random.integer(1, 30); round > 0; round--) await Promise.resolve()
    env.advance(random.integer(0, 20))
    isDone = sender.sent === DELIVERIES && (await copied(topics)).length >= 2 * DELIVERIES
  }
  life.isOver = true
  for (let round = 0; round < 100; round++) await Promise.resolve()
  return isDone
}

/** Answers late, or never when the life is over, as what a dead process has asked for. */
function mortal(topics: Topics, life: { isOver: boolean }, random: SeededRandom): Topics {
  const asked = async <T>(act: () => Promise<T>): Promise<T> => {
    if (life.isOver) await new Promise(() => {})
    for (let round = random.integer(0, 5); round > 0; round--) await Promise.resolve()
    const answer = life.isOver ? await new Promise<T>(() => {}) : await act()
    if (life.isOver) await new Promise(() => {})
    return answer
  }
  return new Proxy(topics, {
    get: (target, name: keyof Topics) => {
      if (name === 'onAppended') return target.onAppended
      const call = target[name] as (...given: unknown[]) => Promise<unknown>
      return (...given: unknown[]) => asked(() => call(...given))
    },
  })
}
