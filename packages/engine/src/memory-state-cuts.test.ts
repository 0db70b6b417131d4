/**
 * What cuts hand over, put into a map by a reader that knows nothing of tables, against a copy of
 * everything made at the cut.
 */

import { expect, test } from 'vitest'
import { MemoryState } from './memory-state.ts'
import type { StateEntry } from './state.ts'
import { encodeState } from './state-codec.ts'
import { type SeededRandom, seededRandom } from './testing/random.ts'
import { StoredEntries } from './testing/stored-entries.ts'

type Entry = { readonly count: number[] }

/** Parts, paths and values, in an order of their own. */
function textOf({ entries }: StoredEntries): readonly string[] {
  return [...entries].map(([id, { value }]) => `${id} ${value}`).sort()
}

function everythingIn(state: MemoryState): readonly string[] {
  const stored = new StoredEntries()
  for (const namespace of state.table('t').namespaces()) {
    for (const [key, value] of state.table('t').entries(namespace)) {
      const path = [namespace, key]
      stored.take({ part: 'table t', path, keyGroup: 0, value: encodeState(value) })
    }
  }
  const value = encodeState(state.value('v', 0).get())
  stored.take({ part: 'value v', path: [], keyGroup: 0, value })
  return textOf(stored)
}

/** Undefined for what is no timer. */
function textOfTimer({ part, path }: StateEntry): string | undefined {
  if (part !== 'timers s') return undefined
  return JSON.stringify(path.map((step) => [typeof step, String(step)]))
}

function isText(text: string | undefined): text is string {
  return text !== undefined
}

function changeSomething(state: MemoryState, random: SeededRandom): void {
  const table = state.table<Entry>('t')
  const namespace = random.integer(-1, 2)
  const key = random.pick([random.integer(0, 5), `k${random.integer(0, 3)}`, true])
  switch (random.integer(0, 9)) {
    case 0:
      table.drop(namespace)
      return
    case 1:
    case 2:
      table.delete(namespace, key)
      return
    case 3:
      state.value('v', 0).set(random.integer(0, 9))
      return
    case 4:
      state.timers('s').set(random.integer(0, 20), namespace, key)
      return
    case 5:
      state.timers('s').takeDue(random.integer(0, 20))
      return
    default: {
      const entry = table.change(namespace, key)
      if (entry === undefined) table.put(namespace, key, { count: [1] })
      else entry.count.push(random.integer(0, 9))
    }
  }
}

test('cuts bring what has changed, as it was at the cut, whatever changes while they are read', () => {
  for (let seed = 0; seed < 200; seed++) {
    const random = seededRandom(seed)
    let state = new MemoryState({ stored: true })
    state.value('v', 0).set(0)
    const stored = new StoredEntries()
    for (let round = 0; round < 8; round++) {
      for (let step = random.integer(0, 30); step > 0; step--) changeSomething(state, random)
      const expected = everythingIn(state)
      const due = [...new Set(Array.from(state.snapshot(), textOfTimer))].filter(isText).sort()
      const everything = random.chance(0.2)
      if (everything) stored.entries.clear()
      const cut = state.cut(everything ? true : undefined)
      const seen = new Set<string>()
      for (let next = cut.next(); next.done !== true; next = cut.next()) {
        const id = stored.take(next.value)
        expect(seen.has(id), `${id} comes once, seed ${seed}`).toBe(false)
        seen.add(id)
        if (random.chance(0.5)) changeSomething(state, random)
      }
      const timers = [...stored.entries.values()].filter(({ part }) => part === 'timers s')
      expect(timers.map(textOfTimer).sort(), `seed ${seed}, round ${round}`).toEqual(due)
      const rest = textOf(stored).filter((text) => !text.startsWith('["timers s"'))
      expect(rest, `seed ${seed}, round ${round}`).toEqual(expected)
      if (!random.chance(0.3)) continue
      // It goes on from what is stored, as after a crash.
      state = new MemoryState({ stored: true })
      state.restore(stored.entries.values())
      expect(everythingIn(state)).toEqual(expected)
      expect(takeAll(state)).toBe(timers.length)
      state = new MemoryState({ stored: true })
      state.restore(stored.entries.values())
    }
  }
})

test('timers come back as a set, and those that were taken stay away', () => {
  const state = new MemoryState({ stored: true })
  const timers = state.timers('s')
  timers.set(5, 0, 'a')
  timers.set(5, 0, 'a')
  timers.set(7, 0, 'b')
  const stored = new StoredEntries()
  for (const entry of state.cut()) stored.take(entry)
  expect(stored.entries.size).toBe(2)
  timers.takeDue(5)
  timers.set(9, 0, 1)
  timers.set(9, 0, '1')
  for (const entry of state.cut()) stored.take(entry)
  const restored = new MemoryState({ stored: true })
  restored.restore(stored.entries.values())
  const due = [1, 2, 3, 4].map(() => restored.timers('s').takeDue(10))
  expect(due.map((timer) => timer?.key)).toEqual(['b', 1, '1', undefined])
})

test('an entry that is kept across a cut is let go of when asked', () => {
  const state = new MemoryState({ stored: true })
  let cuts = 0
  state.onCut(() => cuts++)
  for (const _ of state.cut());
  for (const _ of state.cut());
  expect(cuts).toBe(2)
})

test('a namespace that came and went between two cuts is not stored at all', () => {
  const state = new MemoryState({ stored: true })
  const table = state.table('t')
  for (let key = 0; key < 100; key++) table.put(3, key, { key })
  table.drop(3)
  expect([...state.cut()]).toEqual([])
})

function takeAll(state: MemoryState): number {
  let count = 0
  while (state.timers('s').takeDue(Number.POSITIVE_INFINITY) !== undefined) count++
  return count
}

test('the two zeros are one key, also of an entry that changes while a cut is read', () => {
  const state = new MemoryState({ stored: true })
  const table = state.table<number[]>('t')
  table.put(0, 0, [1])
  for (const entry of state.cut()) expect(entry.path).toEqual([0, 0])
  table.change(0, -0)?.push(2)
  const cut = state.cut()
  table.change(0, -0)?.push(3)
  expect([...cut]).toEqual([
    { part: 'table t', path: [0, 0], keyGroup: expect.any(Number), value: encodeState([1, 2]) },
  ])
})
