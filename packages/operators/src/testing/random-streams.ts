/**
 * Tries an operator on random streams, a seed each. The report of the test says how many there
 * were, which `pnpm streams` prints; a case that goes wrong is made smaller until nothing can be
 * left out.
 */

import type { OperatorDefinition } from '@millrace/engine'
import { TestRunner } from 'vitest'

/** What a test leaves in the report about its random streams. */
export interface TriedStreams {
  readonly operator: string
  readonly tried: number
  readonly fromSeed: number
  /** The last that was tried. */
  readonly toSeed: number
  readonly failed: number
}

declare module 'vitest' {
  interface TaskMeta {
    streams?: readonly TriedStreams[]
  }
}

/**
 * Calls `check` with one seed after the other until `count` of them gave a stream; where one gives
 * none, `check` returns false. The first that goes wrong is the last.
 */
export function overSeeds(
  { id }: OperatorDefinition,
  count: number,
  check: (seed: number) => unknown,
  fromSeed = 1,
): void {
  const meta = TestRunner.getCurrentTest()?.meta
  const before = meta?.streams ?? []
  let tried = 0
  for (let seed = fromSeed; tried < count; seed++) {
    const report = (failed: number) => {
      if (meta === undefined) return
      meta.streams = [...before, { operator: id, tried, fromSeed, toSeed: seed, failed }]
    }
    try {
      if (check(seed) !== false) tried++
    } catch (error) {
      tried++
      report(1)
      throw error
    }
    if (tried === count) report(0)
  }
}

/** Leaves out whatever can be left out while `fails` stays true. */
export function smallest<T>(items: readonly T[], fails: (items: readonly T[]) => boolean) {
  let left = items
  for (let size = Math.ceil(items.length / 2); size >= 1; size = size > 1 ? size >> 1 : 0) {
    for (let from = 0; from < left.length; ) {
      const fewer = [...left.slice(0, from), ...left.slice(from + size)]
      if (fails(fewer)) left = fewer
      else from += size
    }
  }
  return left
}

/** Runs `check` on the items; where it throws, throws about the smallest case that does, too. */
export function checkSmallest<T>(
  about: string,
  items: readonly T[],
  check: (items: readonly T[]) => void,
): void {
  const first = failureOf(items, check)
  if (first === undefined) return
  const least = smallest(items, (fewer) => failureOf(fewer, check) !== undefined)
  const shown = least.map((item) => JSON.stringify(item)).join('\n')
  const failure = failureOf(least, check) ?? first
  failure.message = `${about}, with\n${shown}\n${failure.message}`
  throw failure
}

function failureOf<T>(items: readonly T[], check: (items: readonly T[]) => void) {
  try {
    check(items)
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}
