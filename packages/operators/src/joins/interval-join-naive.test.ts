/** Random streams through every type of interval join, against a naive one. */

import {
  record,
  runOperator,
  seededRandom,
  type TestElement,
  watermark,
} from '@millrace/engine/testing'
import { durationText } from '@millrace/pipeline'
import { describe, expect, test } from 'vitest'
import { expectSame } from '../testing/expect-same.ts'
import { checkSmallest, overSeeds } from '../testing/random-streams.ts'
import { streamCount } from '../testing/stream-count.node.ts'
import { intervalJoin } from './interval-join.ts'
import { outputsByBatchSize } from './testing/any-batches.ts'
import {
  type IntervalSettings,
  type Left,
  naiveIntervalJoin,
} from './testing/naive-interval-join.ts'
import { drawSteps, LEFT, named, RIGHT, type Step, toStreams } from './testing/two-sides.ts'

const TYPES = ['inner', 'left', 'right', 'full', 'semi', 'anti'] as const
const STREAMS_EACH = streamCount(400)

const CONDITIONS: readonly (readonly [string, NonNullable<IntervalSettings['where']>])[] = [
  ['v <= r_v', (left, right) => Number(left[2]) <= Number(right[2])],
  // Nobody knows where v is 0.
  [
    'r_v / v = 1',
    (left, right) =>
      left[2] === 0 ? 'error' : Math.trunc(Number(right[2]) / Number(left[2])) === 1,
  ],
]

function draw(seed: number, type: IntervalSettings['type']) {
  const random = seededRandom(seed * TYPES.length + TYPES.indexOf(type))
  const lower = random.chance(0.6) ? random.integer(-4, 3) : random.integer(-20, 12)
  const condition = random.chance(0.5) ? random.pick(CONDITIONS) : undefined
  const settings: IntervalSettings = {
    type,
    lower,
    upper: lower + random.pick([0, 1, 2, 4, 6, 30]),
    keys: random.pick([1, 1, 2]),
    where: condition?.[1],
  }
  const config = {
    type,
    on: ['a', 'b'].slice(0, settings.keys).map((name) => [name, `r_${name}`]),
    lower: durationText(lower),
    upper: durationText(settings.upper),
    ...(condition === undefined ? {} : { where: condition[0] }),
  }
  return { random, settings, config }
}

function expectedElement(left: Left, type: IntervalSettings['type']): TestElement {
  if ('watermark' in left) return watermark(left.watermark)
  const own = named(LEFT, left.left)
  const whole = type === 'semi' || type === 'anti' ? own : { ...own, ...named(RIGHT, left.right) }
  return record(whole, left.at)
}

function check(settings: IntervalSettings, config: object, steps: readonly Step[]): void {
  const expected = naiveIntervalJoin(settings, steps)
  const [left, right] = toStreams(steps)
  const { outputs, ledger } = runOperator(intervalJoin, config, { left, right })
  const wanted = expected.out.map((one) => expectedElement(one, settings.type))
  expectSame(outputs.out, wanted)
  expectSame(
    outputs.late?.filter((element) => 'row' in element),
    expected.late.map(({ side, timeMs, row }) =>
      side === 0
        ? record({ side: 'left', left: named(LEFT, row), right: null }, timeMs)
        : record({ side: 'right', left: null, right: named(RIGHT, row) }, timeMs),
    ),
  )
  expect(outputs.errors?.filter((element) => 'row' in element)).toHaveLength(expected.errors)
  expect(ledger.toJson()).toMatchObject({
    held: 0,
    late: expected.late.length,
    absorbed: expected.absorbed,
    expired: expected.expired,
    deadLettered: expected.deadLettered,
  })
}

describe.each(TYPES)('%s', (type) => {
  test(`${STREAMS_EACH} random streams from seed 1`, () => {
    overSeeds(intervalJoin, STREAMS_EACH, (seed) => {
      const { random, settings, config } = draw(seed, type)
      checkSmallest(`Seed ${seed}, ${JSON.stringify(config)}`, drawSteps(random), (steps) =>
        check(settings, config, steps),
      )
    })
  })
})

test('what leaves does not depend on the size of batches, in 60 random pipelines', async () => {
  for (let seed = 5001; seed <= 5060; seed++) {
    const { random, config } = draw(seed, TYPES[seed % TYPES.length] ?? 'inner')
    const { where: _, ...rest } = { where: '', ...config }
    const names = ['a', 'b', 'v', 'n']
    const leftOnly = config.type === 'semi' || config.type === 'anti'
    const columns = Object.fromEntries([
      ...names.map((name) => [name, `left.${name}`]),
      ...(leftOnly ? [] : names.map((name) => [`r_${name}`, `right.${name}`])),
    ])
    const on = config.on.map(([name]) => [name, name])
    const outputs = await outputsByBatchSize(random, {
      operator: intervalJoin,
      ports: ['left', 'right'],
      config: { ...rest, on, columns, where: 'left.v <= right.v' },
      tapped: ['late'],
    })
    expect(new Set(outputs).size, `Seed ${seed}, ${JSON.stringify(config)}`).toBe(1)
  }
})
