/** An order that a seed repeats, for what may be tried only in part. */

import { seededRandom } from '../../packages/engine/src/testing/index.ts'

export function shuffled<T>(items: readonly T[], seed: number): readonly T[] {
  const random = seededRandom(seed)
  return items
    .map((item) => ({ item, order: random.next() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item)
}
