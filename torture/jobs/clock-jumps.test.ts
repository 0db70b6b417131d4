/** The wall clock is set, forward and back, in a world of its own: what goes by it and what not. */

import { expect, test } from 'vitest'
import { Job, toJobPlan } from '../../packages/engine/src/index.ts'
import { openLog } from '../../packages/storage/src/index.ts'
import { CATALOGUE } from './catalogue.ts'
import { settled } from './life.ts'
import { check } from './random-pipeline.ts'
import { settle, World } from './world.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const LOG = '/data/log'

async function done<T>(world: World, promise: Promise<T>): Promise<T> {
  const end = await settled(world, promise)
  if ('value' in end) return end.value
  throw new Error(end.kind === 'failed' ? end.failure.message : `It ends ${end.kind}.`)
}

async function opened(world: World) {
  world.disk.place('/data/.keep', new Uint8Array(0))
  const env = world.connect()
  const log = await done(world, openLog({ env, folder: LOG, limits: { reserveBytes: 0 } }))
  return { env, log }
}

const record = (text: string) => ({ key: null, value: Buffer.from(text), timestampMs: 0 })

test('retention by age goes by the wall clock, and one that is set back lets go of nothing', async () => {
  const world = new World(1)
  const { log } = await opened(world)
  const settings = { segmentBytes: 4096, retentionMs: DAY_MS }
  await done(world, log.create('t', settings))
  const append = (text: string) => done(world, log.append('t', [record(text.padEnd(3000))]))
  const offsets = async () => {
    await done(world, log.maintain())
    return (await done(world, log.offsets('t')))[0]
  }
  await append('first')
  await append('second')
  for (const ms of [-30 * DAY_MS, 2 * HOUR_MS, -HOUR_MS]) {
    world.jump(ms)
    await append('more')
    const { startOffset, endOffset } = (await offsets()) ?? {}
    expect([startOffset, endOffset]).toEqual([0, expect.any(Number)])
  }
  // All five are there, in the order in which they came, whatever the clock showed.
  const texts: string[] = []
  while (texts.length < 5) {
    const { records } = await done(world, log.read('t', 0, texts.length, 100_000))
    texts.push(
      ...records.map(({ value }) =>
        Buffer.from(value ?? [])
          .toString()
          .trim(),
      ),
    )
  }
  expect(texts).toEqual(['first', 'second', 'more', 'more', 'more'])
  // Where it is right again the first ones are not old yet, and what came later waits for them.
  world.jump(29 * DAY_MS)
  expect(await offsets()).toMatchObject({ startOffset: 0, endOffset: 5 })
  world.jump(3 * DAY_MS)
  expect(await offsets()).toMatchObject({ startOffset: 5, endOffset: 5 })
  await append('last')
  expect(await offsets()).toMatchObject({ startOffset: 5, endOffset: 6 })
})

test('a partition is silent for as long as it is, wherever the wall clock is set meanwhile', async () => {
  const world = new World(1)
  const { env, log } = await opened(world)
  await done(world, log.create('in', { partitions: 2 }))
  const watermark = { maxOutOfOrderness: '0s', interval: '1ms', idleTimeout: '10s' }
  const config = { topic: 'in', schema: { at: 'timestamp' }, eventTime: 'at', watermark }
  const document = {
    ...({ format: 'millrace/1', name: 'Idle' } as const),
    nodes: {
      in: { operator: 'topic-source', config },
      out: { operator: 'inspect-sink', config: {} },
    },
    edges: [{ from: 'in', to: 'out' }],
  }
  const checked = check(document, CATALOGUE)
  if (checked === undefined) throw new Error('The checker refuses the pipeline.')
  const topics = { ...env, topics: log }
  const job = new Job(toJobPlan(checked), {
    env: topics,
    resolvePath: (path) => path,
    deadLetters: () => {},
  })
  const send = (minute: number) => {
    const at = new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString()
    const value = Buffer.from(JSON.stringify({ at }))
    return done(world, log.append('in', [{ key: null, value, timestampMs: 0, partition: 0 }]))
  }
  const work = async () => {
    for (let turn = 0; turn < 20; turn++) {
      job.runSlice()
      await settle()
      world.ringDue()
    }
    return job.nodes().get('in')?.watermarkMs ?? Number.NaN
  }
  await send(1)
  await work()
  for (const ms of [DAY_MS, -2 * DAY_MS, HOUR_MS]) {
    world.jump(ms)
    // The other partition may still send something older.
    expect(await work()).toBe(Number.NEGATIVE_INFINITY)
  }
  world.pass(9_000)
  await send(2)
  world.jump(-5 * DAY_MS)
  expect(await work()).toBe(Number.NEGATIVE_INFINITY)
  world.pass(1_001)
  expect(await work()).toBe(Date.UTC(2026, 0, 1, 0, 2) - 1)
  job.stop()
  await done(world, job.finish())
})
