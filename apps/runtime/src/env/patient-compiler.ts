/**
 * Lets V8 see more of a function before it optimises it (D-074). What a job calls once a batch is
 * hot to V8 soon, since it is long, and yet takes next to no time.
 */

import { setFlagsFromString } from 'node:v8'

/** Of bytecode that a function runs between two looks at whether it is hot; V8's own is 66 KB. */
const BUDGET_BYTES = 200_000

/** For the whole process. V8 asks for the budget anew each time, so this may be called any time. */
export function optimizeLater(): void {
  setFlagsFromString(`--interrupt-budget=${BUDGET_BYTES}`)
}
