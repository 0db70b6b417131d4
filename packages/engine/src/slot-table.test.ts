/**
 * Tables of numbers in slots against a map, and what their cuts hand over, put into a map by a
 * reader that knows nothing of tables, against a copy of everything made at the cut.
 */

import type { Key } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { MemoryState } from './memory-state.ts'
import type { SlotLayout, SlotTable } from './state.ts'
import { decodeState } from './state-codec.ts'
import { oddKey } from './testing/odd-keys.ts'
import { seededRandom } from './testing/random.ts'
import { StoredEntries } from './testing/stored-entries.ts'

interface Counted {
  readonly key: Key
  readonly counts: readonly number[]
}

const LAYOUT: SlotLayout<Counted> = {
  initial: [0, 0.5],
  toValue: (slots, slot) => {
    const first = slot * slots.stride + 1
    return { key: slots.givenKey(slot), counts: [...slots.numbers.subarray(first, first + 2)] }
  },
  setValue: (slots, slot, { counts }) => slots.numbers.set(counts, slot * slots.stride + 1),
  givenKey: (_key, { key }) => key,
}

/** As an operator does it. */
function count(table: SlotTable<Counted>, namespace: number, key: Key, amount: number): void {
  const entries = table.namespace(namespace)
  const slot = entries.place(key)
  if (!entries.isNew && !entries.isTouched(slot)) table.beforeChange(namespace, entries, slot)
  const at = slot * entries.slots.stride + 1
  const { numbers } = entries.slots
  numbers[at] = (numbers[at] ?? 0) + amount
}

/** By namespace and key. */
type Model = Map<number, Map<Key, readonly number[]>>

function countInModel(model: Model, namespace: number, key: Key, amount: number): void {
  const entries = model.get(namespace) ?? new Map<Key, readonly number[]>()
  const [before = 0, rest = 0.5] = entries.get(key) ?? []
  model.set(namespace, entries.set(key, [before + amount, rest]))
}

function textOf(entries: Iterable<readonly [number, Key, readonly number[]]>): readonly string[] {
  return Array.from(entries, ([namespace, key, counts]) => {
    return `${namespace} ${typeof key} ${key} ${counts}`
  }).sort()
}

function* ofModel(model: Model): Generator<readonly [number, Key, readonly number[]]> {
  for (const [namespace, entries] of model) {
    for (const [key, counts] of entries) yield [namespace, key, counts]
  }
}

function* ofTable(table: SlotTable<Counted>): Generator<readonly [number, Key, readonly number[]]> {
  for (const namespace of table.namespaces()) {
    for (const [key, { counts }] of table.entries(namespace)) yield [namespace, key, counts]
  }
}

function ofStored({ entries }: StoredEntries): readonly string[] {
  return textOf(
    Array.from(entries.values(), ({ path, value = new Uint8Array() }) => {
      const { counts } = decodeState(value) as unknown as Counted
      return [Number(path[0]), path[1] as Key, counts] as const
    }),
  )
}

test('entries are those of a map, whatever their keys, up to many thousands', () => {
  for (const [seed, max] of [20, 300, 5_000, 60_000].entries()) {
    const random = seededRandom(seed)
    const table = new MemoryState().slots('t', LAYOUT)
    const model: Model = new Map()
    for (let step = 0; step < max * 3; step++) {
      const [namespace, key] = [random.integer(0, 1), oddKey(random, max)]
      count(table, namespace, key, step)
      countInModel(model, namespace, key, step)
    }
    expect(textOf(ofTable(table))).toEqual(textOf(ofModel(model)))
    expect(table.count(1)).toBe(model.get(1)?.size)
    expect(table.get(0, -1)).toBeUndefined()
    expect(table.get(0, 3)?.counts).toEqual(model.get(0)?.get(3))
  }
})

// Few, and as many as are being spread.
test.each([0, 32_700])(
  'behind %i entries one that was placed last can be taken out again',
  (first) => {
    const random = seededRandom(5)
    const table = new MemoryState({ stored: true }).slots('t', LAYOUT)
    const model: Model = new Map()
    for (let key = 0; key < first; key++) {
      count(table, 0, `first ${key}`, 1)
      countInModel(model, 0, `first ${key}`, 1)
    }
    for (let step = 0; step < 5_000; step++) {
      const key = oddKey(random, 2_000)
      const entries = table.namespace(0)
      entries.place(key)
      if (entries.isNew && random.chance(0.5)) entries.takeLast()
      else {
        count(table, 0, key, 1)
        countInModel(model, 0, key, 1)
      }
    }
    expect(textOf(ofTable(table))).toEqual(textOf(ofModel(model)))
  },
)

test('cuts bring what has changed, as it was at the cut, whatever changes while they are read', () => {
  for (let seed = 0; seed < 100; seed++) {
    const random = seededRandom(seed)
    // Now and then so many that they are spread while a cut is read.
    const many = seed % 50 === 7
    let state = new MemoryState({ stored: true })
    let table = state.slots('t', LAYOUT)
    const stored = new StoredEntries()
    const change = () => {
      const namespace = random.integer(-1, 2)
      if (random.chance(0.05)) table.drop(namespace)
      else count(table, namespace, oddKey(random, 6), random.integer(1, 9))
    }
    for (let round = 0; round < 8; round++) {
      if (many && round === 3) for (let key = 0; key < 32_766; key++) count(table, 1, key, 1)
      for (let step = random.integer(0, 30); step > 0; step--) change()
      const expected = textOf(ofTable(table))
      const seen = new Set<string>()
      const everything = random.chance(0.2)
      if (everything) stored.entries.clear()
      for (const entry of state.cut(everything ? true : undefined)) {
        const id = stored.take(entry)
        expect(seen.has(id), `${id} comes once, seed ${seed}`).toBe(false)
        seen.add(id)
        if (seen.size < 100 && random.chance(0.5)) change()
        if (many && seen.size === 50) for (let key = 0; key < 50; key++) count(table, 1, -key, 1)
      }
      expect(ofStored(stored), `seed ${seed}, round ${round}`).toEqual(expected)
      if (!random.chance(0.3)) continue
      // It goes on from what is stored, as after a crash.
      state = new MemoryState({ stored: true })
      if (random.chance(0.5)) state.slots('t', LAYOUT)
      state.restore(stored.entries.values())
      table = state.slots('t', LAYOUT)
      expect(textOf(ofTable(table))).toEqual(expected)
    }
  }
})

test('a key of -0 is the key 0, and is given back as it came', () => {
  const state = new MemoryState({ stored: true })
  const table = state.slots('t', LAYOUT)
  count(table, 0, -0, 1)
  count(table, 0, 0, 1)
  const [entry, ...others] = [...state.cut()]
  expect(others).toEqual([])
  expect(entry?.path).toEqual([0, 0])
  expect(decodeState(entry?.value ?? new Uint8Array())).toEqual({ key: -0, counts: [2, 0.5] })
})

test('a namespace that came and went between two cuts is not stored at all', () => {
  const state = new MemoryState({ stored: true })
  const table = state.slots('t', LAYOUT)
  for (let key = 0; key < 100; key++) count(table, 3, key, 1)
  table.drop(3)
  expect([...state.cut()]).toEqual([])
})

test('its size is that of the arrays, and its keys count once in all namespaces', () => {
  const state = new MemoryState()
  const table = state.slots('t', LAYOUT)
  for (let key = 0; key < 1_000; key++) count(table, key % 4, key % 699, 1)
  expect(state.size().entries).toBe(1_000)
  expect(state.size().bytes).toBeGreaterThan(1_000 * 3 * 8)
  expect(state.size().bytes).toBeLessThan(1_000 * 100)
  expect(state.countKeys(5_000)).toBe(699)
  expect(state.countKeys(50)).toBe(50)
})
