/**
 * Tables of chains against a map of lists, and what their cuts hand over, put into a map by a
 * reader that knows nothing of tables, against a copy of everything made at the cut.
 */

import type { Key } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { MemoryState } from './memory-state.ts'
import type { ChainLayout, ChainTable } from './state.ts'
import { decodeState } from './state-codec.ts'
import { oddKey } from './testing/odd-keys.ts'
import { seededRandom } from './testing/random.ts'
import { StoredEntries } from './testing/stored-entries.ts'

/** The numbers of a key, ascending, each in an item of its own. */
interface Chain {
  readonly key: Key
  readonly numbers: readonly number[]
}

const LAYOUT: ChainLayout<Chain> = {
  initial: [0, 0.5],
  toValue: (key, items) => ({ key, numbers: items.map(([number = Number.NaN]) => number) }),
  itemsOf: ({ numbers }) => numbers.map((number) => [number, 0.5]),
  givenKey: (_key, { key }) => key,
}

function numberOf(table: ChainTable<Chain>, item: number): number {
  return table.numbers(item)[table.at(item)] as number
}

/** As an operator does it: where the number is there already, it goes. */
function toggle(table: ChainTable<Chain>, key: Key, number: number): void {
  const first = table.find(key)
  let previous = -1
  let item = first
  for (; item >= 0 && numberOf(table, item) < number; item = table.next(item)) previous = item
  if (first >= 0 && !table.isTouched(first)) table.beforeChange(first)
  if (item >= 0 && numberOf(table, item) === number) {
    expect(table.previous(item)).toBe(previous)
    table.take(item)
    table.free(item)
    return
  }
  const added = table.create(key)
  table.numbers(added)[table.at(added)] = number
  if (previous < 0) table.putFirst(first, added)
  else table.putBehind(previous, added)
}

type Model = Map<Key, readonly number[]>

function toggleInModel(model: Model, key: Key, number: number): void {
  const numbers = model.get(key) ?? []
  const others = numbers.filter((other) => other !== number)
  const now = others.length < numbers.length ? others : [...others, number].sort((a, b) => a - b)
  if (now.length === 0) model.delete(key)
  else model.set(key, now)
}

function textOf(entries: Iterable<readonly [Key, readonly number[]]>): readonly string[] {
  return Array.from(entries, ([key, numbers]) => `${typeof key} ${key} ${numbers}`).sort()
}

function* ofTable(table: ChainTable<Chain>): Generator<readonly [Key, readonly number[]]> {
  for (const [key, { numbers }] of table.entries(0)) yield [key, numbers]
}

function ofStored({ entries }: StoredEntries): readonly string[] {
  return textOf(
    Array.from(entries.values(), ({ path, value = new Uint8Array() }) => {
      const { numbers } = decodeState(value) as unknown as Chain
      return [path[1] as Key, numbers] as const
    }),
  )
}

test('chains are the lists of a map, whatever their keys, up to many thousands', () => {
  for (const [seed, max] of [20, 300, 5_000, 60_000].entries()) {
    const random = seededRandom(seed)
    const table = new MemoryState().chains('t', LAYOUT)
    const model: Model = new Map()
    for (let step = 0; step < max * 3; step++) {
      const [key, number] = [oddKey(random, max), random.integer(0, 2)]
      toggle(table, key, number)
      toggleInModel(model, key, number)
    }
    expect(textOf(ofTable(table))).toEqual(textOf(model))
    expect(table.count(0)).toBe(model.size)
    expect([...table.firsts()].length).toBe(model.size)
    expect(table.get(0, -1)).toBeUndefined()
    expect(table.get(1, 'a')).toBeUndefined()
    expect(table.get(0, 'a')?.numbers).toEqual(model.get('a'))
  }
})

test('cuts bring what has changed, as it was at the cut, whatever changes while they are read', () => {
  for (let seed = 0; seed < 100; seed++) {
    const random = seededRandom(seed)
    // Now and then so many that pages fill and empty while a cut is read.
    const many = seed % 100 === 7
    let state = new MemoryState({ stored: true })
    let table = state.chains('t', LAYOUT)
    const stored = new StoredEntries()
    const change = () => toggle(table, oddKey(random, 6), random.integer(1, 3))
    const changeMany = () => {
      for (let key = 0; key < 9_000; key++) toggle(table, key, 9)
    }
    for (let round = 0; round < 8; round++) {
      if (many && round % 3 === 1) changeMany()
      for (let step = random.integer(0, 30); step > 0; step--) change()
      const expected = textOf(ofTable(table))
      const seen = new Set<string>()
      const everything = random.chance(0.2)
      if (everything) stored.entries.clear()
      for (const entry of state.cut(everything ? true : undefined)) {
        const id = stored.take(entry)
        if (seen.has(id)) throw new Error(`${id} comes again, seed ${seed}`)
        seen.add(id)
        if (seen.size < 100 && random.chance(0.5)) change()
        if (many && seen.size === 5 && round % 3 === 2) changeMany()
      }
      expect(ofStored(stored), `seed ${seed}, round ${round}`).toEqual(expected)
      if (!random.chance(0.3)) continue
      // It goes on from what is stored, as after a crash.
      state = new MemoryState({ stored: true })
      if (random.chance(0.5)) state.chains('t', LAYOUT)
      state.restore(stored.entries.values())
      table = state.chains('t', LAYOUT)
      expect(textOf(ofTable(table))).toEqual(expected)
    }
  }
})

test('a table that was never to be stored is cut as a whole', () => {
  const state = new MemoryState()
  const table = state.chains('t', LAYOUT)
  toggle(table, 'a', 1)
  toggle(table, 'b', 1)
  toggle(table, 'b', 1)
  expect([...state.cut()].map(({ path }) => path)).toEqual([[0, 'a']])
  toggle(table, 'c', 1)
  expect([...state.cut()].map(({ path }) => path).toSorted()).toEqual([
    [0, 'a'],
    [0, 'c'],
  ])
})

test('a key of -0 is the key 0, and is given back as it came', () => {
  const state = new MemoryState({ stored: true })
  const table = state.chains('t', LAYOUT)
  toggle(table, -0, 1)
  toggle(table, 0, 2)
  const [entry, ...others] = [...state.cut()]
  expect(others).toEqual([])
  expect(entry?.path).toEqual([0, 0])
  expect(decodeState(entry?.value ?? new Uint8Array())).toEqual({ key: -0, numbers: [1, 2] })
})

test('memory that very many items took is let go of when they have gone', () => {
  const state = new MemoryState()
  const table = state.chains('t', LAYOUT)
  for (let key = 0; key < 100_000; key++) toggle(table, key, 1)
  const most = state.size().bytes
  expect(most).toBeGreaterThan(100_000 * 4 * 8)
  expect(most).toBeLessThan(100_000 * 100)
  expect(state.countKeys(200_000)).toBe(100_000)
  expect(state.countKeys(50)).toBe(50)
  for (let key = 10; key < 100_000; key++) toggle(table, key, 1)
  expect(state.size().bytes).toBeLessThan(most / 10)
  for (let key = 10; key < 100_000; key++) toggle(table, key, 1)
  expect(state.size().bytes).toBeLessThan(most * 1.1)
})
