/** What the generator makes, how often, in which order, and what it refuses. */

import { runPipeline, type TestElement, VirtualEnv } from '@millrace/engine/testing'
import { typeText } from '@millrace/pipeline'
import { describe, expect, test } from 'vitest'
import { refusals } from '../testing/refusals.ts'
import { generatorSource } from './generator-source.ts'

interface Made {
  readonly at: number
  readonly row: { readonly [column: string]: unknown }
}

async function make(config: object, batchRowsMax = 1000, env = new VirtualEnv()) {
  const document = {
    format: 'millrace/1',
    name: 'Made up',
    nodes: { made: { operator: 'generator-source', config } },
    edges: [],
  }
  const { taps, failure, nodes } = await runPipeline(document, {
    operators: [generatorSource],
    tap: ['made'],
    batchRowsMax,
    env,
  })
  const elements = taps.get('made') ?? []
  return { elements, failure, rows: elements.filter(isRow), ledger: nodes.get('made')?.ledger, env }
}

function isRow(element: TestElement): element is TestElement & Made {
  return 'row' in element
}

async function valuesOf(generator: object, count = 20_000): Promise<readonly unknown[]> {
  const { rows } = await make({ count, rate: 1000, columns: { v: generator } })
  return rows.map(({ row }) => row['v'])
}

async function numbersOf(generator: object, count?: number): Promise<readonly number[]> {
  return (await valuesOf(generator, count)).map(Number)
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}

function share<T>(values: readonly T[], wanted: (value: T) => boolean): number {
  return values.filter(wanted).length / values.length
}

const everything = {
  count: 400,
  rate: 50,
  columns: {
    n: { type: 'sequence', start: 7, step: 2 },
    u: { type: 'uniform', min: -1, max: 1, nulls: 10 },
    g: { type: 'normal', mean: 10, deviation: 2, decimals: 3 },
    z: { type: 'zipf', count: 100 },
    c: { type: 'choice', values: ['a', 'b'], weights: [9, 1] },
    b: { type: 'boolean', percentTrue: 20 },
    w: { type: 'walk', step: 1, min: 0, max: 10, decimals: 2 },
    id: { type: 'uuid' },
    t: { type: 'time' },
  },
  disorder: {
    late: 20,
    maxDelay: '1s',
    duplicates: 5,
    idleGaps: { every: '2s', length: '1m' },
  },
  watermark: { maxOutOfOrderness: '500ms' },
}

describe('the same seed', () => {
  test('makes the same records and watermarks, whatever the batch size', async () => {
    const [one, seven, thousand] = [
      await make(everything, 1),
      await make(everything, 7),
      await make(everything, 1000),
    ]
    expect(one.rows.length).toBeGreaterThan(400)
    expect(seven.elements).toEqual(one.elements)
    expect(thousand.elements).toEqual(one.elements)
  })

  test('gives a column the same values, whatever the other columns are', async () => {
    const alone = await make({ ...everything, columns: { u: everything.columns.u } })
    const among = await make(everything)
    expect(alone.rows.map(({ row }) => row['u'])).toEqual(among.rows.map(({ row }) => row['u']))
  })

  test('is needed for the same records', async () => {
    const [one, other] = [await make(everything), await make({ ...everything, seed: 2 })]
    expect(other.rows[0]?.row['id']).not.toBe(one.rows[0]?.row['id'])
  })
})

describe('values', () => {
  test('of a sequence count on', async () => {
    expect(await numbersOf({ type: 'sequence', start: 5, step: 3 }, 4)).toEqual([5, 8, 11, 14])
  })

  test('of a uniform generator are spread evenly, both bounds among whole ones', async () => {
    const whole = await numbersOf({ type: 'uniform', min: 1, max: 6, decimals: 0 })
    for (let face = 1; face <= 6; face++) {
      expect(share(whole, (value) => value === face)).toBeCloseTo(1 / 6, 1.7)
    }
    const real = await numbersOf({ type: 'uniform', min: -2, max: 4 })
    expect(mean(real)).toBeCloseTo(1, 1)
    expect(Math.min(...real)).toBeGreaterThanOrEqual(-2)
    expect(Math.max(...real)).toBeLessThan(4)
    const cents = await numbersOf({ type: 'uniform', min: 0, max: 1, decimals: 2 })
    expect(new Set(cents).size).toBe(101)
  })

  test('of a normal generator have its mean and deviation', async () => {
    const values = await numbersOf({ type: 'normal', mean: 50, deviation: 5 })
    expect(mean(values)).toBeCloseTo(50, 0.5)
    expect(Math.sqrt(mean(values.map((value) => (value - 50) ** 2)))).toBeCloseTo(5, 1)
    expect(share(values, (value) => Math.abs(value - 50) < 5)).toBeCloseTo(0.6827, 1.7)
    const held = await numbersOf({ type: 'normal', mean: 0, deviation: 5, min: -1, max: 1 })
    expect([Math.min(...held), Math.max(...held)]).toEqual([-1, 1])
  })

  test.each([0.5, 1, 2])(
    'of a zipf generator of exponent %s fall off as they should',
    async (exponent) => {
      const values = await numbersOf({ type: 'zipf', count: 50, exponent })
      const ranks = Array.from({ length: 50 }, (_, index) => (index + 1) ** -exponent)
      const sum = ranks.reduce((total, rank) => total + rank, 0)
      for (const rank of [1, 2, 10]) {
        const expected = (ranks[rank - 1] ?? 0) / sum
        expect(Math.abs(share(values, (value) => value === rank) - expected)).toBeLessThan(0.01)
      }
      expect(values.every((value) => Number.isInteger(value) && value >= 1 && value <= 50)).toBe(
        true,
      )
    },
  )

  test('of a choice come by weight, and of booleans by percentage', async () => {
    const choice = { type: 'choice', values: ['a', 'b', 'c'], weights: [6, 3, 1] }
    const letters = await valuesOf(choice)
    expect(share(letters, (letter) => letter === 'a')).toBeCloseTo(0.6, 1.7)
    expect(share(letters, (letter) => letter === 'c')).toBeCloseTo(0.1, 1.7)
    const flags = await valuesOf({ type: 'boolean', percentTrue: 20 })
    expect(share(flags, (flag) => flag === true)).toBeCloseTo(0.2, 1.7)
  })

  test('of a walk move by a step at most, within the bounds', async () => {
    const values = await numbersOf({ type: 'walk', step: 2, min: 0, max: 30 }, 5000)
    expect(values[0]).toBe(15)
    for (const [index, value] of values.entries()) {
      expect(Math.abs(value - (values[index - 1] ?? value))).toBeLessThanOrEqual(2)
      expect(value).toBeGreaterThanOrEqual(0)
      expect(value).toBeLessThanOrEqual(30)
    }
    expect(new Set(values.map((value) => Math.floor(value / 10))).size).toBe(3)
  })

  test('of a uuid generator are of version 4, and none comes twice', async () => {
    const ids = await valuesOf({ type: 'uuid' })
    expect(new Set(ids).size).toBe(20_000)
    for (const id of ids.slice(0, 100)) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    }
  })

  test('are NULL as often as asked for', async () => {
    const values = await valuesOf({ type: 'constant', value: 1, nulls: 30 })
    expect(share(values, (value) => value === null)).toBeCloseTo(0.3, 1.7)
  })

  test('decide the type of the column', () => {
    const columns = {
      a: { type: 'uniform', min: 0, max: 1, decimals: 0 },
      b: { type: 'uniform', min: 0, max: 1 },
      c: { type: 'choice', values: [1, 2] },
      d: { type: 'choice', values: [1, 2.5] },
      e: { type: 'constant', value: false },
      f: { type: 'constant', value: '' },
      g: { type: 'time' },
      h: { type: 'uuid' },
    }
    const config = generatorSource.config.parse({ columns })
    const plan = { nodeId: 'made', report: () => {}, channels: () => [] }
    const { out } = generatorSource.outputSchemas(config, {}, plan)
    expect(out?.columns.map(({ name, type }) => `${name} ${typeText(type)}`)).toEqual([
      'a integer',
      'b double',
      'c integer',
      'd double',
      'e boolean',
      'f string',
      'g timestamp',
      'h string',
    ])
  })
})

describe('what cannot be a record', () => {
  const refused = async (config: object, onError?: string) => {
    const document = {
      format: 'millrace/1',
      name: 'Made up',
      nodes: { made: { operator: 'generator-source', config: { ...config, onError } } },
      edges: [],
    }
    const run = (batchRowsMax: number) =>
      runPipeline(document, {
        operators: [generatorSource],
        tap: ['made', 'made.errors'],
        batchRowsMax,
      })
    const { taps, failure, nodes } = await run(1000)
    if (failure === undefined) expect((await run(1)).taps).toEqual(taps)
    const rows = (taps.get('made') ?? []).filter(isRow).map(({ row }) => row)
    const errors = (taps.get('made.errors') ?? []).filter(isRow).map(({ row }) => row)
    return { rows, errors, failure, ledger: nodes.get('made')?.ledger }
  }
  const counted = {
    count: 3,
    columns: { n: { type: 'sequence', start: Number.MAX_SAFE_INTEGER - 1, step: 1 } },
  }

  test('an integer beyond 2^53 - 1 goes to errors, and what comes before it leaves', async () => {
    const { rows, errors, failure, ledger } = await refused(counted)
    expect(failure).toBeUndefined()
    expect(rows).toEqual([{ n: Number.MAX_SAFE_INTEGER - 1 }, { n: Number.MAX_SAFE_INTEGER }])
    const reason =
      'The value of column "n" has passed 2^53 - 1, up to which integers are exact. Begin lower, or take smaller steps.'
    const place = { node: 'made', line: null, offset: null }
    expect(errors).toEqual([{ raw: '{"n":9007199254740992}', reason, ...place }])
    expect(ledger).toMatchObject({ in: 3, passed: 2, deadLettered: 1 })
  })

  test('a time after the year 9999 does so too', async () => {
    const { rows, errors } = await refused({
      count: 3,
      rate: 1,
      start: '9999-12-31T23:59:58Z',
      columns: { n: { type: 'sequence' } },
    })
    expect(rows).toEqual([{ n: 0 }, { n: 1 }])
    expect(errors).toMatchObject([
      {
        raw: '{"n":2}',
        reason:
          'The event time is after 9999-12-31T23:59:59.999Z. Begin earlier, or raise the rate.',
      },
    ])
  })

  test('it fails the job where that is wanted', async () => {
    const { failure } = await refused(counted, 'fail')
    expect(failure).toMatchObject({
      domain: 'user',
      message:
        'The value of column "n" has passed 2^53 - 1, up to which integers are exact. Begin lower, or take smaller ' +
        'steps. The record is {"n":9007199254740992}. Or set onError to "dead-letter" to put such records aside.',
    })
  })
})

const plain = { rate: 10, columns: { n: { type: 'sequence' } } }

describe('times', () => {
  test('are evenly spaced from the start', async () => {
    const { rows } = await make({ ...plain, count: 3, start: '1970-01-01T00:00:01Z' })
    expect(rows.map(({ at }) => at)).toEqual([1000, 1100, 1200])
  })

  test('leave gaps in which nothing happens', async () => {
    const { rows } = await make({
      ...plain,
      count: 5,
      start: '1970-01-01',
      disorder: { idleGaps: { every: '200ms', length: '5s' } },
    })
    expect(rows.map(({ at }) => at)).toEqual([0, 100, 5200, 5300, 10_400])
  })
})

describe('disorder', () => {
  test('delays as many as asked for, none longer than the maximum, and loses none', async () => {
    const { rows } = await make({
      ...plain,
      count: 10_000,
      disorder: { late: 10, maxDelay: '2s' },
    })
    let latestMs = Number.NEGATIVE_INFINITY
    let behind = 0
    for (const { at } of rows) {
      expect(latestMs - at).toBeLessThanOrEqual(2000)
      if (at < latestMs) behind++
      latestMs = Math.max(latestMs, at)
    }
    // Of the late ones, those with a delay of less than a step are overtaken by none.
    expect(behind / rows.length).toBeGreaterThan(0.08)
    expect(behind / rows.length).toBeLessThan(0.11)
    expect(new Set(rows.map(({ row }) => row['n'])).size).toBe(10_000)
  })

  test('repeats as many as asked for, with the same time and values', async () => {
    const disorder = { duplicates: 20, maxDelay: '1s' }
    const { rows, ledger } = await make({ ...plain, count: 5000, disorder })
    expect(rows.length / 5000).toBeCloseTo(1.2, 1.7)
    expect(ledger).toMatchObject({ in: rows.length, passed: rows.length })
    const times = new Map(rows.map(({ row, at }) => [row['n'], at]))
    expect(rows.every(({ row, at }) => times.get(row['n']) === at)).toBe(true)
  })
})

describe('pace', () => {
  test('lets records through as far apart as their times, speeded up', async () => {
    const { env } = await make({ ...plain, count: 11, pace: 'event-time', speed: 2 })
    expect(env.clock.monotonicMs()).toBe(500)
  })

  test('is not kept without being asked for', async () => {
    const { env } = await make({ ...plain, count: 11 })
    expect(env.clock.monotonicMs()).toBe(0)
  })

  test('is that of the clock where there is no end', async () => {
    const env = new VirtualEnv(5_000)
    const document = {
      format: 'millrace/1',
      name: 'Endless',
      nodes: { made: { operator: 'generator-source', config: plain } },
      edges: [],
    }
    const { taps } = await runPipeline(document, {
      operators: [generatorSource],
      tap: ['made'],
      env,
      onSlice: (job) => {
        if (env.clock.nowMs() >= 6_000) job.stop()
      },
    })
    const times = (taps.get('made') ?? []).filter(isRow).map(({ at }) => at)
    expect(times).toEqual([5000, 5100, 5200, 5300, 5400, 5500, 5600, 5700, 5800, 5900, 6000])
  })
})

const n = { type: 'sequence' }

test.each<[object, readonly string[]]>([
  [{ columns: {} }, ['wrong-count columns Columns has 0 entries and needs at least 1. Add one.']],
  [
    { columns: { a: { type: 'uniform', min: 2, max: 1 } } },
    ['minimum-above-maximum columns.a.min Minimum 2 is above maximum 1. Exchange them.'],
  ],
  [
    { columns: { a: { type: 'uniform', min: 0.2, max: 0.8, decimals: 0 } } },
    [
      'no-number-between columns.a.decimals No number of 0 decimals lies between 0.2 and 0.8. Set them further apart, ' +
        'or allow more decimals.',
    ],
  ],
  [
    { columns: { a: { type: 'choice', values: [1, 'b'] } } },
    [
      'choice-of-several-types columns.a.values Values has number and string values, and a column has one type. Keep ' +
        'one.',
    ],
  ],
  [
    { columns: { a: { type: 'choice', values: ['a', 'b'], weights: [1] } } },
    [
      'weights-not-for-each-value columns.a.weights Weights has 1 entry for 2 values. Give each value its weight, or ' +
        'leave the weights out.',
    ],
  ],
  [
    { columns: { a: { type: 'normal', mean: 0, deviation: 0 } } },
    ['out-of-range columns.a.deviation Deviation must be a number above 0 and up to 1e15.'],
  ],
  [
    { columns: { n }, speed: 2, count: 1 },
    ['speed-without-pace speed Speed 2 is that of pace "event-time". Add "pace": "event-time".'],
  ],
  [
    { columns: { n }, start: 'tomorrow' },
    [
      'bad-timestamp start "tomorrow" is not a time. Write ISO-8601, for instance "2026-01-01T00:00:00Z".',
    ],
  ],
  [
    { columns: { n }, disorder: { late: 5 } },
    [
      'late-without-delay disorder.maxDelay Late is 5 %, and maximum delay is 0s. Say how late, for instance "10s".',
    ],
  ],
  [
    { columns: { n }, rate: 1e6, disorder: { late: 50, maxDelay: '1h' } },
    [
      'too-many-delayed disorder.maxDelay About 1800000000 records would wait for their time at once, and 1000000 may. ' +
        'Choose a shorter delay, fewer late records and duplicates, or a lower rate.',
    ],
  ],
  [
    { columns: { n }, disorder: { late: 101, maxDelay: '1s' } },
    ['out-of-range disorder.late Late must be a number from 0 to 100.'],
  ],
])('%j is refused', (config, expected) => {
  expect(refusals(generatorSource, config)).toEqual(expected)
})
