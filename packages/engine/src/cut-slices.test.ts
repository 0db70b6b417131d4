/**
 * How much a cut does at once, counted and not clocked: nothing for each entry when it is made, one
 * entry for each that is read or changed, and no more than a portion in a turn of the event loop.
 */

import { appendStream, INTEGER, type Key } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { EntryKeys } from './checkpoint.ts'
import type { CheckpointStore, StateChange, StateChanges } from './checkpoint-store.ts'
import { drive } from './drive.ts'
import { Job } from './job.ts'
import { MemoryState } from './memory-state.ts'
import { defineOperator } from './operator.ts'
import { toJobPlan } from './plan.ts'
import { process } from './process.ts'
import type { SlotLayout, SlotTable, StateEntry } from './state.ts'
import { decodeState, encodeState, Packed } from './state-codec.ts'
import { MemoryCheckpoints } from './testing/memory-checkpoints.ts'
import { createBatchSink, createMemorySource } from './testing/memory-source.ts'
import { seededRandom } from './testing/random.ts'
import { checkDocument } from './testing/run-pipeline.ts'
import { VirtualEnv } from './testing/virtual-env.ts'

/** Says when it is encoded. */
class Noted extends Packed {
  count: number
  readonly #onEncoded: () => void

  constructor(count: number, onEncoded: () => void) {
    super()
    this.count = count
    this.#onEncoded = onEncoded
  }

  unpack(): number {
    this.#onEncoded()
    return this.count
  }
}

type Change = (state: MemoryState, key: number) => void

interface Kind {
  fill(state: MemoryState, from: number, until: number): void
  /** Changes the entry, or adds it where there is none. */
  readonly change: Change
  encoded(): number
}

function objects(): Kind {
  let encoded = 0
  const onEncoded = () => {
    encoded++
  }
  const change: Change = (state, key) => {
    const table = state.table<Noted>('t')
    const entry = table.change(0, key)
    if (entry === undefined) table.put(0, key, new Noted(1, onEncoded))
    else entry.count++
  }
  return { change, encoded: () => encoded, fill: fillWith(change) }
}

function numbers(): Kind {
  let encoded = 0
  const layout: SlotLayout<number> = {
    initial: [0],
    toValue: (slots, slot) => {
      encoded++
      return slots.numbers[slot * slots.stride + 1] ?? 0
    },
    setValue: () => {},
    givenKey: (key) => key,
  }
  const change: Change = (state, key) => count(state.slots('t', layout), key)
  return { change, encoded: () => encoded, fill: fillWith(change) }
}

function count(table: SlotTable<number>, key: Key): void {
  const entries = table.namespace(0)
  const slot = entries.place(key)
  if (!entries.isNew && !entries.isTouched(slot)) table.beforeChange(0, entries, slot)
  const at = slot * entries.slots.stride + 1
  const { numbers: own } = entries.slots
  own[at] = (own[at] ?? 0) + 1
}

function fillWith(change: Change): Kind['fill'] {
  return (state, from, until) => {
    for (let key = from; key < until; key++) change(state, key)
  }
}

/** By key; fails where one comes twice. */
function take(values: Map<number, number>, { path, value }: StateEntry): void {
  const key = Number(path[1])
  if (values.has(key)) throw new Error(`The key ${key} comes twice.`)
  if (value !== undefined) values.set(key, Number(decodeState(value)))
}

function read(cut: Iterable<StateEntry>): Map<number, number> {
  const values = new Map<number, number>()
  for (const entry of cut) take(values, entry)
  return values
}

/** More than one map takes: as many as are being spread over several, and as have been. */
const KINDS = [
  [40_000, 'objects', objects],
  [52_000, 'objects', objects],
  [40_000, 'numbers', numbers],
] as const

test.each(KINDS)(
  'a cut of %i %s encodes none, and each when it is read or changed',
  (many, _, make) => {
    const kind = make()
    const state = new MemoryState({ stored: true })
    kind.fill(state, 0, many)
    const random = seededRandom(7)
    const expected = new Map(Array.from({ length: many }, (__, key) => [key, 1]))
    for (const everything of [undefined, true] as const) {
      const before = kind.encoded()
      const cut = state.cut(everything)
      expect(kind.encoded()).toBe(before)
      const values = new Map<number, number>()
      const now = new Map(expected)
      for (let next = cut.next(); next.done !== true; next = cut.next()) {
        take(values, next.value)
        if (!random.chance(0.3)) continue
        const key = random.integer(0, many * 1.2)
        const encoded = kind.encoded()
        kind.change(state, key)
        if (kind.encoded() > encoded + 1) throw new Error('A change has encoded more than one.')
        now.set(key, (now.get(key) ?? 0) + 1)
      }
      expect(values).toEqual(expected)
      expect(kind.encoded() - before).toBe(expected.size)
      for (const [key, value] of now) expected.set(key, value)
    }
  },
)

test('entries that are spread while a cut is read are encoded one by one all the same', () => {
  const kind = numbers()
  const state = new MemoryState({ stored: true })
  kind.fill(state, 0, 32_768)
  read(state.cut())
  kind.fill(state, 0, 32_768)
  const cut = state.cut()
  const values = new Map<number, number>()
  for (let left = 1_000; left > 0; left--) take(values, cut.next().value as StateEntry)
  const encoded = kind.encoded()
  // The next one is one too many for a single place.
  kind.change(state, 32_768)
  expect(kind.encoded()).toBe(encoded)
  kind.change(state, 5)
  for (const entry of cut) take(values, entry)
  expect(values).toEqual(new Map(Array.from({ length: 32_768 }, (_, key) => [key, 2])))
})

test('all timers are brought as they were at a cut, though others are set and taken', () => {
  for (let seed = 0; seed < 24; seed++) {
    const random = seededRandom(seed)
    const state = new MemoryState({ stored: true })
    const timers = state.timers('s')
    // Now and then so many at one time that they are in a heap of their own.
    const [timesMax, count] = seed % 6 === 0 ? [2, 4_000] : [50, 200]
    const setOne = () => timers.set(random.integer(0, timesMax), 0, random.integer(0, count))
    for (let left = count; left > 0; left--) setOne()
    for (let round = 0; round < 4; round++) {
      const expected = new Set(Array.from(state.snapshot(), ({ path }) => path.join()))
      const brought: string[] = []
      for (const { path } of state.cut(round > 0 ? true : undefined)) {
        brought.push(path.join())
        if (random.chance(0.5)) timers.takeDue(random.integer(-1, timesMax))
        if (random.chance(0.5)) setOne()
      }
      expect(brought.length, `seed ${seed}`).toBe(expected.size)
      expect(new Set(brought), `seed ${seed}`).toEqual(expected)
    }
  }
})

test('keys of one node are made as keys are, whichever came before', () => {
  const keys = new EntryKeys('node')
  const entries: StateEntry[] = [
    { part: 'table a', path: [0, 'x'], keyGroup: 3, value: undefined },
    { part: 'table a', path: [1, null], keyGroup: 127, value: undefined },
    { part: 'timers b', path: [5, 1, 'y'], keyGroup: 0, value: undefined },
    { part: 'value c', path: [], keyGroup: 0, value: undefined },
    { part: 'table a', path: [-1, 0.5], keyGroup: 1, value: undefined },
  ]
  for (const entry of entries) {
    const { part, path, keyGroup } = entry
    const whole = encodeState(['node', part, ...path])
    expect(keys.keyOf(entry)).toEqual(Uint8Array.of(keyGroup, ...whole))
  }
})

const NUMBERS = appendStream([{ name: 'n', type: INTEGER }], true)

/** Numbers from 0 on, and then again. */
function sourceOf(keys: number) {
  return createMemorySource('numbers', NUMBERS, {
    slice: (from, rowsMax) => {
      const indexes = Array.from({ length: rowsMax }, (_, index) => from + index)
      return { rows: indexes.map((index) => [index % keys]), times: indexes }
    },
    watermark: { maxOutOfOrdernessMs: 0, intervalMs: 1_000_000 },
  })
}

const remember = defineOperator({
  title: 'Test',
  icon: 'test',
  summary: 'For tests.',
  examples: [],
  id: 'remember',
  category: 'transform',
  config: z.strictObject({ text: z.string().default('') }),
  inputs: ['in'],
  outputs: ['out'],
  outputSchemas: (_, { in: input }) => ({ out: input }),
  run: ({ text }, inputs, context) =>
    process<'in', 'out'>(inputs, context, { ports: ['out'] }, () => {
      const table = context.state.table<{ count: number; text: string }>('counts')
      return {
        rows: (_, { rows }, from, to) => {
          context.ledger.filtered += to - from
          for (let index = from; index < to; index++) {
            const key = Number(rows[index]?.[0])
            const entry = table.change(0, key)
            if (entry === undefined) table.put(0, key, { count: 1, text })
            else entry.count++
          }
        },
      }
    }),
})

function bytesOf(portion: readonly StateChange[]): number {
  return portion.reduce((sum, { key, value }) => sum + key.length + (value?.length ?? 0), 0)
}

test.each([
  ['small', 40_000, 10_000, ''],
  ['large', 40, 10, 'x'.repeat(60_000)],
])(
  'no turn of the event loop is given more %s entries than a portion has',
  async (_, keys, changes, text) => {
    const sink = createBatchSink('nothing', () => {})
    const operators = [sourceOf(keys), remember, sink]
    const checked = checkDocument(
      {
        format: 'millrace/1',
        name: 'Test',
        nodes: {
          source: { operator: 'numbers', config: {} },
          counts: { operator: 'remember', config: { text } },
          sink: { operator: 'nothing', config: {} },
        },
        edges: [
          { from: 'source', to: 'counts' },
          { from: 'counts', to: 'sink' },
        ],
      },
      operators,
    )
    const { clock, random, ids, disk } = new VirtualEnv()
    /** Of each turn of the event loop since the last checkpoint. */
    let portions = [0]
    /** Between two looks at the clock. */
    let bytesMax = 0
    const timers = {
      after: () => () => {},
      yield: (callback: () => void) => {
        portions.push(0)
        void Promise.resolve().then(callback)
      },
    }
    const env = { clock, random, ids, disk, timers }
    const kept = new MemoryCheckpoints()
    const store: CheckpointStore = {
      get wantsFull() {
        return kept.wantsFull
      },
      newestId: 0,
      read: (id) => kept.read(id),
      write: (checkpoint) => kept.write({ ...checkpoint, changes: counted(checkpoint.changes) }),
      list: () => kept.list(),
      close: () => kept.close(),
    }
    async function* counted(all: StateChanges): AsyncGenerator<StateChange> {
      for await (const some of all) {
        if (!('key' in some)) bytesMax = Math.max(bytesMax, bytesOf(some))
        for (const change of 'key' in some ? [some] : some) {
          portions.push((portions.pop() ?? 0) + 1)
          yield change
        }
      }
    }
    const job = new Job(toJobPlan(checked), {
      env,
      resolvePath: (path) => path,
      deadLetters: () => {},
      checkpoints: { store },
    })
    job.pause()
    const ended = drive(job, env)
    for (const records of [keys, changes]) {
      const until = (job.nodes().get('counts')?.ledger.in ?? 0) + records
      job.step(records)
      while ((job.nodes().get('counts')?.ledger.in ?? 0) < until) await Promise.resolve()
      portions = [0]
      await job.checkpoint()
      expect(portions.reduce((sum, portion) => sum + portion)).toBe(records)
      expect(Math.max(...portions)).toBeLessThanOrEqual(1_024)
      // With the entry that was too much.
      expect(bytesMax).toBeLessThan(64 * 1024 + 65_000)
    }
    job.stop()
    expect(await ended).toBeUndefined()
  },
)
