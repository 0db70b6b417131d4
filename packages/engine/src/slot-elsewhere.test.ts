/**
 * Entries in slots that keep their lists elsewhere: whatever leaves memory, comes back, has not
 * been read since a restart, is changed or spread, entries and what is stored of them are those of
 * a map.
 */

import { expect, test } from 'vitest'
import { MemoryState } from './memory-state.ts'
import type { Slots } from './slots.ts'
import type { SlotLayout, SlotTable, StateEntry } from './state.ts'
import { decodeState } from './state-codec.ts'
import { MemorySpillSpace } from './testing/memory-spill-space.ts'
import { seededRandom } from './testing/random.ts'

type Texts = readonly string[]

const GONE = -1
const EVERYTHING = { bytes: Number.POSITIVE_INFINITY, goOn: () => true }
const SPILLING = { valueBytesMin: 0, copiesBytesMax: 0 }

/** Lists of texts by a number, which is all that an entry has. */
class Lists {
  readonly byNumber = new Map<number, Texts>()
  #last = 0
  readonly layout: SlotLayout<Texts> = {
    initial: [GONE],
    toValue: (slots, slot) => this.of(slots, slot),
    setValue: (slots, slot, texts) => {
      this.#last++
      slots.numbers[slot * 2 + 1] = this.#last
      this.byNumber.set(this.#last, texts)
    },
    givenKey: (key) => key,
    elsewhere: this.#elsewhere(),
  }

  of(slots: Slots, slot: number): Texts {
    const texts = this.byNumber.get(slots.numbers[slot * 2 + 1] ?? GONE)
    if (texts === undefined) throw new Error('The list is not there.')
    return texts
  }

  #elsewhere() {
    const { byNumber } = this
    return {
      get bytes() {
        return byNumber.size * 100
      },
      bytesOf: () => 100,
      letGo: (slots: Slots, slot: number) => {
        byNumber.delete(slots.numbers[slot * 2 + 1] ?? GONE)
        slots.numbers[slot * 2 + 1] = GONE
      },
    }
  }
}

function begin(state = new MemoryState({ stored: true, spilling: SPILLING })) {
  const lists = new Lists()
  return { state, lists, table: state.slots('t', lists.layout) }
}

type Begun = ReturnType<typeof begin>

function add({ table, lists }: Begun, key: number, text: string): void {
  const entries = table.namespace(0)
  const slot = entries.place(key)
  const { isNew, slots } = entries
  if (isNew) {
    lists.layout.setValue(slots, slot, [text])
    return
  }
  if (!entries.isTouched(slot)) table.beforeChange(0, entries, slot)
  table.bringBack(slots, slot)
  const texts = lists.of(slots, slot)
  lists.layout.elsewhere?.letGo(slots, slot)
  lists.layout.setValue(slots, slot, [...texts, text])
}

type Model = Map<number, Texts>

function shown(entries: Iterable<readonly [unknown, Texts]>): readonly string[] {
  return Array.from(entries, (entry) => JSON.stringify(entry)).sort()
}

function ofStored(stored: ReadonlyMap<unknown, StateEntry>): readonly string[] {
  return shown(
    Array.from(stored, ([key, { value = new Uint8Array() }]) => {
      return [key, decodeState(value) as unknown as Texts]
    }),
  )
}

function ofTable(table: SlotTable<Texts>): readonly string[] {
  return shown(table.entries(0))
}

test('what is elsewhere is the same, in the table and in what is stored', () => {
  for (let seed = 0; seed < 80; seed++) {
    const random = seededRandom(seed)
    const space = new MemorySpillSpace()
    const model: Model = new Map()
    const stored = new Map<unknown, StateEntry>()
    let begun = begin()
    const step = () => {
      if (random.chance(0.1)) begun.state.spill(space, EVERYTHING)
      if (random.chance(0.1)) begun.state.readSome()
      const [key, text] = [random.integer(0, 20), `text ${random.integer(0, 1_000)}`]
      add(begun, key, text.repeat(5))
      model.set(key, [...(model.get(key) ?? []), text.repeat(5)])
    }
    for (let round = 0; round < 6; round++) {
      for (let steps = random.integer(0, 60); steps > 0; steps--) step()
      const expected = shown(model)
      for (const entry of begun.state.cut()) {
        stored.set(entry.path[1], entry)
        if (random.chance(0.3)) step()
      }
      expect(ofStored(stored), `seed ${seed}, round ${round}`).toEqual(expected)
      expect(ofTable(begun.table)).toEqual(shown(model))
      if (!random.chance(0.4)) continue
      const next = new MemoryState({ stored: true, spilling: SPILLING })
      for (const entry of stored.values()) next.restoreOne(entry, random.chance(0.7))
      if (random.chance(0.3)) next.spill(space, EVERYTHING)
      begun = begin(next)
      model.clear()
      for (const text of expected) model.set(...(JSON.parse(text) as [number, Texts]))
      expect(ofTable(begun.table)).toEqual(expected)
    }
  }
})

test('what was restored is read when it is needed, and all of it in the end', () => {
  const first = begin()
  for (let key = 0; key < 100; key++) add(first, key, 'x'.repeat(100))
  const next = new MemoryState({ stored: true })
  for (const entry of first.state.snapshot()) next.restoreOne(entry, true)
  const { state, table, lists } = begin(next)
  expect(lists.byNumber.size).toBe(0)
  expect(state.size().bytes).toBeGreaterThan(100 * 100)
  add({ state, table, lists }, 7, 'y')
  expect([...lists.byNumber.values()]).toEqual([['x'.repeat(100), 'y']])
  for (let turn = 0; turn < 4; turn++) state.readSome()
  expect(lists.byNumber.size).toBe(100)
  // Reading is no change.
  expect(Array.from(state.cut(), ({ path }) => path[1])).toEqual([7])
})

test('many entries are spread while some are outside, which are told apart', () => {
  const space = new MemorySpillSpace()
  const begun = begin()
  const { state, table, lists } = begun
  const text = 'x'.repeat(50)
  for (let key = 0; key < 30_000; key++) add(begun, key, text)
  state.spill(space, { bytes: 1_000_000, goOn: () => true })
  const outside = space.size
  expect(outside).toBeGreaterThanOrEqual(10_000)
  expect(lists.byNumber.size).toBe(30_000 - outside)
  expect(state.size().spilledBytes).toBeGreaterThan(outside * 50)
  for (let key = 30_000; key < 60_000; key++) add(begun, key, text)
  for (let key = 0; key < 60_000; key += 7) add(begun, key, 'y')
  for (let key = 0; key < 60_000; key += 101) {
    expect(table.get(0, key)).toEqual(key % 7 === 0 ? [text, 'y'] : [text])
  }
  table.drop(0)
  expect(space.size).toBe(0)
  expect(lists.byNumber.size).toBe(0)
})
