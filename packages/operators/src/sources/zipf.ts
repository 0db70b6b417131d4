/**
 * Ranks of which few are frequent and many rare: rank k comes in proportion to k^-exponent.
 *
 * Rejection-inversion after Hörmann and Derflinger, "Rejection-inversion to generate variates from
 * monotone discrete distributions" (1996): a constant number of steps, however many ranks there
 * are.
 */

import type { Dice } from './dice.ts'

/** Draws a rank from 1 to `count`. `exponent` is above 0. */
export function createZipf(count: number, exponent: number): (dice: Dice) => number {
  const density = (x: number) => Math.exp(-exponent * Math.log(x))
  const integral = (x: number) => {
    const log = Math.log(x)
    return expm1Over((1 - exponent) * log) * log
  }
  const inverse = (x: number) => {
    const t = Math.max(-1, x * (1 - exponent))
    return Math.exp(log1pOver(t) * x)
  }
  const from = integral(1.5) - 1
  const to = integral(count + 0.5)
  const sure = 2 - inverse(integral(2.5) - density(2))
  return (dice) => {
    for (;;) {
      const u = to + dice.next() * (from - to)
      const x = inverse(u)
      const rank = Math.min(count, Math.max(1, Math.floor(x + 0.5)))
      if (rank - x <= sure || u >= integral(rank + 0.5) - density(rank)) return rank
    }
  }
}

/** log(1 + x) / x, which is 1 at 0. */
function log1pOver(x: number): number {
  return Math.abs(x) > 1e-8 ? Math.log1p(x) / x : 1 - x * (1 / 2 - x * (1 / 3 - x / 4))
}

/** (e^x - 1) / x, which is 1 at 0. */
function expm1Over(x: number): number {
  return Math.abs(x) > 1e-8 ? Math.expm1(x) / x : 1 + (x / 2) * (1 + (x / 3) * (1 + x / 4))
}
