/** For how long dead letters are kept. How many are, the limits of the server say. */

import type { LetterLimits } from '../storage/letter-eviction.ts'

const DAY_MS = 24 * 3600 * 1000

export const LETTERS_KEPT: Pick<LetterLimits, 'keepMs' | 'keepDiscardedMs'> = {
  keepMs: 30 * DAY_MS,
  keepDiscardedMs: DAY_MS,
}
