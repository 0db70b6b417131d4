/**
 * Sorts many entries without stopping for long: runs of some thousands are sorted one at a time,
 * then merged through a heap as they are taken. Sorting a million keys at once would hold the
 * thread for a second.
 */

import { compareKeys, type Key } from '@millrace/pipeline'
import { Heap } from './heap.ts'

const RUN_LENGTH = 1024
/** V8 sorts numbers by itself, without calling back: so many take two milliseconds. */
const NUMBERS_LENGTH = 32_768

export type KeyedEntry<V> = readonly [Key, V]

/**
 * Gives the entries by key, and in between `undefined` where the caller may give the thread back.
 */
export function inKeyOrder<V>(
  entries: Iterable<KeyedEntry<V>>,
): Generator<KeyedEntry<V> | undefined, void> {
  return inOrder(entries, ([a], [b]) => compareKeys(a, b))
}

/** As `inKeyOrder`, by any order. Entries that compare equal keep theirs. */
export function* inOrder<T>(
  items: Iterable<T>,
  compare: (a: T, b: T) => number,
): Generator<T | undefined, void> {
  const runs: T[][] = []
  let run: T[] = []
  for (const item of items) {
    run.push(item)
    if (run.length < RUN_LENGTH) continue
    runs.push(run.sort(compare))
    run = []
    yield undefined
  }
  run.sort(compare)
  if (runs.length === 0) {
    yield* run
    return
  }
  runs.push(run)
  yield* mergeRuns(runs, compare)
}

/** As `inOrder` by `compareKeys`. */
export function* keysInOrder(keys: Iterable<Key>): Generator<Key | undefined, void> {
  const runs: ArrayLike<Key>[] = []
  let run: Key[] = []
  let areNumbers = true
  for (const key of keys) {
    run.push(key)
    areNumbers &&= typeof key === 'number'
    if (run.length < (areNumbers ? NUMBERS_LENGTH : RUN_LENGTH)) continue
    runs.push(sorted(run, areNumbers))
    run = []
    areNumbers = true
    yield undefined
  }
  const last = sorted(run, areNumbers)
  if (runs.length > 0) {
    runs.push(last)
    yield* mergeRuns(runs, compareKeys)
    return
  }
  for (let index = 0; index < last.length; index++) yield last[index]
}

/** Both ways NaN is last, and there is no -0 among keys. */
function sorted(keys: Key[], areNumbers: boolean): ArrayLike<Key> {
  return areNumbers ? Float64Array.from(keys as number[]).sort() : keys.sort(compareKeys)
}

interface Head<T> {
  item: T
  readonly run: ArrayLike<T>
  readonly runIndex: number
  index: number
}

function* mergeRuns<T>(
  runs: readonly ArrayLike<T>[],
  compare: (a: T, b: T) => number,
): Generator<T, void> {
  const heap = new Heap<Head<T>>((a, b) => compare(a.item, b.item) || a.runIndex - b.runIndex)
  for (const [runIndex, run] of runs.entries()) {
    const item = run[0]
    if (item !== undefined) heap.push({ item, run, runIndex, index: 0 })
  }
  for (let head = heap.peek(); head !== undefined; head = heap.peek()) {
    yield head.item
    head.index++
    const next = head.run[head.index]
    if (next === undefined) heap.pop()
    else {
      head.item = next
      heap.replaceFirst(head)
    }
  }
}
