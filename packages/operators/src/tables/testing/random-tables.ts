/**
 * Random inputs for operators on tables: what happens to rows in the world outside, and how that
 * looks as an append stream or as the changes of a table.
 */

import type { OperatorDefinition } from '@millrace/engine'
import {
  runOperator,
  type SeededRandom,
  seededRandom,
  type TestElement,
  type TestStream,
} from '@millrace/engine/testing'
import type { ExampleInput } from '@millrace/pipeline'
import { checkSmallest, overSeeds } from '../../testing/random-streams.ts'

/** A row of the random inputs; `id` is the key where it is a table. */
export type Item = {
  readonly id: number
  readonly k: string | null
  readonly g: boolean | null
  readonly n: number | null
  readonly d: number | null
}

export const ITEM_COLUMNS = {
  id: 'integer',
  k: 'string',
  g: 'boolean',
  n: 'integer',
  d: 'double',
} as const

/** A row comes or takes the place of the one with its id; the one with this id goes. */
export type Happening =
  | { readonly item: Item; readonly atMs: number }
  | { readonly gone: number; readonly atMs: number }
  | { readonly watermarkMs: number }
  | { readonly clockMs: number }

/** Times out of order, equal or before 1970, NULL wherever it may be, rows that repeat. */
export function randomHappenings(random: SeededRandom): readonly Happening[] {
  const keys = ['a', 'b', 'ab', '', null, 'é', '\u0000'].slice(0, random.integer(1, 7))
  const ids = random.integer(1, 8)
  const disorderMs = random.pick([0, 5, 40])
  const paceMs = random.integer(0, 8)
  const delayMs = random.integer(0, 30)
  let nowMs = random.integer(-150, 20)
  let clockMs = 0
  const list: Happening[] = []
  for (let left = random.integer(0, 30); left > 0; left--) {
    nowMs += random.integer(0, paceMs)
    const atMs = nowMs - random.integer(0, disorderMs)
    if (random.chance(0.2)) list.push({ gone: random.integer(1, ids), atMs })
    else {
      const item = randomItem(random, random.integer(1, ids), keys)
      list.push({ item, atMs })
      if (random.chance(0.1)) list.push({ item, atMs: random.pick([atMs, atMs + 1]) })
    }
    if (random.chance(0.2)) list.push({ watermarkMs: nowMs - delayMs })
    if (random.chance(0.1)) {
      clockMs += random.integer(0, 30)
      list.push({ clockMs })
    }
  }
  return list
}

function randomItem(random: SeededRandom, id: number, keys: readonly (string | null)[]): Item {
  return {
    id,
    k: random.pick(keys),
    g: random.pick([true, false, null]),
    n: random.chance(0.3) ? null : random.integer(-5, 5),
    d: random.chance(0.2) ? null : random.integer(-40, 40) / 10 + random.pick([0, 0.1, 1e9]),
  }
}

/** What the clock of a test shows first. */
export const CLOCK_START_MS = Date.UTC(2026, 0, 1)

/** Every row that comes is a record; nothing goes. */
export function asStream(list: readonly Happening[]): readonly ExampleInput[] {
  return list.flatMap((one): readonly ExampleInput[] => {
    if ('item' in one) return [{ at: one.atMs, row: { ...one.item } }]
    return 'gone' in one ? [] : [standing(one)]
  })
}

/** The changes of a table with the key `id`. */
export function asTable(list: readonly Happening[]): readonly ExampleInput[] {
  const there = new Map<number, TestElement & { readonly row: object }>()
  return list.flatMap((one): readonly ExampleInput[] => {
    if (!('item' in one) && !('gone' in one)) return [standing(one)]
    const id = 'item' in one ? one.item.id : one.gone
    const before = there.get(id)
    if ('gone' in one) {
      there.delete(id)
      return before === undefined ? [] : [{ ...before, change: '-D' }]
    }
    const after = { at: one.atMs, row: { ...one.item } }
    there.set(id, after)
    if (before === undefined) return [{ ...after, change: '+I' }]
    return [
      { ...before, change: '-U' },
      { ...after, change: '+U' },
    ]
  })
}

/** The rows of the table at the end. */
export function remaining(list: readonly Happening[]): Item[] {
  const there = new Map<number, Item>()
  for (const one of list) {
    if ('item' in one) there.set(one.item.id, one.item)
    else if ('gone' in one) there.delete(one.gone)
  }
  return [...there.values()]
}

function standing(one: { watermarkMs: number } | { clockMs: number }): ExampleInput {
  return 'clockMs' in one ? { clock: CLOCK_START_MS + one.clockMs } : { watermark: one.watermarkMs }
}

/**
 * What leaves through `out`, which must be the same to the byte in all batch sizes. The books are
 * checked by the runner.
 */
export function outputOf(
  operator: OperatorDefinition,
  config: unknown,
  input: TestStream,
): readonly TestElement[] {
  const [first = [], ...others] = [1_000, 1, 7].map((batchRows) => {
    const { outputs, failure } = runOperator(operator, config, { in: input }, { batchRows })
    if (failure !== undefined) throw new Error(failure.message)
    return outputs.out ?? []
  })
  const text = JSON.stringify(first)
  for (const [index, other] of others.entries()) {
    const otherText = JSON.stringify(other)
    if (otherText !== text)
      throw new Error(`Batch size ${[1, 7][index]}: ${otherText}, not ${text}`)
  }
  return first
}

/** Runs `check` on random lists. One that fails is made as short as it can be. */
export function checkRandomly(
  operator: OperatorDefinition,
  count: number,
  check: (list: readonly Happening[], random: SeededRandom) => void,
): void {
  overSeeds(operator, count, (seed) => {
    // The settings of a stream are drawn from a sequence of their own, so that shortening the list
    // does not change them.
    checkSmallest(`Seed ${seed}`, randomHappenings(seededRandom(seed)), (some) =>
      check(some, seededRandom(seed * 7919)),
    )
  })
}
