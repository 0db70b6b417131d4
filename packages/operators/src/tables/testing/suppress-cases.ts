/** The cases of Kafka Streams about held-back updates, in the modes of the suppress. */

import type { OperatorDefinition } from '@millrace/engine'
import {
  type CaseResult,
  runOperator,
  type TestElement,
  type TestStream,
} from '@millrace/engine/testing'
import { type ExampleInput, typeText } from '@millrace/pipeline'
import { tableJoin } from '../../joins/table-join.ts'
import { sessionWindow } from '../../windows/session-window.ts'
import { slidingWindow } from '../../windows/sliding-window.ts'
import { tumblingWindow } from '../../windows/tumbling-window.ts'
import { suppress } from '../suppress.ts'

interface Emitted {
  readonly key: string
  readonly value: number | string | null
}

interface SuppressStep {
  readonly input?: string
  readonly key: string
  readonly value: string
  readonly ts: number
  readonly expect?: readonly Emitted[]
  readonly output?: string
}

export interface SuppressCase {
  readonly id: string
  readonly steps: readonly SuppressStep[]
  readonly spec: {
    readonly suppress: string
    readonly limitMs?: number | 'max'
    readonly buffer?: string
    readonly window?: {
      readonly type: 'tumbling' | 'session' | 'kafka-sliding'
      readonly sizeMs?: number
      readonly gapMs?: number
      readonly timeDifferenceMs?: number
      readonly graceMs: number
    }
  }
}

/** Longer than all times of the cases. */
const FOR_EVER = '1000s'

export function suppressCase(one: SuppressCase): CaseResult {
  const { id, spec } = one
  if (spec.limitMs === 0) {
    const note = 'a duration of nothing is refused: it would hold nothing back'
    return { id, verdict: 'skipped', note }
  }
  const [mode, run] = spec.suppress.includes('join')
    ? (['and a full table-join behind it, without times', withJoin] as const)
    : spec.window === undefined
      ? (['until a duration', withDuration] as const)
      : (['until the window closes', withWindow] as const)
  const differs = run(one)
  return differs === undefined
    ? { id, verdict: 'passed', note: mode }
    : { id, verdict: 'failed', note: differs }
}

/** Where Kafka's stream time is S, the watermark is S - 1. */
function standing(seenMs: number): ExampleInput {
  return { watermark: seenMs - 1 }
}

/** A limit of bytes in the cases is that of one row. */
function withDuration({ steps, spec }: SuppressCase): string | undefined {
  const until = spec.limitMs === 'max' ? FOR_EVER : `${spec.limitMs}ms`
  const config = { until, limit: spec.buffer === 'unbounded' ? 1_000 : 1 }
  return compared(steps, (fed) => {
    const elements = countsByValue(fed)
    const schema = { key: 'string', value: 'integer' }
    const table = { changes: 'upsert', key: ['key'] } as const
    return leftBy(suppress, config, { schema, table, elements })
  })
}

/** How many keys have each value, as every record changes it; a count of 0 stays. */
function countsByValue(fed: readonly SuppressStep[]): readonly ExampleInput[] {
  const values = new Map<string, string>()
  const counts = new Map<string, number>()
  let seenMs = Number.NEGATIVE_INFINITY
  return fed.flatMap(({ key, value, ts }): readonly ExampleInput[] => {
    const before = values.get(key)
    values.set(key, value)
    seenMs = Math.max(seenMs, ts)
    const change = (of: string, by: number): ExampleInput => {
      const count = counts.get(of)
      counts.set(of, (count ?? 0) + by)
      const row = { key: of, value: counts.get(of) }
      return { at: ts, change: count === undefined ? '+I' : '+U', row }
    }
    return [
      ...(before === undefined ? [] : [change(before, -1)]),
      change(value, 1),
      standing(seenMs),
    ]
  })
}

/** A window that gives a result for every record, and a suppress behind it. */
function withWindow({ steps, spec }: SuppressCase): string | undefined {
  return compared(steps, (fed) => {
    const { operator, config, endLess } = windowOf(spec.window)
    let seenMs = Number.NEGATIVE_INFINITY
    const elements = fed.flatMap(({ key, ts }): readonly ExampleInput[] => {
      seenMs = Math.max(seenMs, ts)
      return [{ at: ts, row: { key } }, standing(seenMs)]
    })
    const input = { schema: { key: 'string' }, elements }
    const ran = runOperator(operator, config, { in: input }, { open: true })
    const out = ran.outputSchemas.out
    if (out?.key === undefined) throw new Error('The window gives no table.')
    const results: TestStream = {
      schema: Object.fromEntries(out.columns.map(({ name, type }) => [name, typeText(type)])),
      table: { changes: 'retract', key: out.key },
      ...(out.window && { window: out.window }),
      elements: ran.outputs.out ?? [],
    }
    return leftBy(suppress, {}, results, endLess)
  })
}

function windowOf(window: SuppressCase['spec']['window']): {
  readonly operator: OperatorDefinition
  readonly config: object
  /** What Kafka's end of a window is less than ours. */
  readonly endLess: number
} {
  if (window === undefined) throw new Error('The case has a window.')
  const { type, sizeMs, gapMs = 0, timeDifferenceMs, graceMs } = window
  const common = {
    groupBy: ['key'],
    aggregates: { value: 'COUNT(*)' },
    allowedLateness: `${graceMs}ms`,
    early: { count: 1 },
  }
  if (type === 'tumbling') {
    return { operator: tumblingWindow, config: { size: `${sizeMs}ms`, ...common }, endLess: 0 }
  }
  // Kafka's gap is inclusive, and its sessions end with their last record.
  if (type === 'session') {
    const config = { gap: `${gapMs + 1}ms`, ...common }
    return { operator: sessionWindow, config, endLess: gapMs + 1 }
  }
  const config = { size: `${timeDifferenceMs}ms`, ...common }
  return { operator: slidingWindow, config, endLess: 1 }
}

/** One of two tables is held back for 10 ms, before they are joined. */
function withJoin({ steps, spec }: SuppressCase): string | undefined {
  const held = spec.suppress.includes('right') ? 'right' : 'left'
  const columns = { lk: 'left.lk', l: 'left.l', rk: 'right.rk', r: 'right.r' }
  const config = { type: 'full', on: [['lk', 'rk']], columns, onError: 'fail' }
  return compared(steps, (fed) => {
    const inputs = joinInputs(fed, held)
    const { outputs, failure } = runOperator(tableJoin, config, inputs, { open: true })
    if (failure !== undefined) throw new Error(failure.message)
    return (outputs.out ?? []).flatMap((element): readonly Emitted[] => {
      if (!('row' in element) || element.change === '-U' || element.change === '-D') return []
      const { lk, l, rk, r } = element.row
      return [{ key: String(lk ?? rk), value: `(${l},${r})` }]
    })
  })
}

type Side = 'left' | 'right'

const COLUMNS = {
  left: { lk: 'string', l: 'string' },
  right: { rk: 'string', r: 'string' },
} as const

/** What reaches the join, step by step: of the one table at once, of the other when it is due. */
function joinInputs(fed: readonly SuppressStep[], held: Side): Record<Side, TestStream> {
  const changes = { left: [] as ExampleInput[], right: [] as ExampleInput[] }
  const last = { left: new Map<string, object>(), right: new Map<string, object>() }
  const waiting: ExampleInput[] = []
  const reach = (side: Side, element: ExampleInput) => {
    changes[side].push(element)
    changes[side === 'left' ? 'right' : 'left'].push(NOTHING)
  }
  let gone = 0
  let seenMs = Number.NEGATIVE_INFINITY
  for (const { input, key, value, ts } of fed) {
    const side = input === 'inputTopicLeft' ? 'left' : 'right'
    const row = side === 'left' ? { lk: key, l: value } : { rk: key, r: value }
    const isNew = !last[side].has(key)
    last[side].set(key, row)
    seenMs = Math.max(seenMs, ts)
    const change: ExampleInput = { at: ts, change: isNew ? '+I' : '+U', row }
    if (side === held) waiting.push(change)
    else reach(side, change)
    waiting.push(standing(seenMs))
    const through = rowsThrough(tableOf(held, 'upsert', waiting))
    for (const element of through.slice(gone)) reach(held, element)
    gone = through.length
  }
  const kind = (side: Side) => (side === held ? 'retract' : 'upsert')
  return {
    left: tableOf('left', kind('left'), changes.left),
    right: tableOf('right', kind('right'), changes.right),
  }
}

function tableOf(
  side: Side,
  changes: 'upsert' | 'retract',
  elements: readonly ExampleInput[],
): TestStream {
  const key = Object.keys(COLUMNS[side]).slice(0, 1)
  return { schema: COLUMNS[side], table: { changes, key }, elements }
}

const NOTHING: ExampleInput = { watermark: Number.NEGATIVE_INFINITY }

/** The changes that a suppress for 10 ms has let go. */
function rowsThrough(input: TestStream): readonly ExampleInput[] {
  const { outputs } = runOperator(suppress, { until: '10ms' }, { in: input }, { open: true })
  return (outputs.out ?? []).filter((element) => 'row' in element)
}

function leftBy(
  operator: OperatorDefinition,
  config: object,
  input: TestStream,
  endLess = 0,
): readonly Emitted[] {
  const { outputs, failure } = runOperator(operator, config, { in: input }, { open: true })
  if (failure !== undefined) throw new Error(failure.message)
  return (outputs.out ?? []).flatMap((element) => toEmitted(element, endLess))
}

function toEmitted(element: TestElement, endLess: number): readonly Emitted[] {
  if ('watermark' in element || element.change === '-U') return []
  const { key, value, window_start: start, window_end: end } = element.row
  const shown = element.change === '-D' ? null : Number(value)
  if (start === undefined) return [{ key: String(key), value: shown }]
  const [from, to] = [start, end].map((time) => Date.parse(String(time)))
  return [{ key: `[${key}@${from}/${(to ?? 0) - endLess}]`, value: shown }]
}

/**
 * Feeds what came up to each expectation and compares what has left since the last one, in order.
 */
function compared(
  steps: readonly SuppressStep[],
  run: (fed: readonly SuppressStep[]) => readonly Emitted[],
): string | undefined {
  let told = 0
  for (const [index, { expect, output }] of steps.entries()) {
    if (expect === undefined || output === 'output-raw') continue
    const left = run(steps.slice(0, index).filter(({ input }) => input !== undefined))
    const actual = left.slice(told).map(({ key, value }) => `${key}=${value}`)
    const expected = expect.map(({ key, value }) => `${key}=${value}`)
    if (actual.join() !== expected.join()) return `step ${index}: ${actual}, expected ${expected}`
    told = left.length
  }
  return undefined
}
