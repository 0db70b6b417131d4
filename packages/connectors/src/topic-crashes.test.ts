/**
 * A job that copies a topic into another, crashed at any place: each record is in the copy once,
 * and nobody sees one before it is committed.
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
import { topicSink } from './topic-sink.ts'
import { topicSource } from './topic-source.ts'

const RECORDS = 120
const PARTITIONS = 3

test.each(Array.from({ length: 60 }, (_, index) => index + 1))('seed %i', async (seed) => {
  const random = seededRandom(seed)
  const topics = new MemoryTopics()
  await topics.create('in', { partitions: PARTITIONS })
  await topics.create('out', { partitions: 2 })
  for (let n = 0; n < RECORDS; n++) {
    const value = toUtf8(`{"n":${n}}`)
    const partition = random.integer(0, PARTITIONS - 1)
    const timestampMs = n * 10 + random.integer(-200, 200)
    await topics.append('in', [{ key: toUtf8(`${n % 9}`), value, timestampMs, partition }])
  }
  let store = new MemoryCheckpoints()
  let crashes = 0
  for (let over = false; !over; crashes++) {
    store = new MemoryCheckpoints(store)
    over = await live(random, topics, store, crashes < 8 ? random.integer(1, 40) : 1e6)
  }
  const copied: number[] = []
  for (const partition of [0, 1]) {
    const { records } = await topics.read('out', partition, 0, Number.POSITIVE_INFINITY)
    for (const { value } of records) {
      copied.push((JSON.parse(fromUtf8(value ?? toUtf8('')) ?? '') as { n: number }).n)
    }
  }
  expect(copied.toSorted((a, b) => a - b)).toEqual(Array.from({ length: RECORDS }, (_, n) => n))
  expect(await topics.openTransactions('')).toEqual([])
})

/** From one crash to the next; true when the job has finished. */
async function live(
  random: SeededRandom,
  topics: MemoryTopics,
  store: MemoryCheckpoints,
  stepsMax: number,
): Promise<boolean> {
  const env = new VirtualEnv()
  const life = { isOver: false }
  const document = {
    format: 'millrace/1',
    name: 'Copy',
    nodes: {
      in: {
        operator: 'topic-source',
        config: { topic: 'in', bounded: true, schema: { n: 'integer' } },
      },
      out: { operator: 'topic-sink', config: { topic: 'out', key: ['n'] } },
    },
    edges: [{ from: 'in', to: 'out' }],
  }
  // A dead process stores nothing.
  const alive = async () => {
    if (life.isOver) await new Promise(() => {})
  }
  store.beforeWrite = alive
  store.afterWrite = alive
  const restored = await readCheckpoint(store, env)
  const job = new Job(toJobPlan(checkDocument(document, [topicSource, topicSink])), {
    env: Object.assign(env, { topics: mortal(scopedTopics(topics, 'job'), life, random) }),
    batchRowsMax: random.pick([1, 2, 7, 1000]),
    resolvePath: (path) => path,
    deadLetters: () => {},
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
    env.advance(random.integer(0, 20))
  }
  life.isOver = true
  for (let round = 0; round < 100; round++) await Promise.resolve()
  return finished === true
}

/** Answers late or never when the life is over, as what a dead process has asked for. */
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
