/** Keys of all kinds, among them some that are easily taken for one another. */

import type { Key } from '@millrace/pipeline'
import type { SeededRandom } from './random.ts'

const ODD_KEYS: readonly Key[] = [null, true, false, 'a', '', Number.NaN, -0, 0, 0.5, 2 ** 40, -7]

/** One of them, or a whole number in [0, max]. */
export function oddKey(random: SeededRandom, max: number): Key {
  return random.chance(0.3) ? random.pick(ODD_KEYS) : random.integer(0, max)
}
