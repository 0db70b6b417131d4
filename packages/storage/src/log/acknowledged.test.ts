/** A topic's only reader says how far it is: that lasts, and what it is done with goes in time. */

import { expect, test } from 'vitest'
import { LogWorld, record } from '../testing/log-world.node.ts'

const KEEP_MS = 10_000

async function filled(seed = 1) {
  const world = new LogWorld({ seed })
  const log = await world.open()
  await log.create('t', { segmentBytes: 4096 })
  for (let n = 0; n < 20; n++) {
    await log.append('t', [record(null, 'x'.repeat(1000))], { idempotencyKey: `key-${n}` })
    world.env.advance(1000)
  }
  return { world, log }
}

test('what was acknowledged lasts through a power cut, and an older offset changes nothing', async () => {
  const { world, log } = await filled()
  expect(await log.offsets('t')).toEqual([{ startOffset: 0, endOffset: 20 }])
  await log.acknowledge('t', 0, 7, KEEP_MS * 1000)
  await log.acknowledge('t', 0, 5, KEEP_MS * 1000)
  world.crash('power')
  const again = await world.open()
  expect(await again.offsets('t')).toEqual([
    { startOffset: 0, endOffset: 20, acknowledgedOffset: 7 },
  ])
})

test('segments that are done with go when they are old enough, and no others', async () => {
  const { world, log } = await filled()
  await log.acknowledge('t', 0, 19, KEEP_MS * 1000)
  expect((await log.offsets('t'))[0]?.startOffset).toBe(0)
  await log.acknowledge('t', 0, 19, KEEP_MS)
  const [young] = await log.offsets('t')
  expect(young?.startOffset).toBeGreaterThan(4)
  expect(young?.startOffset).toBeLessThan(11)
  world.env.advance(KEEP_MS * 10)
  // Somebody reads again what has been read, and is not deprived of it.
  await log.acknowledge('t', 0, 11, KEEP_MS)
  const [again] = await log.offsets('t')
  expect(again?.acknowledgedOffset).toBe(19)
  expect(again?.startOffset).toBeLessThanOrEqual(11)
  await log.acknowledge('t', 0, 19, KEEP_MS)
  expect((await log.offsets('t'))[0]?.startOffset).toBeGreaterThan(11)
})

test('how much is unread is told from what was acknowledged', async () => {
  const { log } = await filled()
  const before = await log.describe('t')
  expect(before.partitions[0]?.unreadBytes).toBeUndefined()
  await log.acknowledge('t', 0, 10, KEEP_MS * 1000)
  const [half] = (await log.describe('t')).partitions
  expect(half?.unreadBytes).toBeGreaterThan(9000)
  expect(half?.unreadBytes).toBeLessThan(15_000)
  await log.acknowledge('t', 0, 20, KEEP_MS * 1000)
  expect((await log.describe('t')).partitions[0]?.unreadBytes).toBe(0)
})

test.each([1, 2, 3, 4])(
  'idempotency keys of records that have gone are known after a power cut, seed %i',
  async (seed) => {
    const { world, log } = await filled(seed)
    world.env.advance(KEEP_MS * 10)
    await log.acknowledge('t', 0, 20, KEEP_MS)
    world.crash('power')
    const again = await world.open()
    const [{ startOffset } = { startOffset: 0 }] = await again.offsets('t')
    expect(startOffset).toBeGreaterThan(10)
    const repeated = await again.append('t', [record(null, 'again')], { idempotencyKey: 'key-2' })
    expect(repeated).toEqual({
      partitions: [{ partition: 0, startOffset: 2, endOffset: 3 }],
      duplicate: true,
    })
  },
)

test('a broken note is as none: reading begins with the first record that is there', async () => {
  const { world, log } = await filled()
  await log.acknowledge('t', 0, 7, KEEP_MS * 1000)
  await log.close()
  const path = '/data/log/t/0/acknowledged'
  const bytes = world.disk.files().get(path)
  expect(bytes?.length).toBeGreaterThan(8)
  world.disk.place(path, (bytes ?? new Uint8Array(0)).slice(0, 9))
  const again = await world.open()
  expect(await again.offsets('t')).toEqual([{ startOffset: 0, endOffset: 20 }])
})
