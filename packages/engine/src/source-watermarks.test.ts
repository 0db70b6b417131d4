/** Watermarks of a source with several partitions. */

import { expect, test } from 'vitest'
import { START_OF_TIME_MS } from './element.ts'
import { SourceWatermarks } from './source-watermarks.ts'
import { seededRandom } from './testing/index.ts'

const settings = { maxOutOfOrdernessMs: 0, intervalMs: 1, idleTimeoutMs: 100 }

function recording() {
  const sent: (number | string)[] = []
  const output = {
    watermark: (watermarkMs: number) => sent.push(watermarkMs),
    status: (idle: boolean) => sent.push(idle ? 'idle' : 'active'),
  }
  return { sent, output }
}

test('the slowest partition decides', () => {
  const watermarks = new SourceWatermarks(settings, 2)
  expect(watermarks.observe(0, 100)).toBe(undefined)
  expect(watermarks.observe(1, 40)).toBe(39)
  expect(watermarks.observe(1, 200)).toBe(99)
})

test('a partition silent for the timeout no longer holds the others back', () => {
  const watermarks = new SourceWatermarks(settings, 2)
  const { sent, output } = recording()
  watermarks.touch(0, 0, output)
  watermarks.observe(0, 100)
  watermarks.touch(0, 90, output)
  watermarks.setIdle(watermarks.expired(100), output)
  expect(sent).toEqual([99])
  expect(watermarks.observe(0, 150)).toBe(149)
})

test('how far each partition has come is told, with when its last records came', () => {
  const watermarks = new SourceWatermarks(settings, 2)
  const { output } = recording()
  watermarks.touch(0, 10, output)
  watermarks.observe(0, 100)
  // Waiting that was not its fault makes no partition idle, and is no record either.
  watermarks.touchAll(50)
  watermarks.setIdle([1], output)
  expect(watermarks.progress()).toEqual([
    { latestMs: 100, idle: false, heardAtMs: 10 },
    { latestMs: START_OF_TIME_MS, idle: true, heardAtMs: undefined },
  ])
})

test('when all are silent the source is idle, and active again at the next record', () => {
  const watermarks = new SourceWatermarks(settings, 1)
  const { sent, output } = recording()
  watermarks.touch(0, 0, output)
  watermarks.observe(0, 100)
  watermarks.setIdle(watermarks.expired(99), output)
  expect(watermarks.idle).toBe(false)
  watermarks.setIdle(watermarks.expired(100), output)
  watermarks.touch(0, 500, output)
  expect(sent).toEqual(['idle', 'active'])
})

test('a record that is not the latest raises nothing', () => {
  const watermarks = new SourceWatermarks({ ...settings, maxOutOfOrdernessMs: 5 }, 1)
  expect(watermarks.observe(0, 10)).toBe(4)
  expect(watermarks.observe(0, 3)).toBe(undefined)
  expect(watermarks.observe(0, 10)).toBe(undefined)
})

test('intervals are counted from the epoch, also before it', () => {
  const watermarks = new SourceWatermarks({ ...settings, intervalMs: 100 }, 1)
  const times = [-250, -201, -200, -199, -101, -100, 0]
  expect(times.map((timeMs) => watermarks.observe(0, timeMs))).toEqual([
    -251,
    undefined,
    -201,
    undefined,
    undefined,
    -101,
    -1,
  ])
})

test('what was saved continues as if nothing had happened', () => {
  const times = [10, 250, 90, 340, 260, 610]
  const straight = new SourceWatermarks({ ...settings, intervalMs: 100 }, 1)
  const expected = times.map((timeMs) => straight.observe(0, timeMs))
  let broken = new SourceWatermarks({ ...settings, intervalMs: 100 }, 1)
  const found = times.map((timeMs) => {
    broken = new SourceWatermarks({ ...settings, intervalMs: 100 }, 1, broken.save())
    return broken.observe(0, timeMs)
  })
  expect(found).toEqual(expected)
  expect(found).toEqual([9, 249, undefined, 339, undefined, 609])
})

test.each(Array.from({ length: 200 }, (_, seed) => [seed]))(
  'many records at once raise what they raise one by one (seed %i)',
  (seed) => {
    const random = seededRandom(seed)
    const partitions = random.integer(1, 3)
    const varied = {
      maxOutOfOrdernessMs: random.integer(0, 20),
      intervalMs: random.pick([1, 7, 50]),
      idleTimeoutMs: 100,
    }
    const one = new SourceWatermarks(varied, partitions)
    const many = new SourceWatermarks(varied, partitions)
    const { output } = recording()
    for (let chunk = 0; chunk < 20; chunk++) {
      const partition = random.integer(0, partitions - 1)
      const nowMs = chunk * random.integer(1, 60)
      for (const watermarks of [one, many]) {
        watermarks.setIdle(watermarks.expired(nowMs), output)
        watermarks.touch(partition, nowMs, output)
      }
      const times = Array.from({ length: random.integer(0, 30) }, () =>
        random.integer(chunk * 10 - 100, chunk * 20),
      )
      const expected = times.flatMap((timeMs, index) => {
        const watermarkMs = one.observe(partition, timeMs)
        return watermarkMs === undefined ? [] : [[index + 1, watermarkMs]]
      })
      const found: number[][] = []
      for (let at = 0; at < times.length; ) {
        at = many.observeUpTo(partition, times, at, times.length)
        if (many.left !== undefined) found.push([at, many.left])
      }
      expect(found).toEqual(expected)
      expect(many.save()).toEqual(one.save())
    }
  },
)
