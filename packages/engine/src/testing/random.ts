/** Random numbers that a seed repeats. */

import type { Random } from '../env.ts'

export interface SeededRandom extends Random {
  /** A whole number in [from, to]. */
  integer(from: number, to: number): number
  /** True this often. */
  chance(probability: number): boolean
  pick<T>(items: readonly T[]): T
}

/**
 * Mulberry32 by Tommy Ettinger (public domain): 32 bits of state, good enough to vary test input.
 */
export function seededRandom(seed: number): SeededRandom {
  // Signed, since Node keeps 32 bits with a sign without an object for them.
  let state = seed | 0
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const integer = (from: number, to: number) => from + Math.floor(next() * (to - from + 1))
  return {
    next,
    integer,
    chance: (probability) => next() < probability,
    pick: (items) => {
      const item = items[integer(0, items.length - 1)]
      if (item === undefined) throw new RangeError('There is nothing to pick from.')
      return item
    },
  }
}
