/** Random streams and tables through every type of temporal join, against a naive one. */

import {
  record,
  runOperator,
  seededRandom,
  type TestElement,
  watermark,
} from '@millrace/engine/testing'
import { describe, expect, test } from 'vitest'
import { expectSame } from '../testing/expect-same.ts'
import { checkSmallest, overSeeds } from '../testing/random-streams.ts'
import { streamCount } from '../testing/stream-count.node.ts'
import { temporalJoin } from './temporal-join.ts'
import { outputsByBatchSize } from './testing/any-batches.ts'
import { naiveTemporalJoin, type TemporalSettings } from './testing/naive-temporal-join.ts'
import {
  drawSteps,
  isRecord,
  LEFT,
  named,
  RIGHT,
  type Step,
  toStreams,
} from './testing/two-sides.ts'

const STREAMS_EACH = streamCount(500)

function draw(seed: number, type: TemporalSettings['type'], latest: boolean) {
  const random = seededRandom(seed)
  const restrained = random.chance(0.4)
  const settings: TemporalSettings = {
    type,
    latest,
    keys: random.pick([1, 1, 2]),
    where: restrained ? (stream, table) => Number(stream[2]) <= Number(table[2]) : undefined,
  }
  const config = {
    type,
    asOf: latest ? 'latest' : 'event-time',
    on: ['a', 'b'].slice(0, settings.keys).map((name) => [name, `r_${name}`]),
    ...(restrained ? { where: 'v <= r_v' } : {}),
  }
  const steps = drawSteps(random).map((step): Step => {
    if (!isRecord(step) || step.side === 0 || !random.chance(0.2)) return step
    const key = step.row.slice(0, settings.keys)
    return { ...step, row: [...key, ...step.row.slice(settings.keys).map(() => null)] }
  })
  return { random, settings, config, steps }
}

function check(settings: TemporalSettings, config: object, steps: readonly Step[]): void {
  const expected = naiveTemporalJoin(settings, steps)
  const [stream, table] = toStreams(steps)
  const { outputs, ledger } = runOperator(temporalJoin, config, { stream, table })
  expectSame(
    outputs.out,
    expected.out.map((one): TestElement => {
      if ('watermark' in one) return watermark(one.watermark)
      return record({ ...named(LEFT, one.stream), ...named(RIGHT, one.table) }, one.at)
    }),
  )
  expectSame(
    outputs.late?.filter((element) => 'row' in element),
    expected.late.map(({ side, timeMs, row }) =>
      side === 0
        ? record({ side: 'stream', stream: named(LEFT, row), table: null }, timeMs)
        : record({ side: 'table', stream: null, table: named(RIGHT, row) }, timeMs),
    ),
  )
  expect(ledger.toJson()).toMatchObject({ held: 0, late: expected.late.length })
  expect(ledger.in).toBe(steps.filter(isRecord).length)
}

describe.each(['inner', 'left'] as const)('%s', (type) => {
  describe.each(['event-time', 'latest'] as const)('as of %s', (asOf) => {
    test(`${STREAMS_EACH} random streams from seed 1`, () => {
      overSeeds(temporalJoin, STREAMS_EACH, (seed) => {
        const { settings, config, steps } = draw(seed, type, asOf === 'latest')
        checkSmallest(`Seed ${seed}, ${JSON.stringify(config)}`, steps, (some) =>
          check(settings, config, some),
        )
      })
    })
  })
})

test('what leaves does not depend on the size of batches, in 40 random pipelines', async () => {
  for (let seed = 5001; seed <= 5040; seed++) {
    const { random, config } = draw(seed, seed % 2 === 0 ? 'inner' : 'left', seed % 4 < 2)
    const names = ['a', 'b', 'v', 'n']
    const columns = Object.fromEntries(
      names.flatMap((name) => [
        [name, `stream.${name}`],
        [`r_${name}`, `table.${name}`],
      ]),
    )
    const { type, asOf } = config
    const on = config.on.map(([name]) => [name, name])
    const outputs = await outputsByBatchSize(random, {
      operator: temporalJoin,
      ports: ['stream', 'table'],
      config: { type, asOf, on, columns },
      tapped: ['late'],
    })
    expect(new Set(outputs).size, `Seed ${seed}, ${JSON.stringify(config)}`).toBe(1)
  }
})
