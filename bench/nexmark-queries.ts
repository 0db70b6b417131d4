/**
 * Measures pipelines under examples/nexmark, with other sources and sinks, against loops written
 * by hand over the same events in memory: in interleaved rounds, and then row by row. Time is that
 * of the processor, the collector's threads included, so that records/s are those of one core.
 */

import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Change, Job, OperatorDefinition } from '../packages/engine/src/index.ts'
import { createBatchSink, createMemorySource } from '../packages/engine/src/testing/index.ts'
import {
  NEXMARK_PORTS,
  NexmarkGenerator,
} from '../packages/operators/src/sources/nexmark-events.ts'
import { nexmarkSource } from '../packages/operators/src/sources/nexmark-source.ts'
import {
  appendStream,
  type Column,
  INTEGER,
  type Row,
  STRING,
  TIMESTAMP,
} from '../packages/pipeline/src/index.ts'
import { cpuTimed, type Graph, heldBytes, median, runGraph } from './memory-job.ts'
import { type ByHand, type Events, PORT_BID } from './nexmark-rows.ts'

const ROUNDS = 3
const WARM_ROUNDS = 3
/** What leaves is collected by so many; if nobody took the rows, V8 would not make them at all. */
const BATCH_ROWS = 1024
const MEGABYTE = 1_048_576
/** So much of the input has been read when state is measured. */
const STATE_AT = 0.75
const START_MS = 1_767_225_600_000
const EVENTS_PER_SECOND = 10_000
const WATERMARK = { maxOutOfOrdernessMs: 4_000, intervalMs: 200 }
/** Six seconds, so that some events come late; and several of such groups. */
const DISORDERED = { count: 180_000, groupSize: 61_000 }
/** Of q13. */
const SIDE_ROWS = 10_000

const BID: readonly Column[] = [
  { name: 'auction', type: INTEGER },
  { name: 'bidder', type: INTEGER },
  { name: 'price', type: INTEGER },
  { name: 'channel', type: STRING },
  { name: 'url', type: STRING },
  { name: 'dateTime', type: TIMESTAMP },
  { name: 'extra', type: STRING },
]

export interface Target {
  readonly ratio: number
  /** Records per second. */
  readonly rate?: number
}

export interface Query {
  readonly name: string
  readonly byHand: ByHand
  readonly target: Target
}

/** Events as the source makes them, each once; out of order within groups of so many. */
export function makeEvents(count: number, groupSize = 1): Events {
  const settings = { seed: 1, startMs: START_MS, eventsPerSecond: EVENTS_PER_SECOND, groupSize }
  const { rows, times, rowPorts } = new NexmarkGenerator(settings).make(0, count)
  return { rows, times, ports: rowPorts }
}

/** So often the same bids come, later each time: V8 needs some 10 ms to know what is hot. */
export function bidsOf({ rows, times, ports }: Events, repeats = 1): Events {
  const isBid = (_value: unknown, index: number) => ports[index] === PORT_BID
  const bids = { rows: rows.filter(isBid), times: times.filter(isBid) }
  const spanMs = rows.length / (EVENTS_PER_SECOND / 1000)
  const all: { rows: Row[]; times: number[]; ports: number[] } = { rows: [], times: [], ports: [] }
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const row of bids.rows) all.rows.push(row)
    for (const timeMs of bids.times) all.times.push(timeMs + repeat * spanMs)
    for (const _ of bids.rows) all.ports.push(PORT_BID)
  }
  return all
}

export async function measureQuery({ name, byHand, target }: Query, events: Events) {
  const cold = await measureRounds(name, byHand, events, ROUNDS, () => globalThis.gc?.())
  // The first still follows a collection.
  const warm = await measureRounds(name, byHand, events, WARM_ROUNDS + 1, () => {})
  const { peakBytes, stateBytes } = await measureHeap(name, byHand, events)
  // Last: rows that all stay would teach V8 to put those of the loop among the old ones at once.
  await compare(name, byHand, events)
  const disordered = makeEvents(DISORDERED.count, DISORDERED.groupSize)
  await compare(name, byHand, byHand.reads === 'bids' ? bidsOf(disordered) : disordered)
  const perSecond = (ms: readonly number[]) => events.rows.length / (median(ms) / 1000)
  const rate = perSecond(cold.pipelineMs)
  const ratio = rate / perSecond(cold.handMs)
  const warmRate = perSecond(warm.pipelineMs.slice(1))
  const warmHand = perSecond(warm.handMs.slice(1))
  const met = ratio >= target.ratio && rate >= (target.rate ?? 0) ? 'met' : 'not met'
  const unit = 'records/s'
  return [
    { name: `${name} by hand`, value: perSecond(cold.handMs), unit },
    { name: `${name} pipeline, target ${met}`, value: rate, unit, ratio },
    { name: `${name} by hand, warm`, value: warmHand, unit },
    { name: `${name} pipeline, warm`, value: warmRate, unit, ratio: warmRate / warmHand },
    { name: `${name} heap at its highest`, value: peakBytes / MEGABYTE, unit: 'MB' },
    { name: `${name} job and its state`, value: stateBytes / MEGABYTE, unit: 'MB' },
  ]
}

/**
 * Behind a collection V8 begins anew: it forgets the shapes of objects of which none is left, and
 * the code that it has made for them. Without one it goes on with what it knows, as in a job that
 * has run for a while.
 */
async function measureRounds(
  name: string,
  byHand: ByHand,
  events: Events,
  rounds: number,
  prepare: () => void,
): Promise<{ readonly handMs: readonly number[]; readonly pipelineMs: readonly number[] }> {
  const handMs: number[] = []
  const pipelineMs: number[] = []
  for (let round = 0; round < rounds; round++) {
    prepare()
    const collected = new Collector()
    handMs.push(await cpuTimed(() => byHand.loop(events, (row) => collected.take(row))))
    prepare()
    let arrived = 0
    const count = (rows: readonly Row[]) => {
      arrived += rows.length
    }
    pipelineMs.push(await cpuTimed(() => runQuery(name, byHand, events, count)))
    if (byHand.alike === undefined && arrived !== collected.count) {
      throw new Error(`${name}: ${arrived} rows left instead of ${collected.count}.`)
    }
  }
  return { handMs, pipelineMs }
}

class Collector {
  count = 0
  #batch: Row[] = []

  take(row: Row): void {
    this.count++
    this.#batch.push(row)
    if (this.#batch.length === BATCH_ROWS) this.#batch = []
  }
}

type OnRows = (rows: readonly Row[], changes: readonly Change[] | undefined) => void

/**
 * In a run of its own: asking for the heap's size takes time. State is measured while the job runs,
 * since at its end windows have fired and are gone.
 */
async function measureHeap(query: string, byHand: ByHand, events: Events) {
  await collect()
  const before = heldBytes()
  let peakBytes = 0
  let stateBytes: number | undefined
  const onRows = () => {
    peakBytes = Math.max(peakBytes, heldBytes() - before)
  }
  const onRead = (position: number) => {
    if (stateBytes !== undefined || position < events.rows.length * STATE_AT) return
    globalThis.gc?.()
    stateBytes = Math.max(0, heldBytes() - before)
  }
  await runQuery(query, byHand, events, onRows, onRead)
  return { peakBytes, stateBytes: stateBytes ?? 0 }
}

/** Twice, and with a turn before each: what a job leaves behind is let go of in steps. */
async function collect(): Promise<void> {
  for (let time = 0; time < 2; time++) {
    await new Promise((resolve) => setImmediate(resolve))
    globalThis.gc?.()
  }
}

/** Rows and their changes, as texts. */
async function compare(query: string, byHand: ByHand, events: Events): Promise<void> {
  const expected: Row[] = []
  const expectedChanges: Change[] = []
  byHand.loop(events, (row, change = '+I') => {
    expected.push(row)
    expectedChanges.push(change)
  })
  const made: Row[] = []
  const changes: Change[] = []
  await runQuery(query, byHand, events, (rows, theirs) => {
    for (const [index, row] of rows.entries()) {
      made.push(row)
      changes.push(theirs?.[index] ?? '+I')
    }
  })
  const [left, right] = [expected, made].map((rows) => byHand.alike?.(rows) ?? rows)
  if (left === undefined || right === undefined) return
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const other = JSON.stringify([left[at], byHand.alike ? '' : expectedChanges[at]])
    const text = JSON.stringify([right[at], byHand.alike ? '' : changes[at]])
    if (text !== other) throw new Error(`${query}: row ${at} is ${text} instead of ${other}.`)
  }
}

export function runQuery(
  query: string,
  { reads }: ByHand,
  events: Events,
  onRows: OnRows,
  onRead: (position: number) => void = () => {},
): Promise<Job> {
  const sink = createBatchSink('batch-sink', ({ rows, changes }) => onRows(rows, changes))
  const extra = [sink, sideSource()]
  if (reads === 'events')
    return runGraph(inMemory(query, 'nexmark-source'), [...extra, of(events, onRead)])
  const { rows, times } = events
  const source = createMemorySource('bid-source', appendStream(BID, true), {
    slice: (from, count) => {
      onRead(from)
      return { rows: rows.slice(from, from + count), times: times.slice(from, from + count) }
    },
    watermark: WATERMARK,
  })
  return runGraph(inMemory(query, 'bid-source'), [...extra, source])
}

/** The real source's ports and columns, with events that are there already. */
function of(
  { rows, times, ports }: Events,
  onRead: (position: number) => void,
): OperatorDefinition {
  return {
    ...nexmarkSource,
    read: () => {
      let position = 0
      return {
        bounded: true,
        watermark: WATERMARK,
        ports: NEXMARK_PORTS,
        read: (rowsMax) => {
          if (position >= rows.length) return undefined
          const [from, to] = [position, position + rowsMax]
          position = to
          onRead(from)
          return {
            rows: rows.slice(from, to),
            times: times.slice(from, to),
            rowPorts: ports.slice(from, to),
            rejects: [],
          }
        },
        close: async () => {},
      }
    },
  }
}

/** The keys that q13 looks up, long before the first bid. */
function sideSource(): OperatorDefinition {
  return createMemorySource('side-source', appendStream([{ name: 'key', type: INTEGER }], true), {
    slice: (from, count) => {
      const keys = Array.from({ length: Math.max(0, Math.min(count, SIDE_ROWS - from)) })
      return {
        rows: keys.map((_, index) => [from + index]),
        times: keys.map((_, index) => from + index),
      }
    },
    watermark: { maxOutOfOrdernessMs: 0, intervalMs: 1000 },
  })
}

/** The example's graph with what is in memory in place of its sources and its file. */
function inMemory(query: string, source: string): Graph {
  const file = path.join('examples', 'nexmark', query, 'pipeline.json')
  const { nodes, edges } = JSON.parse(readFileSync(file, 'utf8')) as Graph
  const replaced = Object.entries(nodes).map(([id, node]) => {
    if (node.operator === 'generator-source') return [id, { operator: 'side-source', config: {} }]
    if (node.operator === 'file-sink') return [id, { operator: 'batch-sink', config: {} }]
    if (node.operator === 'nexmark-source' && source !== node.operator)
      return [id, { operator: source, config: {} }]
    return [id, { operator: node.operator, config: node.config }]
  })
  const outgoing = edges.map(({ from, to }) => ({
    from: source === 'bid-source' ? from.replace(/\.bid$/, '') : from,
    to,
  }))
  return { nodes: Object.fromEntries(replaced), edges: outgoing }
}
