/** State that is restored first and made later is the same state. */

import type { Key } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { MemoryState } from './memory-state.ts'
import type { StateEntry, StateTable } from './state.ts'
import { checkState } from './state-check.ts'
import { decodeState, encodeState, StateCodecError } from './state-codec.ts'
import { MemorySpillSpace } from './testing/memory-spill-space.ts'
import { type SeededRandom, seededRandom } from './testing/random.ts'

interface Value {
  readonly text: string
  count: number
}

type Model = Map<string, { readonly namespace: number; readonly key: Key; readonly value: Value }>

/** What is stored of `model`, and a state that has been restored from it. */
function restoredFrom(model: Model): MemoryState {
  const state = new MemoryState({ stored: true, spilling: { valueBytesMin: 0, copiesBytesMax: 0 } })
  for (const { namespace, key, value } of model.values()) {
    const entry = { part: 'table values', path: [namespace, key], keyGroup: 0 }
    state.restoreOne({ ...entry, value: encodeState(value) }, true)
  }
  return state
}

function idOf(namespace: number, key: Key): string {
  return `${namespace} ${key}`
}

function randomModel(random: SeededRandom): Model {
  const model: Model = new Map()
  for (let left = random.integer(0, 60); left > 0; left--) {
    const [namespace, key] = [random.integer(0, 2), `key ${random.integer(0, 30)}`]
    // Some are made at once, since they are small.
    const value = { text: 'x'.repeat(random.pick([0, 30, 200])), count: left }
    model.set(idOf(namespace, key), { namespace, key, value })
  }
  return model
}

/** Keeps what cuts have handed over. */
function store(stored: Map<string, Value>, entries: Iterable<StateEntry>): void {
  for (const { path, value } of entries) {
    const id = idOf(Number(path[0]), path[1] as Key)
    if (value === undefined) stored.delete(id)
    else stored.set(id, decodeState(value) as unknown as Value)
  }
}

interface Scene {
  readonly random: SeededRandom
  readonly state: MemoryState
  readonly table: StateTable<Value>
  readonly model: Model
  readonly space: MemorySpillSpace
}

function step({ random, state, table, model, space }: Scene, count: number): void {
  const [namespace, key] = [random.integer(0, 2), `key ${random.integer(0, 35)}`]
  const id = idOf(namespace, key)
  const choice = random.integer(0, 9)
  if (choice === 0) {
    const value = { text: 'y'.repeat(random.integer(0, 100)), count }
    table.put(namespace, key, { ...value })
    model.set(id, { namespace, key, value })
  } else if (choice < 4) {
    const changed = table.change(namespace, key)
    const same = model.get(id)?.value
    expect(changed).toEqual(same)
    if (changed !== undefined) changed.count = count
    if (same !== undefined) same.count = count
  } else if (choice === 4) {
    table.delete(namespace, key)
    model.delete(id)
  } else if (choice === 5 && random.chance(0.2)) {
    table.drop(namespace)
    for (const [other, entry] of model) if (entry.namespace === namespace) model.delete(other)
  } else if (choice === 6 && random.chance(0.3)) {
    state.spill(space, { bytes: random.pick([1, 2000, 1e9]), goOn: () => true })
  } else if (choice === 7 && random.chance(0.3)) {
    state.readSome()
  } else expect(table.get(namespace, key)).toEqual(model.get(id)?.value)
}

function checkRandomly(seed: number): void {
  const random = seededRandom(seed)
  const model = randomModel(random)
  const state = restoredFrom(model)
  const stored = new Map([...model].map(([id, { value }]) => [id, { ...value }]))
  const scene = {
    random,
    state,
    table: state.table<Value>('values'),
    model,
    space: new MemorySpillSpace(),
  }
  for (let round = 0; round < 4; round++) {
    for (let count = random.integer(0, 40); count > 0; count--) step(scene, count + round * 100)
    const asCut = new Map([...model].map(([id, { value }]) => [id, { ...value }]))
    const isFull = random.chance(0.2)
    if (isFull) stored.clear()
    const cut = state.cut(isFull)
    const entries: StateEntry[] = []
    // Turns go on while it is read.
    for (let next = cut.next(); next.done !== true; next = cut.next()) {
      entries.push(next.value)
      if (random.chance(0.5)) step(scene, -entries.length)
    }
    store(stored, entries)
    expect(stored).toEqual(asCut)
  }
  const { table } = scene
  for (const namespace of [0, 1, 2]) {
    const own = [...model.values()].filter((entry) => entry.namespace === namespace)
    expect(new Map(table.entries(namespace))).toEqual(new Map(own.map((e) => [e.key, e.value])))
  }
  expect(state.size().entries).toBe(model.size)
  for (const namespace of table.namespaces()) table.drop(namespace)
  expect(state.size()).toEqual({ entries: 0, bytes: 0, spilledBytes: 0 })
}

test('whatever is done to it, it is as what was made at once, and so is what is stored of it', () => {
  for (let seed = 1; seed <= 150; seed++) checkRandomly(seed)
})

test('its values are made little by little, also where nobody asks for them', () => {
  const model: Model = new Map()
  for (let index = 0; index < 1000; index++) {
    const value = { text: `${index} `.repeat(40), count: index }
    model.set(idOf(0, index), { namespace: 0, key: index, value })
  }
  const state = restoredFrom(model)
  const bytesUnread = state.size().bytes
  let rounds = 0
  for (let before = 0; before !== state.size().bytes; rounds++) {
    before = state.size().bytes
    state.readSome()
  }
  expect(rounds).toBeGreaterThan(10)
  const made = new MemoryState()
  for (const { key, value } of model.values()) made.table<Value>('values').put(0, key, value)
  expect(state.size().bytes).toBe(made.size().bytes)
  expect(bytesUnread).not.toBe(made.size().bytes)
})

const SAMPLES: readonly unknown[] = [
  [1, -1, 0.5, Number.NaN, 2 ** 53 - 1, 'text', 'wide \u{1f600}', null, undefined, true, 12n],
  { a: [{ b: new Map([['k', new Set([1, 'two'])]]) }], __own: new Uint8Array([1, 2, 3]) },
  new Float64Array([1, 2, 3]),
  new Map([[[1, 2], { deep: [[[]]] }]]),
]
/** What can only be known when the value is made. */
const MADE_ONLY = /A whole number is too large|A big integer is not in digits/

function refusalOf(act: () => unknown): string | undefined {
  try {
    act()
    return undefined
  } catch (error) {
    if (!(error instanceof StateCodecError)) throw error
    return error.message
  }
}

test('what cannot be read is refused when it is restored', () => {
  const random = seededRandom(3)
  for (const sample of SAMPLES) {
    const whole = encodeState(sample)
    expect(refusalOf(() => checkState(whole))).toBeUndefined()
    for (let round = 0; round < 400; round++) {
      const bytes = random.chance(0.3)
        ? whole.slice(0, random.integer(0, whole.length))
        : whole.slice()
      if (bytes.length > 0) bytes[random.integer(0, bytes.length - 1)] = random.integer(0, 255)
      const refusal = refusalOf(() => decodeState(bytes))
      const isKnownLater = refusal !== undefined && MADE_ONLY.test(refusal)
      const found = refusalOf(() => checkState(bytes))
      if (!isKnownLater)
        expect([bytes.join(), found === undefined]).toEqual([bytes.join(), refusal === undefined])
    }
  }
  const broken = encodeState(['x'.repeat(200)]).slice(0, 100)
  const entry = { part: 'table values', path: [0, 'a'], keyGroup: 0, value: broken }
  expect(refusalOf(() => new MemoryState().restoreOne(entry, true))).toBe(
    'The bytes end in the middle of a value.',
  )
})
