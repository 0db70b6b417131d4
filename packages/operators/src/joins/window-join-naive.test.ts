/** Random streams through every type of join in every kind of window, against a naive one. */

import {
  record,
  runOperator,
  runPipeline,
  type SeededRandom,
  seededRandom,
  stream,
  type TestElement,
  watermark,
} from '@millrace/engine/testing'
import { durationText, type Row, type Value } from '@millrace/pipeline'
import { describe, expect, test } from 'vitest'
import { expectSame } from '../testing/expect-same.ts'
import { checkSmallest, overSeeds } from '../testing/random-streams.ts'
import { streamCount } from '../testing/stream-count.node.ts'
import { filter } from '../transforms/filter.ts'
import { diamond, recordSource, type SideRow } from './testing/diamond.ts'
import {
  type Arrival,
  naiveWindowJoin,
  type Outcome,
  type Settings,
} from './testing/naive-window-join.ts'
import { windowJoin } from './window-join.ts'

const TYPES = ['inner', 'left', 'right', 'full', 'semi', 'anti'] as const
const WINDOWS = ['tumbling', 'hopping', 'cumulate', 'session'] as const
const STREAMS_EACH = streamCount(85)
const DIAMONDS_EACH = 12

function drawWindow(random: SeededRandom, type: (typeof WINDOWS)[number]): Settings['window'] {
  const offset = random.pick([0, 0, 3, -7])
  if (type === 'tumbling') return { type, size: random.integer(1, 30), offset }
  if (type === 'hopping') {
    return { type, size: random.integer(1, 30), slide: random.integer(1, 20), offset }
  }
  if (type === 'session') return { type, gap: random.integer(1, 12) }
  const step = random.integer(1, 10)
  return { type, step, size: step * random.integer(1, 4), offset }
}

function toConfig(settings: Settings, whereText: string | undefined): object {
  const durations = Object.entries(settings.window).map(([name, value]) => [
    name,
    typeof value === 'number' ? durationText(value) : value,
  ])
  const { keys, type } = settings
  return {
    type,
    window: Object.fromEntries(durations),
    on: ['a', 'b'].slice(0, keys).map((name) => [name, `r_${name}`]),
    ...(whereText === undefined ? {} : { where: whereText }),
  }
}

interface Drawn {
  readonly settings: Settings
  readonly config: object
  readonly records: readonly Arrival[]
}

function draw(
  seed: number,
  type: Settings['type'],
  windowType: (typeof WINDOWS)[number],
): Drawn & { readonly random: SeededRandom } {
  const random = seededRandom(seed)
  const restrained = random.chance(0.4)
  const settings: Settings = {
    type,
    window: drawWindow(random, windowType),
    keys: random.pick([0, 1, 1, 2]),
    where: restrained ? (left, right) => Number(left[2]) <= Number(right[2]) : undefined,
  }
  const disorder = random.pick([0, 5, 40])
  let nowMs = random.integer(-60, 60)
  const records = Array.from({ length: random.integer(0, 40) }, (_, index): Arrival => {
    nowMs += random.pick([0, 0, 1, 3, 15])
    const a = random.chance(0.15) ? null : random.pick(['x', 'y', ''])
    const b = random.chance(0.1) ? null : random.integer(-1, 1)
    return {
      side: random.chance(0.5) ? 'left' : 'right',
      timeMs: nowMs - random.integer(0, disorder),
      row: [a, b, random.integer(0, 4), index],
    }
  })
  return {
    random,
    settings,
    records,
    config: toConfig(settings, restrained ? 'v <= r_v' : undefined),
  }
}

const LEFT = { a: 'string', b: 'integer', v: 'integer', n: 'integer' }
const RIGHT = { r_a: 'string', r_b: 'integer', r_v: 'integer', r_n: 'integer' }

function named(schema: object, row: Row | null): { [column: string]: Value } {
  return Object.fromEntries(
    Object.keys(schema).map((name, index) => [name, row === null ? null : (row[index] ?? null)]),
  )
}

function expectedRows({ out }: Outcome, { settings }: Drawn): readonly TestElement[] {
  return out.map(({ at, left, right }) =>
    settings.type === 'semi' || settings.type === 'anti'
      ? record(named(LEFT, left), at)
      : record({ ...named(LEFT, left), ...named(RIGHT, right) }, at),
  )
}

function expectedLate({ late }: Outcome): readonly TestElement[] {
  return late.map(({ side, timeMs, row }) =>
    side === 'left'
      ? record({ side, left: named(LEFT, row), right: null }, timeMs)
      : record({ side, left: null, right: named(RIGHT, row) }, timeMs),
  )
}

function rowsOf(elements: readonly TestElement[] | undefined): readonly TestElement[] {
  return elements?.filter((element) => 'row' in element) ?? []
}

function check(drawn: Drawn & { readonly random: SeededRandom }): void {
  const { arrivals, inputs } = interleave(drawn)
  const expected = naiveWindowJoin(drawn.settings, arrivals)
  const { outputs, ledger } = runOperator(windowJoin, drawn.config, inputs)
  expectSame(rowsOf(outputs.out), expectedRows(expected, drawn))
  expectSame(rowsOf(outputs.late), expectedLate(expected))
  expect(ledger.toJson()).toMatchObject({
    held: 0,
    late: expected.late.length,
    filtered: expected.filtered,
    absorbed: expected.absorbed,
    expired: expected.expired,
  })
}

describe.each(TYPES)('%s', (type) => {
  describe.each(WINDOWS)('%s windows', (windowType) => {
    test(`${STREAMS_EACH} random streams with watermarks of their own, from seed 1`, () => {
      overSeeds(windowJoin, STREAMS_EACH, (seed) => {
        const drawn = draw(seed, type, windowType)
        const about = `Seed ${seed}, ${JSON.stringify(drawn.config)}`
        checkSmallest(about, drawn.records, (records) =>
          check({ ...drawn, records, random: seededRandom(seed + 1_000_000) }),
        )
      })
    })

    test(`${DIAMONDS_EACH} random sources that part and meet again, in batches of 1, 7, 1000 and all`, async () => {
      for (let seed = 1001; seed <= 1000 + DIAMONDS_EACH; seed++) {
        const drawn = draw(seed, type, windowType)
        const delayMs = drawn.random.pick([0, 4, 30])
        const arrivals = drawn.records.flatMap((arrival, index): (Arrival | number)[] => {
          const before = drawn.records.slice(0, index).map(({ timeMs }) => timeMs)
          const raises = before.every((timeMs) => timeMs < arrival.timeMs)
          return raises ? [arrival, arrival.timeMs - delayMs - 1] : [arrival]
        })
        const expected = naiveWindowJoin(drawn.settings, arrivals)
        for (const batchRowsMax of [1, 7, 1000, 1_000_000]) {
          const { taps, failure } = await runPipeline(diamondOf(drawn, delayMs), {
            operators: [recordSource, filter, windowJoin],
            tap: ['join', 'join.late'],
            batchRowsMax,
          })
          const where = `seed ${seed}, batches of ${batchRowsMax} ${JSON.stringify(drawn.config)}`
          expect(failure, where).toBe(undefined)
          expect(rowsOf(taps.get('join')).map(renamed), where).toEqual(
            expectedRows(expected, drawn),
          )
          expect(rowsOf(taps.get('join.late')), where).toHaveLength(expected.late.length)
        }
      }
    })
  })
})

/**
 * Two streams taken in turn, and what arrives over both: records, and the lower of the two
 * watermarks.
 */
function interleave({ random, records }: Drawn & { readonly random: SeededRandom }) {
  const elements = { left: [] as TestElement[], right: [] as TestElement[] }
  const sequences = { left: [] as (Arrival | number)[], right: [] as (Arrival | number)[] }
  for (const arrival of records) {
    const { side, row, timeMs } = arrival
    const schema = side === 'left' ? LEFT : RIGHT
    elements[side].push(record(named(schema, row), timeMs))
    sequences[side].push(arrival)
    if (!random.chance(0.5)) continue
    const watermarkMs = timeMs - random.integer(0, 20)
    elements[side].push(watermark(watermarkMs))
    sequences[side].push(watermarkMs)
  }
  const inputs = { left: stream(LEFT, elements.left), right: stream(RIGHT, elements.right) }
  return { arrivals: inTurn(sequences), inputs }
}

function inTurn({
  left,
  right,
}: {
  readonly left: readonly (Arrival | number)[]
  readonly right: readonly (Arrival | number)[]
}): readonly (Arrival | number)[] {
  const watermarks = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]
  const arrivals: (Arrival | number)[] = []
  let order = 0
  for (let turn = 0; turn < Math.max(left.length, right.length); turn++) {
    for (const [side, sequence] of [left, right].entries()) {
      const element = sequence[turn]
      if (typeof element === 'number') {
        watermarks[side] = Math.max(watermarks[side] ?? 0, element)
        arrivals.push(Math.min(...watermarks))
      } else if (element !== undefined) {
        // Each side keeps the order of its records, and only within a side does the order show.
        arrivals.push(element)
        order++
      }
    }
  }
  expect(order).toBe(left.concat(right).filter((element) => typeof element === 'object').length)
  return arrivals
}

function diamondOf({ records, config, settings }: Drawn, delayMs: number): object {
  const sides = ['side', 'a', 'b', 'v', 'n']
  const leftOnly = settings.type === 'semi' || settings.type === 'anti'
  const columns = Object.fromEntries([
    ...sides.map((name) => [name, `left.${name}`]),
    ...(leftOnly ? [] : sides.map((name) => [`r_${name}`, `right.${name}`])),
  ])
  const { on, where, ...rest } = config as { on: [string, string][]; where?: string }
  const join = {
    ...rest,
    on: on.map(([name]) => [name, name]),
    ...(where === undefined ? {} : { where: 'left.v <= right.v' }),
    columns,
  }
  const rows = records.map(({ side, timeMs, row }): SideRow => [timeMs, side, ...row])
  return diamond({ rows, delayMs, operator: 'window-join', ports: ['left', 'right'], config: join })
}

/** Without the columns that say which side it was. */
function renamed(element: TestElement): TestElement {
  if (!('row' in element)) return element
  const { side: _, r_side: __, ...row } = element.row
  return { ...element, row }
}
