/**
 * Windows over the results of windows that fire again: rows that are replaced leave what they had
 * been added to, and the table that comes out is that of the rows that stand.
 */

import type { OperatorDefinition } from '@millrace/engine'
import {
  record,
  runOperator,
  type SeededRandom,
  seededRandom,
  type TestElement,
  type TestStream,
  watermark,
} from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { overSeeds, smallest } from '../testing/random-streams.ts'
import { streamCount } from '../testing/stream-count.node.ts'
import { cumulateWindow } from './cumulate-window.ts'
import { hoppingWindow } from './hopping-window.ts'
import { sessionWindow } from './session-window.ts'
import {
  AGGREGATES,
  COLUMNS,
  type Reading,
  randomGroupBy,
  randomSteps,
  resultOf,
  rowOf,
} from './testing/naive-windows.ts'
import { tumblingWindow } from './tumbling-window.ts'

/** More on demand. */
const STREAMS = streamCount(2000)

type Change = '+I' | '-U' | '+U' | '-D'
type Step = { readonly change: Change; readonly reading: Reading } | { readonly atMs: number }

/** A table whose rows are results of windows. */
function table(elements: readonly TestElement[]): TestStream {
  const kind = {
    changes: 'retract',
    key: ['id'],
    window: { latenessMs: 1000 },
  } as const
  return { schema: COLUMNS, elements, table: kind }
}

/** Rows come, are replaced by others of the same time, and are deleted. */
function randomChanges(random: SeededRandom): readonly Step[] {
  const standing: Reading[] = []
  return randomSteps(random).flatMap((step): Step[] => {
    if ('watermarkMs' in step) return [{ atMs: step.watermarkMs }]
    const steps: Step[] = [{ change: '+I', reading: step }]
    standing.push(step)
    if (!random.chance(0.4)) return steps
    const index = random.integer(0, standing.length - 1)
    const old = standing[index] ?? step
    standing.splice(index, 1)
    if (random.chance(0.4)) return [...steps, { change: '-D', reading: old }]
    const next = {
      ...old,
      id: old.id + 5000,
      n: random.integer(-9, 9),
      k: random.pick([old.k, 'z']),
    }
    standing.push(next)
    return [...steps, { change: '-U', reading: old }, { change: '+U', reading: next }]
  })
}

type Bounds = readonly [startMs: number, endMs: number]

interface Situation {
  readonly operator: OperatorDefinition
  readonly config: object
  readonly latenessMs: number
  readonly groupBy: readonly ('k' | 'g' | 'n')[]
  /** The table that there should be at the end. */
  readonly expected: (steps: readonly Step[]) => readonly string[]
}

/** The table that comes out at the end. Each change of it must fit the rows that are there. */
function tableOf(
  { operator, config, latenessMs, groupBy }: Situation,
  steps: readonly Step[],
  batchRows: number,
) {
  const elements = steps.map((step): TestElement => {
    if ('atMs' in step) return watermark(step.atMs)
    return { ...record(rowOf(step.reading), step.reading.timeMs), change: step.change }
  })
  const { outputs, failure } = runOperator(
    operator,
    { aggregates: AGGREGATES, groupBy, allowedLateness: `${latenessMs}ms`, ...config },
    { in: table(elements) },
    { batchRows },
  )
  if (failure !== undefined) throw new Error(failure.message)
  const rows = new Map<string, string>()
  for (const element of outputs['out'] ?? []) {
    if (!('row' in element)) continue
    const { change = '+I', row } = element
    const names = [...groupBy, 'window_start', 'window_end']
    const key = JSON.stringify(names.map((name) => row[name]))
    const text = JSON.stringify(row)
    const stands = change === '+I' ? undefined : change === '+U' ? rows.get(key) : text
    // To expect something of each row would take longer than all else here.
    if (rows.get(key) !== stands) expect(rows.get(key), `${change} ${text}`).toBe(stands)
    if (change === '-D') rows.delete(key)
    if (change === '+I' || change === '+U') rows.set(key, text)
  }
  return { rows: [...rows.values()].sort(), out: outputs['out'] ?? [] }
}

/** What each window has taken while it took anything, and has not lost again. */
function fixedTable(
  windowsOf: (timeMs: number) => readonly Bounds[],
  latenessMs: number,
  groupBy: Situation['groupBy'],
  steps: readonly Step[],
): readonly string[] {
  const held = new Map<string, { readonly bounds: Bounds; readings: Reading[] }>()
  let closedMs = Number.NEGATIVE_INFINITY
  for (const step of steps) {
    if ('atMs' in step) {
      closedMs = Math.max(closedMs, step.atMs)
      continue
    }
    const { change, reading } = step
    if (reading.d === 0) continue
    for (const bounds of windowsOf(reading.timeMs)) {
      if (bounds[1] - 1 + latenessMs <= closedMs) continue
      const key = JSON.stringify([bounds, groupBy.map((name) => reading[name])])
      const window = held.get(key) ?? { bounds, readings: [] }
      held.set(key, window)
      if (change === '+I' || change === '+U') window.readings.push(reading)
      else window.readings = window.readings.filter(({ id }) => id !== reading.id)
    }
  }
  return [...held.values()]
    .flatMap(({ bounds: [startMs, endMs], readings }) => rowText(startMs, endMs, readings, groupBy))
    .sort()
}

function rowText(
  startMs: number,
  endMs: number,
  readings: readonly Reading[],
  groupBy: Situation['groupBy'],
): readonly string[] {
  if (readings.length === 0) return []
  const result = resultOf({ startMs, endMs, readings }, readings, groupBy)
  return typeof result === 'string' || !('row' in result) ? [] : [JSON.stringify(result.row)]
}

/** Sessions as they were when they could take no more. */
function sessionTable(
  gapMs: number,
  latenessMs: number,
  groupBy: Situation['groupBy'],
  steps: readonly Step[],
): readonly string[] {
  const groups = new Map<string, Reading[]>()
  const rows: string[] = []
  let closedMs = Number.NEGATIVE_INFINITY
  const sessionsOf = (readings: readonly Reading[]) => {
    const sessions: { startMs: number; endMs: number; readings: Reading[] }[] = []
    for (const reading of readings.toSorted((a, b) => a.timeMs - b.timeMs)) {
      const last = sessions.at(-1)
      const { timeMs } = reading
      if (last === undefined || timeMs >= last.endMs) {
        sessions.push({ startMs: timeMs, endMs: timeMs + gapMs, readings: [reading] })
      } else {
        last.endMs = timeMs + gapMs
        last.readings.push(reading)
      }
    }
    return sessions
  }
  const purge = () => {
    for (const [group, readings] of groups) {
      for (const session of sessionsOf(readings)) {
        if (session.endMs - 1 + latenessMs > closedMs) continue
        // As they came, since results go by time and then by arrival.
        const within = readings.filter((one) => session.readings.includes(one))
        rows.push(...rowText(session.startMs, session.endMs, within, groupBy))
        const left = (groups.get(group) ?? []).filter((one) => !within.includes(one))
        groups.set(group, left)
      }
    }
  }
  for (const step of [...steps, { atMs: Number.POSITIVE_INFINITY }]) {
    if ('atMs' in step) closedMs = Math.max(closedMs, step.atMs)
    else if (step.reading.d !== 0) {
      const { change, reading } = step
      const group = JSON.stringify(groupBy.map((name) => reading[name]))
      const readings = groups.get(group) ?? []
      if (change === '-U' || change === '-D') {
        groups.set(
          group,
          readings.filter(({ id }) => id !== reading.id),
        )
      } else {
        const more = [...readings, reading]
        const own = sessionsOf(more).find((session) => session.readings.includes(reading))
        if ((own?.endMs ?? 0) - 1 + latenessMs > closedMs) groups.set(group, more)
      }
      // A row more closes no session, and one that goes does so with the one in its place.
      if (change === '-U' || change === '+I') continue
    }
    purge()
  }
  return rows.sort()
}

function check(situation: Situation, steps: readonly Step[], seed: number): void {
  const batchSizes = seed % 20 === 0 ? [1, 7, 1000] : [[1, 7, 1000][seed % 3] ?? 1]
  const outs = new Set<string>()
  const isRight = (rows: readonly string[], fewer: readonly Step[]) =>
    JSON.stringify(rows) === JSON.stringify(situation.expected(fewer))
  for (const batchRows of batchSizes) {
    const { rows, out } = tableOf(situation, steps, batchRows)
    if (batchSizes.length > 1) outs.add(JSON.stringify(out))
    if (isRight(rows, steps)) continue
    const few = smallest(steps, (fewer) => {
      try {
        return !isRight(tableOf(situation, fewer, batchRows).rows, fewer)
      } catch {
        // With a row left out that is replaced later, the steps are no table.
        return false
      }
    })
    const text = `seed ${seed}, ${JSON.stringify(situation.config)}, steps ${JSON.stringify(few)}`
    expect(tableOf(situation, few, batchRows).rows, text).toEqual(situation.expected(few))
  }
  if (outs.size > 1) throw new Error(`Seed ${seed}: the output depends on the size of batches.`)
}

test('tumbling windows over a table give the table of the rows that stand, over 2,000 streams', () => {
  overSeeds(tumblingWindow, STREAMS, (seed) => {
    const random = seededRandom(seed)
    const sizeMs = random.integer(1, 40)
    const windowsOf = (timeMs: number): readonly Bounds[] => {
      const startMs = Math.floor(timeMs / sizeMs) * sizeMs
      return [[startMs, startMs + sizeMs]]
    }
    const latenessMs = random.pick([0, random.integer(1, 200)])
    const config = {
      size: `${sizeMs}ms`,
      ...(random.chance(0.3) ? { early: { count: random.integer(1, 3) } } : {}),
    }
    const groupBy = randomGroupBy(random)
    const expected = (steps: readonly Step[]) => fixedTable(windowsOf, latenessMs, groupBy, steps)
    const situation = { operator: tumblingWindow, config, latenessMs, groupBy, expected }
    check(situation, randomChanges(random), seed)
  })
})

test('hopping windows over a table give the table of the rows that stand, over 2,000 streams', () => {
  overSeeds(hoppingWindow, STREAMS, (seed) => {
    const random = seededRandom(seed)
    const sizeMs = random.integer(1, 40)
    const slideMs = random.integer(Math.ceil(sizeMs / 8), 50)
    const windowsOf = (timeMs: number): readonly Bounds[] => {
      const last = Math.floor(timeMs / slideMs)
      return Array.from({ length: 10 }, (_, back): Bounds => {
        const startMs = (last - back) * slideMs
        return [startMs, startMs + sizeMs]
      }).filter(([, endMs]) => timeMs < endMs)
    }
    const latenessMs = random.pick([0, random.integer(1, 200)])
    const config = { size: `${sizeMs}ms`, slide: `${slideMs}ms` }
    const groupBy = randomGroupBy(random)
    const expected = (steps: readonly Step[]) => fixedTable(windowsOf, latenessMs, groupBy, steps)
    const situation = { operator: hoppingWindow, config, latenessMs, groupBy, expected }
    check(situation, randomChanges(random), seed)
  })
})

test('cumulate windows over a table give the table of the rows that stand, over 2,000 streams', () => {
  overSeeds(cumulateWindow, STREAMS, (seed) => {
    const random = seededRandom(seed)
    const stepMs = random.integer(1, 20)
    const count = random.integer(1, 6)
    const sizeMs = stepMs * count
    const windowsOf = (timeMs: number): readonly Bounds[] => {
      const startMs = Math.floor(timeMs / sizeMs) * sizeMs
      return Array.from(
        { length: count },
        (_, index): Bounds => [startMs, startMs + (index + 1) * stepMs],
      ).filter(([, endMs]) => timeMs < endMs)
    }
    const latenessMs = random.pick([0, random.integer(1, 200)])
    const config = { size: `${sizeMs}ms`, step: `${stepMs}ms` }
    const groupBy = randomGroupBy(random)
    const expected = (steps: readonly Step[]) => fixedTable(windowsOf, latenessMs, groupBy, steps)
    const situation = { operator: cumulateWindow, config, latenessMs, groupBy, expected }
    check(situation, randomChanges(random), seed)
  })
})

test('session windows over a table give the sessions of the rows that stand, over 2,000 streams', () => {
  overSeeds(sessionWindow, STREAMS, (seed) => {
    const random = seededRandom(seed)
    const gapMs = random.integer(1, random.pick([5, 20, 40]))
    const latenessMs = random.pick([0, random.integer(1, 200)])
    const early = random.chance(0.3) ? { early: { count: random.integer(1, 3) } } : {}
    const config = { gap: `${gapMs}ms`, ...early }
    const groupBy = randomGroupBy(random)
    const expected = (steps: readonly Step[]) => sessionTable(gapMs, latenessMs, groupBy, steps)
    const situation = { operator: sessionWindow, config, latenessMs, groupBy, expected }
    check(situation, randomChanges(random), seed)
  })
})

test('a row that held a session together leaves two when it is deleted', () => {
  const row = (id: number) => ({ ...reading, id })
  const elements: TestElement[] = [
    record(row(1), 1),
    record(row(2), 3),
    record(row(3), 5),
    watermark(20),
    { ...record(row(2), 3), change: '-D' },
  ]
  const config = { gap: '3ms', allowedLateness: '1m', ...counted }
  const { outputs } = runOperator(sessionWindow, config, { in: table(elements) })
  expect(outputs['out']).toMatchObject([
    { at: 7, change: '+I', row: { count: 3 } },
    { watermark: 20 },
    { at: 7, change: '-D', row: { count: 3 } },
    { at: 3, change: '+I', row: { count: 1 } },
    { at: 7, change: '+I', row: { count: 1 } },
  ])
})

const reading = { k: 'a', g: null, n: 1, d: null }
const counted = { aggregates: { count: 'COUNT(*)' } }

test('a row that replaces another one gives one update, not one for each half', () => {
  const elements: TestElement[] = [
    record({ ...reading, id: 1 }, 5),
    watermark(20),
    { ...record({ ...reading, id: 1 }, 5), change: '-U' },
    { ...record({ ...reading, n: 4, id: 2 }, 5), change: '+U' },
  ]
  const config = { size: '10ms', allowedLateness: '1m', aggregates: { sum: 'SUM(n)' } }
  const { outputs } = runOperator(tumblingWindow, config, { in: table(elements) })
  expect(outputs['out']).toMatchObject([
    { change: '+I', row: { sum: 1 } },
    { watermark: 20 },
    { change: '-U', row: { sum: 1 } },
    { change: '+U', row: { sum: 4 } },
  ])
})

test('a window that has lost all its rows takes its result back', () => {
  const elements: TestElement[] = [
    record({ ...reading, id: 1 }, 5),
    watermark(20),
    { ...record({ ...reading, id: 1 }, 5), change: '-D' },
  ]
  const config = { size: '10ms', allowedLateness: '1m', ...counted }
  const { outputs, ledger } = runOperator(tumblingWindow, config, { in: table(elements) })
  expect(outputs['out']).toMatchObject([
    { change: '+I', row: { count: 1 } },
    { watermark: 20 },
    { change: '-D', row: { count: 1 } },
  ])
  expect(ledger.toJson()).toMatchObject({ in: 2, absorbed: 2 })
})

test('a row that was never added takes nothing back, and makes no count negative', () => {
  const elements: TestElement[] = [
    { ...record({ ...reading, id: 1 }, 5), change: '-D' },
    record({ ...reading, id: 2 }, 6),
    { ...record({ ...reading, id: 3, n: 8 }, 7), change: '-D' },
  ]
  const config = { size: '10ms', aggregates: { count: 'COUNT(*)', least: 'MIN(n)' } }
  const { outputs } = runOperator(tumblingWindow, config, { in: table(elements) })
  expect(outputs['out']).toMatchObject([{ row: { count: 1, least: 1 } }])
})
