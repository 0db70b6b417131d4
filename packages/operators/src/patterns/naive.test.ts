/** Random patterns over random streams, against a naive matcher that tries all assignments. */

import {
  record,
  runOperator,
  seededRandom,
  stream,
  type TestElement,
  watermark,
} from '@millrace/engine/testing'
import { columnText, compareKeys, compareRows, type Row } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { drawSteps, isRecord, LEFT, named, type Step } from '../joins/testing/two-sides.ts'
import { expectSame } from '../testing/expect-same.ts'
import { checkSmallest, overSeeds } from '../testing/random-streams.ts'
import { columns, refusals } from '../testing/refusals.ts'
import { streamCount } from '../testing/stream-count.node.ts'
import { pattern } from './pattern.ts'
import {
  type Assignment,
  type Found,
  naivePattern,
  type TimedRow,
} from './testing/naive-pattern.ts'
import { type DrawnPattern, drawPattern } from './testing/random-pattern.ts'

const STREAMS_EACH = streamCount(700)

type Skip = 'no-skip' | 'skip-to-next' | 'skip-past-last' | 'skip-to-first' | 'skip-to-last'

interface Drawn {
  readonly drawn: DrawnPattern
  readonly withinMs: number | undefined
  readonly skip: Skip
  readonly skipStage: string
  readonly config: object
  readonly steps: readonly Step[]
}

/** Null where the pattern is one that is refused. */
function draw(seed: number, plain: boolean): Drawn | null {
  const random = seededRandom(seed)
  const drawn = drawPattern(random)
  const { stages } = drawn
  const [firstStage] = stages
  if (firstStage === undefined) return null
  const skipStage = random.pick(stages)
  const skip: Skip = plain
    ? 'no-skip'
    : random.pick(['skip-to-next', 'skip-past-last', 'skip-to-first', 'skip-to-last'])
  const withinMs = random.chance(0.75) ? random.pick([2, 5, 20, 60]) : undefined
  const config = {
    partitionBy: ['a'],
    pattern: drawn.pattern,
    ...(withinMs === undefined ? {} : { within: `${withinMs}ms` }),
    afterMatch:
      skip === 'skip-to-first' || skip === 'skip-to-last' ? { skip, stage: skipStage } : skip,
    columns: {
      a: 'a',
      ...Object.fromEntries(stages.map((name) => [name, `COLLECT(${columnText(name)}.n)`])),
    },
  }
  if (refusals(pattern, config, { in: columns(LEFT) }).length > 0) return null
  return {
    drawn,
    withinMs,
    skip,
    skipStage,
    config,
    steps: drawSteps(random, random.pick([6, 10, 16])),
  }
}

interface KeyRecords {
  readonly key: string | null
  readonly records: readonly TimedRow[]
}

/** Records by key, by time and arrival; late ones apart. */
function byKey(steps: readonly Step[]) {
  const keys = new Map<string | null, TimedRow[]>()
  const late: TimedRow[] = []
  let watermarkMs = Number.NEGATIVE_INFINITY
  for (const step of steps) {
    if (!isRecord(step)) watermarkMs = Math.max(watermarkMs, step.watermarkMs)
    else if (step.timeMs <= watermarkMs) late.push(step)
    else {
      const key = step.row[0] as string | null
      const same = keys.get(key) ?? []
      keys.set(key, [...same, step])
    }
  }
  const sorted = [...keys].map(([key, records]): KeyRecords => {
    return { key, records: records.toSorted((a, b) => a.timeMs - b.timeMs) }
  })
  return { keys: sorted.sort((a, b) => compareKeys(a.key, b.key)), late }
}

interface Expected {
  /** Records of one time come before what that time ends. */
  readonly order: Row
  readonly element: TestElement
  readonly assignment: Assignment
}

function expectedOf(
  { key, records }: KeyRecords,
  found: Found,
  { drawn, withinMs, skip, skipStage }: Drawn,
) {
  const rowOf = (assignment: Assignment) => ({
    a: key,
    ...Object.fromEntries(
      drawn.stages.map((stage) => {
        const numbers = assignment.flatMap(([of, place]) =>
          of === stage ? [records[place]?.row[3] ?? null] : [],
        )
        return [stage, numbers]
      }),
    ),
  })
  const overMs = (assignment: Assignment) =>
    (records[assignment[0]?.[1] ?? 0]?.timeMs ?? 0) + (withinMs ?? 0) - 1
  const places = (assignment: Assignment): Row =>
    assignment.flatMap(([stage, place]) => [place, drawn.stages.indexOf(stage)])
  const matches = found.matches.map(({ assignment, decidedBy }): Expected => {
    const inTime = decidedBy === Number.POSITIVE_INFINITY
    const timeMs = inTime ? overMs(assignment) : (records[decidedBy]?.timeMs ?? 0)
    const keyOrder = key === null ? [0, ''] : [1, key]
    const order = [
      timeMs,
      inTime ? 1 : 0,
      ...keyOrder,
      inTime ? 0 : decidedBy,
      ...places(assignment),
    ]
    return { order, element: record(rowOf(assignment), timeMs), assignment }
  })
  const open = found.open.map((assignment): Expected => {
    const order = [
      overMs(assignment),
      ...(key === null ? [0, ''] : [1, key]),
      ...places(assignment),
    ]
    return { order, element: record(rowOf(assignment), overMs(assignment)), assignment }
  })
  const firstOf = (assignment: Assignment) => assignment[0]?.[1] ?? 0
  if (skip === 'no-skip') return { matches, open }
  const decided = new Map(found.matches.map(({ assignment, decidedBy }) => [assignment, decidedBy]))
  const inTurn = matches.toSorted((a, b) => {
    const [one, other] = [decided.get(a.assignment) ?? 0, decided.get(b.assignment) ?? 0]
    const byEnd = one === other ? 0 : one - other
    return (
      firstOf(a.assignment) - firstOf(b.assignment) ||
      byEnd ||
      compareRows(places(a.assignment), places(b.assignment))
    )
  })
  let skippedTo = -1
  /** By the first record of the match that skips. */
  const skips: (readonly [first: number, to: number])[] = []
  const left = inTurn.filter(({ assignment }) => {
    if (firstOf(assignment) <= skippedTo) return false
    skippedTo = Math.max(skippedTo, lastSkipped(assignment, skip, skipStage))
    skips.push([firstOf(assignment), skippedTo])
    return true
  })
  // A match leaves when nothing that begins earlier is open any more, so it skips only later ones.
  const isSkipped = (place: number) => skips.some(([first, to]) => first <= place && place <= to)
  return { matches: left, open: open.filter(({ assignment }) => !isSkipped(firstOf(assignment))) }
}

/** The place of the last record with which no other match may begin. */
function lastSkipped(assignment: Assignment, skip: Skip, skipStage: string): number {
  if (skip === 'skip-to-next') return assignment[0]?.[1] ?? -1
  if (skip === 'skip-past-last') return assignment.at(-1)?.[1] ?? -1
  const there = assignment.flatMap(([stage, place]) => (stage === skipStage ? [place] : []))
  return (skip === 'skip-to-first' ? (there[0] ?? 0) : (there.at(-1) ?? 0)) - 1
}

function ordered(expected: readonly Expected[]): TestElement[] {
  return expected.toSorted((a, b) => compareRows(a.order, b.order)).map(({ element }) => element)
}

function rowsOf(elements: readonly TestElement[] | undefined) {
  return (elements ?? []).filter((element) => 'row' in element)
}

function compare(drawn: Drawn, steps: readonly Step[], batchRows: number): void {
  const elements = steps.map((step) =>
    isRecord(step) ? record(named(LEFT, step.row), step.timeMs) : watermark(step.watermarkMs),
  )
  const { outputs, ledger, failure } = runOperator(
    pattern,
    drawn.config,
    { in: stream({ ...LEFT }, elements) },
    { batchRows },
  )
  expect(failure).toBe(undefined)
  const { keys, late } = byKey(steps)
  const results = keys.map((records) => {
    const settings = { ...drawn.drawn, withinMs: drawn.withinMs }
    const found = naivePattern(settings, records.records)
    return { ...expectedOf(records, found, drawn), found, count: records.records.length }
  })
  expectSame(
    rowsOf(outputs.late),
    late.map(({ row, timeMs }) => record(named(LEFT, row), timeMs)),
  )
  const [matches, open] = [
    results.flatMap((one) => one.matches),
    results.flatMap((one) => one.open),
  ]
  expectSame(rowsOf(outputs.timeout), ordered(open))
  if (drawn.skip === 'no-skip') expectSame(rowsOf(outputs.out), ordered(matches))
  else {
    const byPartition = (element: TestElement) =>
      'row' in element ? JSON.stringify(element.row.a) : ''
    for (const { matches: own } of results) {
      const [first] = own
      const mine =
        first === undefined
          ? []
          : rowsOf(outputs.out).filter((one) => byPartition(one) === byPartition(first.element))
      const wanted = own.map(({ element }) => withoutTime(element))
      expectSame(mine.map(withoutTime), wanted)
    }
    expect(rowsOf(outputs.out)).toHaveLength(matches.length)
  }
  const used = results.map((one) => usedPlaces([...one.matches, ...one.open]).size)
  const absorbed = used.reduce((sum, count) => sum + count, 0)
  expect(ledger.toJson()).toMatchObject({ held: 0, late: late.length, absorbed, deadLettered: 0 })
  if (drawn.skip !== 'no-skip') return
  const taken = results.reduce((sum, { found }) => sum + found.taken.size, 0)
  expect(ledger.toJson()).toMatchObject({ expired: taken - absorbed })
}

function usedPlaces(rows: readonly Expected[]): ReadonlySet<number> {
  return new Set(rows.flatMap(({ assignment }) => assignment.map(([, place]) => place)))
}

function withoutTime(element: TestElement) {
  return 'row' in element ? element.row : element
}

function checkMany(from: number, plain: boolean): void {
  const check = (seed: number) => {
    const drawn = draw(seed, plain)
    if (drawn === null) return false
    const batchRows = [1, 7, 1000][seed % 3] ?? 1
    checkSmallest(`Seed ${seed}, ${JSON.stringify(drawn.config)}`, drawn.steps, (steps) =>
      compare(drawn, steps, batchRows),
    )
    return true
  }
  overSeeds(pattern, STREAMS_EACH, check, from)
}

test.each([1, 1_000_001])(
  `${STREAMS_EACH} random patterns and streams without skipping, from seed %i`,
  (seed) => {
    checkMany(seed, true)
  },
)

test(`${STREAMS_EACH} random patterns and streams with skipping, from seed 2000001`, () => {
  checkMany(2_000_001, false)
})
