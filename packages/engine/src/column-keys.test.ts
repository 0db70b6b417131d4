/**
 * Tables whose keys are several columns, against a map by the text that such keys have elsewhere:
 * the same entries, the same values as they were given, and the same in checkpoints.
 */

import { createKeyReader, type Key, type Row, type Value } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { ColumnKeys } from './column-keys.ts'
import { MemoryState } from './memory-state.ts'
import type { SlotLayout, SlotTable, StateEntry } from './state.ts'
import { decodeState } from './state-codec.ts'
import { type SeededRandom, seededRandom } from './testing/random.ts'

/** The key is in the columns 2 and 0. */
const INDEXES = [2, 0]
const readText = createKeyReader(INDEXES, false)

interface Counted {
  /** The values of the key, and behind them how many rows had it. */
  readonly row: Row
}

function layoutOf(keys: ColumnKeys): SlotLayout<Counted> {
  return {
    initial: [0],
    columns: { keys, valuesOf: ({ row }) => row },
    toValue: (slots, slot) => {
      const count = slots.numbers[slot * slots.stride + slots.keyWidth] ?? Number.NaN
      return { row: [...slots.givenValues(slot), count] }
    },
    setValue: (slots, slot, { row }) => {
      slots.numbers[slot * slots.stride + slots.keyWidth] = Number(row[2])
    },
    givenKey: () => null,
  }
}

interface Counting {
  readonly state: MemoryState
  readonly keys: ColumnKeys
  readonly table: SlotTable<Counted>
}

function begin(state = new MemoryState({ stored: true })): Counting {
  const keys = new ColumnKeys(INDEXES)
  return { state, keys, table: state.slots('t', layoutOf(keys)) }
}

/** As an operator does it. */
function count({ table, keys }: Counting, row: Row): void {
  const entries = table.namespace(0)
  const slot = entries.placeRow(keys, row)
  if (!entries.isNew && !entries.isTouched(slot)) table.beforeChange(0, entries, slot)
  const { slots } = entries
  const at = slot * slots.stride + slots.keyWidth
  slots.numbers[at] = (slots.numbers[at] ?? 0) + 1
  if (slots.numbers[at] !== 2) return
  const values: Value[] = []
  keys.fillValues(row, slots.numbers, slot * slots.stride, values)
  expect(values).toEqual(slots.givenValues(slot))
}

const ODD: readonly Value[] = [
  ...[null, true, false, '', 'a', '\0', '\0\u0001', 'ab'],
  ...[Number.NaN, Number.POSITIVE_INFINITY, -0, 0, 1, 2, 0.5, -7, 2 ** 40, 2 ** 53 - 1],
]

function randomRow(random: SeededRandom, max: number): Row {
  const value = () => (random.chance(0.5) ? random.pick(ODD) : random.integer(0, max))
  return [value(), 'not in the key', value()]
}

type Model = Map<Key, Value[]>

function countInModel(model: Model, row: Row): void {
  const key = readText(row)
  const known = model.get(key)
  if (known === undefined) model.set(key, [row[2] ?? null, row[0] ?? null, 1])
  else known[2] = Number(known[2]) + 1
}

/** A line for each entry, in the order of their keys. -0 is not 0. */
function textOf(entries: Iterable<readonly [Key, Row]>): string {
  const lines = Array.from(entries, ([key, row]) => {
    const values = row.map((value) => (Object.is(value, -0) ? '-0' : `${typeof value} ${value}`))
    return `${key}: ${values.join(', ')}`
  })
  return lines.sort().join('\n')
}

function ofTable({ table }: Counting): string {
  return textOf(Array.from(table.entries(0), ([key, { row }]) => [key, row] as const))
}

test('keys are equal where their texts are, whatever the values, up to many thousands', () => {
  for (const [seed, max] of [3, 20, 220].entries()) {
    const random = seededRandom(seed)
    const counting = begin()
    const model: Model = new Map()
    for (let step = 0; step < max * max; step++) {
      const row = randomRow(random, max)
      count(counting, row)
      countInModel(model, row)
    }
    expect(ofTable(counting)).toBe(textOf(model))
    expect(counting.table.count(0)).toBe(model.size)
    expect([...counting.table.keys(0)].sort()).toEqual([...model.keys()].sort())
    const [key = null, row] = [...model][1] ?? []
    expect(counting.table.get(0, key)?.row).toEqual(row)
    expect(counting.table.get(0, 'no such key')).toBeUndefined()
  }
})

test('an entry that was placed last can be taken out again', () => {
  const random = seededRandom(5)
  const counting = begin()
  const model: Model = new Map()
  for (let step = 0; step < 3_000; step++) {
    const row = randomRow(random, 30)
    const entries = counting.table.namespace(0)
    entries.placeRow(counting.keys, row)
    if (entries.isNew && random.chance(0.5)) {
      entries.takeLast()
      continue
    }
    count(counting, row)
    countInModel(model, row)
  }
  expect(ofTable(counting)).toBe(textOf(model))
})

test('cuts bring what has changed, and a restart goes on from them', () => {
  for (let seed = 0; seed < 25; seed++) {
    const random = seededRandom(seed)
    const model: Model = new Map()
    const stored = new Map<Key, StateEntry>()
    let counting = begin()
    const countOne = (row: Row) => {
      count(counting, row)
      countInModel(model, row)
    }
    // Once so many that they are spread while a cut is read.
    const many = seed === 7
    for (let round = 0; round < (many ? 2 : 6); round++) {
      if (many && round === 0) for (let key = 0; key < 32_760; key++) countOne([key, '', 'many'])
      for (let step = random.integer(0, 30); step > 0; step--) countOne(randomRow(random, 3))
      const expected = new Map(Array.from(model, ([key, row]) => [key, [...row]] as const))
      for (const entry of counting.state.cut()) {
        stored.set(entry.path[1] as Key, entry)
        if (random.chance(many ? 0.001 : 0.3)) countOne(randomRow(random, 4))
      }
      const decoded = Array.from(stored, ([key, { value = new Uint8Array() }]) => {
        return [key, (decodeState(value) as unknown as Counted).row] as const
      })
      expect(textOf(decoded), `seed ${seed}, round ${round}`).toBe(textOf(expected))
      if (!random.chance(0.3)) continue
      model.clear()
      for (const [key, row] of expected) model.set(key, [...row])
      // Entries may be there before the operator says how they lie.
      const state = new MemoryState({ stored: true })
      if (random.chance(0.5)) state.restore(stored.values())
      const restored = begin(state)
      if (restored.table.count(0) === 0) state.restore(stored.values())
      counting = restored
      expect(ofTable(counting)).toBe(textOf(expected))
    }
  }
})

test('its size counts the values that are no numbers once each', () => {
  const counting = begin()
  for (let key = 0; key < 1_000; key++) count(counting, [key, '', key % 2 === 0 ? 'even' : 'odd'])
  const { bytes, entries } = counting.state.size()
  expect(entries).toBe(1_000)
  expect(bytes).toBeGreaterThan(1_000 * 4 * 8)
  expect(bytes).toBeLessThan(1_000 * 100)
  for (let key = 0; key < 1_000; key++) count(counting, [0, '', `text ${key}`])
  expect(counting.state.size().bytes).toBeGreaterThan(bytes + 1_000 * 56)
})
