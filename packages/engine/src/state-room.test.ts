/** State that does not fit into memory, outside of it. */

import { describe, expect, test } from 'vitest'
import { DiskError, type Env } from './env.ts'
import { MemoryState } from './memory-state.ts'
import type { SpillSpace } from './spill-space.ts'
import type { StateTable } from './state.ts'
import { StateRoom } from './state-room.ts'
import { MemorySpillSpace } from './testing/memory-spill-space.ts'
import { seededRandom } from './testing/random.ts'
import { VirtualEnv } from './testing/virtual-env.ts'

interface Value {
  text: string
  count: number
}

const KB = 1024
const ALL = { bytes: Number.POSITIVE_INFINITY, goOn: () => true }

/** With room for so much state. */
function worldFor(bytes: number, openSpillSpace?: () => SpillSpace): Env {
  const { clock, timers, random, ids, disk } = new VirtualEnv()
  const world = { clock, timers, random, ids, disk, memoryBytesMax: bytes / 0.7 }
  return openSpillSpace === undefined ? world : { ...world, openSpillSpace }
}

function tableOf(count: number) {
  const state = new MemoryState({ stored: true })
  const table = state.table<Value>('values')
  for (let key = 0; key < count; key++) {
    table.put(key % 3, key, { text: `${key}`.padEnd(KB), count: key })
  }
  return { state, table }
}

function relieved(room: StateRoom, state: MemoryState): void {
  room.relieve([{ state, size: state.size() }])
}

describe('a room for state', () => {
  test('that is full leaves some of it outside, from where it comes back as it was', () => {
    const space = new MemorySpillSpace()
    const room = new StateRoom(worldFor(1000 * KB, () => space))
    const { state, table } = tableOf(900)
    relieved(room, state)
    const { bytes, spilledBytes, entries } = state.size()
    expect(entries).toBe(900)
    expect(bytes).toBeLessThan(640 * KB)
    expect(spilledBytes).toBeGreaterThan(250 * KB)
    expect(space.size).toBeGreaterThan(250)
    for (let key = 0; key < 900; key++) expect(table.get(key % 3, key)?.count).toBe(key)
  })

  test('that is not full keeps everything, and never opens a file', () => {
    const room = new StateRoom(
      worldFor(2000 * KB, () => {
        throw new Error('Nobody needs it.')
      }),
    )
    relieved(room, tableOf(900).state)
    expect(room.isUsed).toBe(false)
  })

  test('lets go of what was not changed since the last checkpoint first', () => {
    const space = new MemorySpillSpace()
    const room = new StateRoom(worldFor(1000 * KB, () => space))
    const { state, table } = tableOf(900)
    for (const _ of state.cut());
    for (let key = 0; key < 300; key++) table.change(key % 3, key)
    relieved(room, state)
    const written = [...state.cut()].length
    expect(written).toBe(300)
    const before = space.size
    for (let key = 0; key < 300; key++) table.change(key % 3, key)
    // None of them had to come back.
    expect(space.size).toBe(before)
  })

  test('goes on while the disk takes nothing, until memory is full', () => {
    const space = new MemorySpillSpace()
    space.store = () => {
      throw new DiskError('no-space', '/spilled', 'The disk is full.')
    }
    const world = worldFor(1000 * KB, () => space)
    expect(() => relieved(new StateRoom(world), tableOf(700).state)).not.toThrow()
    expect(() => relieved(new StateRoom(world), tableOf(1200).state)).toThrow('The disk is full.')
  })
})

/** Does the same to a table of which parts leave memory now and then, and to a map. */
function checkRandomly(seed: number): void {
  const random = seededRandom(seed)
  const space = new MemorySpillSpace()
  const copiesBytesMax = random.pick([0, 100, 100_000])
  const state = new MemoryState({ stored: true, spilling: { valueBytesMin: 0, copiesBytesMax } })
  const table: StateTable<Value> = state.table('values')
  const model = new Map<number, Map<number, Value>>()
  for (let step = 0; step < 400; step++) {
    const namespace = random.integer(0, 2)
    const key = random.integer(0, 12)
    const entries = model.get(namespace) ?? new Map<number, Value>()
    model.set(namespace, entries)
    const choice = random.integer(0, 9)
    if (choice < 3) {
      const value = { text: 'x'.repeat(random.integer(0, 60)), count: step }
      table.put(namespace, key, { ...value })
      entries.set(key, value)
    } else if (choice < 6) {
      const changed = table.change(namespace, key)
      const same = entries.get(key)
      expect(changed).toEqual(same)
      if (changed !== undefined) changed.count++
      if (same !== undefined) same.count++
    } else if (choice === 6) {
      table.delete(namespace, key)
      entries.delete(key)
    } else if (choice === 7 && random.chance(0.3)) {
      table.drop(namespace)
      entries.clear()
    } else if (choice === 8) {
      state.spill(space, { bytes: random.pick([1, 500, 1e9]), goOn: () => random.chance(0.98) })
    } else expect(table.get(namespace, key)).toEqual(entries.get(key))
    if (random.chance(0.1)) state.tidySpilled()
    expect(table.count(namespace)).toBe(entries.size)
  }
  for (const [namespace, entries] of model) {
    const sorted = [...table.entries(namespace)].sort(([a], [b]) => Number(a) - Number(b))
    expect(sorted).toEqual([...entries].sort(([a], [b]) => a - b))
    expect([...table.keys(namespace)].length).toBe(entries.size)
  }
  expect(state.size().entries).toBe([...model.values()].reduce((sum, { size }) => sum + size, 0))
  state.spill(space, ALL)
  state.tidySpilled()
  expect(space.size).toBe(state.size().entries)
  for (const namespace of table.namespaces()) table.drop(namespace)
  state.tidySpilled()
  expect(space.size).toBe(0)
  expect(state.size()).toEqual({ entries: 0, bytes: 0, spilledBytes: 0 })
}

test('entries that come and go are those of a map, and nothing is left outside', () => {
  for (let seed = 1; seed <= 60; seed++) checkRandomly(seed)
})
