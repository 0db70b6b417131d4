/** State in memory, also when there is much of it. */

import { expect, test } from 'vitest'
import { MemoryState } from './memory-state.ts'
import { hashKey, ShardedMap } from './sharded-map.ts'
import { seededRandom } from './testing/random.ts'

const keys = (count: number) =>
  Array.from({ length: count }, (_, index) => (index % 3 === 0 ? index * 1.5 : `key ${index}`))

// Some, as many as are being spread, and as many as have been spread.
test.each([10, 42_000, 80_000])('a map of %i keys behaves as a Map', (count) => {
  const sharded = new ShardedMap<number>()
  const plain = new Map<string | number | boolean | null, number>()
  for (const [index, key] of [null, true, false, ...keys(count)].entries()) {
    sharded.set(key, index)
    plain.set(key, index)
    if (index % 5 !== 0) continue
    plain.delete(key)
    const deleted = [sharded.delete(key), sharded.delete(key), sharded.get(key), sharded.size]
    if (`${deleted}` !== `${[true, false, undefined, plain.size]}`) {
      throw new Error(`To delete ${key} gives ${deleted}.`)
    }
  }
  for (const key of [...plain.keys()].filter((_, index) => index % 7 === 0)) {
    sharded.set(key, -1)
    plain.set(key, -1)
  }
  expect(sharded.size).toBe(plain.size)
  expect(new Map(sharded.entries())).toEqual(plain)
  expect([...sharded.keys()].filter((key) => !plain.has(key))).toEqual([])
  expect(keys(count).filter((key) => sharded.get(key) !== plain.get(key))).toEqual([])
  const parts = Array.from({ length: sharded.partCount }, (_, part) => {
    const own = [...sharded.keysOfPart(part)]
    return own.every((key) => sharded.partOf(key) === part) ? own : []
  })
  expect(parts.flat().length).toBe(plain.size)
  expect(sharded.partCount).toBe(count === 80_000 ? 512 : 1)
  expect(sharded.delete('nothing')).toBe(false)
})

test.each<[string, (index: number) => string | number]>([
  ['texts', (index) => `user-${index}`],
  ['small integers', (index) => index],
  ['negative integers', (index) => -index],
  ['times', (index) => 1_767_225_600_000 + index * 1000],
  ['fractions below 1', (index) => index / 51_200],
  ['halves', (index) => index / 2],
])('%s are spread evenly by the last bits of their hash', (_, key) => {
  const counts = new Array<number>(512).fill(0)
  for (let index = 0; index < 51_200; index++) {
    const shard = hashKey(key(index)) & 511
    counts[shard] = (counts[shard] ?? 0) + 1
  }
  expect(Math.max(...counts)).toBeLessThan(3 * 100)
})

test('-0 and NaN are keys as SQL groups them', () => {
  for (const filler of [0, 10_000]) {
    const map = new ShardedMap<string>()
    for (const key of keys(filler)) map.set(key, 'filler')
    map.set(0, 'zero')
    map.set(Number.NaN, 'not a number')
    expect([map.get(-0), map.get(Number.NaN)]).toEqual(['zero', 'not a number'])
  }
})

test('a table keeps namespaces apart and forgets one at a time', () => {
  const table = new MemoryState().table<number>('t')
  table.put(20, 'a', 1)
  table.put(-10, 'a', 2)
  table.put(20, 'b', 3)
  expect([table.get(20, 'a'), table.get(-10, 'a'), table.get(0, 'a')]).toEqual([1, 2, undefined])
  expect(table.namespaces()).toEqual([-10, 20])
  expect([...table.entries(20)]).toEqual([
    ['a', 1],
    ['b', 3],
  ])
  table.drop(20)
  expect([table.count(20), table.get(20, 'a')]).toEqual([0, undefined])
  table.delete(-10, 'a')
  expect(table.namespaces()).toEqual([])
})

test('state of one name is the same state', () => {
  const state = new MemoryState()
  state.value('v', 1).set(2)
  expect(state.value('v', 1).get()).toBe(2)
  state.table<number>('v').put(0, null, 7)
  expect(state.table<number>('v').get(0, null)).toBe(7)
})

test('timers come out by time, namespace and key, each once', () => {
  const random = seededRandom(5)
  const timers = new MemoryState().timers('t')
  const set = Array.from({ length: 500 }, () => ({
    timeMs: random.integer(0, 20),
    namespace: random.integer(0, 3),
    key: random.pick(['a', 'b', null, 3]),
  }))
  for (const { timeMs, namespace, key } of set) timers.set(timeMs, namespace, key)
  const rank = (key: unknown) => [null, 3, 'a', 'b'].indexOf(key as null)
  const unique = [...new Map(set.map((timer) => [JSON.stringify(timer), timer])).values()].sort(
    (a, b) => a.timeMs - b.timeMs || a.namespace - b.namespace || rank(a.key) - rank(b.key),
  )
  const taken = []
  for (const dueMs of [-1, 5, 20]) {
    for (let timer = timers.takeDue(dueMs); timer; timer = timers.takeDue(dueMs)) {
      expect(timer.timeMs).toBeLessThanOrEqual(dueMs)
      taken.push(timer)
    }
  }
  expect(taken).toEqual(unique)
  expect(timers.nextMs()).toBe(Number.POSITIVE_INFINITY)
})

test('state is empty exactly as long as a snapshot of it gives nothing', () => {
  const random = seededRandom(11)
  for (let run = 0; run < 50; run++) {
    const state = new MemoryState({ stored: true })
    const [table, value, timers] = [state.table('t'), state.value('v', 0), state.timers('x')]
    const acts = [
      () => table.put(random.integer(0, 1), random.integer(0, 1), 1),
      () => table.delete(random.integer(0, 1), random.integer(0, 1)),
      () => table.drop(random.integer(0, 1)),
      () => timers.set(random.integer(0, 2), 0, null),
      () => timers.takeDue(2),
      ...(run % 2 === 0 ? [() => value.set(1)] : []),
    ]
    for (let act = 0; act < 12; act++) {
      expect(state.isEmpty).toBe([...state.snapshot()].length === 0)
      random.pick<() => unknown>(acts)()
    }
  }
})
