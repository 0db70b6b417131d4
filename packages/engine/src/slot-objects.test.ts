/**
 * Rows in slots, some of them outside of memory: whatever leaves, comes back, is changed or handed
 * to another table, entries and what is stored of them are those of a map.
 */

import type { Row } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { ColumnKeys } from './column-keys.ts'
import { MemoryState } from './memory-state.ts'
import type { SlotLayout, SlotTable, StateEntry } from './state.ts'
import { decodeState } from './state-codec.ts'
import { MemorySpillSpace } from './testing/memory-spill-space.ts'
import { seededRandom } from './testing/random.ts'

interface Kept {
  readonly row: Row
}

function layoutOf(keys: ColumnKeys): SlotLayout<Kept> {
  return {
    initial: [],
    columns: { keys, valuesOf: ({ row }) => [row[0] ?? null] },
    toValue: (slots, slot) => ({ row: slots.objects[slot] as Row }),
    setValue: (slots, slot, { row }) => {
      slots.objects[slot] = row
    },
    givenKey: () => null,
    objectOf: ({ row }) => row,
  }
}

const SPILLING = { valueBytesMin: 0, copiesBytesMax: 0 }

function begin(state = new MemoryState({ stored: true, spilling: SPILLING })) {
  const keys = new ColumnKeys([0])
  return { state, keys, table: state.slots('t', layoutOf(keys)) }
}

function put(table: SlotTable<Kept>, keys: ColumnKeys, row: Row): Row | undefined {
  const entries = table.namespace(0)
  const slot = entries.placeRow(keys, row)
  const { isNew, slots } = entries
  if (!isNew && !entries.isTouched(slot)) table.beforeChange(0, entries, slot)
  const before = isNew ? undefined : (table.object(slots, slot) as Row)
  table.setObject(slots, slot, row)
  return before
}

type Model = Map<unknown, Row>

function texts(rows: Iterable<Row>): readonly string[] {
  return Array.from(rows, (row) => JSON.stringify(row)).sort()
}

function ofTable(table: SlotTable<Kept>): readonly string[] {
  return texts(Array.from(table.entries(0), ([, { row }]) => row))
}

function ofStored(stored: ReadonlyMap<unknown, StateEntry>): readonly string[] {
  return texts(
    Array.from(stored.values(), ({ value = new Uint8Array() }) => {
      return (decodeState(value) as unknown as Kept).row
    }),
  )
}

test('rows that left memory are the same, in the table and in what is stored', () => {
  for (let seed = 0; seed < 60; seed++) {
    const random = seededRandom(seed)
    const space = new MemorySpillSpace()
    const model: Model = new Map()
    const stored = new Map<unknown, StateEntry>()
    let { state, keys, table } = begin()
    const step = () => {
      if (random.chance(0.1)) {
        state.spill(space, { bytes: random.integer(1, 400), goOn: () => random.chance(0.9) })
        return
      }
      const row = [random.integer(0, 20), `text ${random.integer(0, 1_000)}`]
      expect(put(table, keys, row)).toEqual(model.get(row[0]))
      model.set(row[0], row)
    }
    for (let round = 0; round < 6; round++) {
      for (let steps = random.integer(0, 60); steps > 0; steps--) step()
      const expected = texts(model.values())
      for (const entry of state.cut()) {
        stored.set(entry.path[1], entry)
        if (random.chance(0.3)) step()
      }
      expect(ofStored(stored), `seed ${seed}, round ${round}`).toEqual(expected)
      expect(ofTable(table)).toEqual(texts(model.values()))
      if (!random.chance(0.4)) continue
      // A restart, at which some of it leaves memory before anybody says how it lies.
      const next = new MemoryState({ stored: true, spilling: SPILLING })
      next.restore(stored.values())
      if (random.chance(0.7)) next.spill(space, { bytes: 500, goOn: () => true })
      model.clear()
      for (const text of expected) model.set((JSON.parse(text) as Row)[0], JSON.parse(text))
      const restored = begin(next)
      state = restored.state
      keys = restored.keys
      table = restored.table
      expect(ofTable(table)).toEqual(expected)
    }
  }
})

test('what is outside is told apart, and is let go of with its entry', () => {
  const space = new MemorySpillSpace()
  const { state, keys, table } = begin()
  const text = 'x'.repeat(1_000)
  for (let key = 0; key < 500; key++) put(table, keys, [key, text])
  const before = state.size()
  expect(before.bytes).toBeGreaterThan(500 * 1_000)
  const freed = state.spill(space, { bytes: 250_000, goOn: () => true })
  expect(freed).toBeGreaterThanOrEqual(250_000)
  const after = state.size()
  expect(after.bytes).toBeLessThan(before.bytes - 150_000)
  expect(after.spilledBytes).toBeGreaterThan(200_000)
  for (let key = 0; key < 500; key++) put(table, keys, [key, ''])
  expect(state.size().spilledBytes).toBe(0)
  expect(space.size).toBe(0)
  state.spill(space, { bytes: Number.POSITIVE_INFINITY, goOn: () => true })
  expect(space.size).toBe(500)
  table.drop(0)
  expect(space.size).toBe(0)
})

test('changed rows leave memory last', () => {
  const space = new MemorySpillSpace()
  const { state, keys, table } = begin()
  for (let key = 0; key < 100; key++) put(table, keys, [key, 'as it was'])
  expect([...state.cut()]).toHaveLength(100)
  for (let key = 0; key < 100; key += 2) put(table, keys, [key, 'as it is'])
  state.spill(space, { bytes: 1, goOn: () => true })
  state.spill(space, { bytes: 1, goOn: () => true })
  state.spill(space, { bytes: 1, goOn: () => true })
  const outside = [1, 2, 3].map((place) => {
    return (decodeState(space.load(place)) as unknown as Kept).row[1]
  })
  expect(outside).toEqual(['as it was', 'as it was', 'as it was'])
})
