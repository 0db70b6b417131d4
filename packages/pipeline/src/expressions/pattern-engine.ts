/**
 * The engine of regular expressions, which is simply there. The build of the page puts
 * `late-pattern-engine.ts` in the place of this file.
 */

import { type PatternEngine, RE2_ENGINE } from './re2-engine.ts'

/** Undefined while it is on its way, as it can be in a page. */
export function patternEngine(): PatternEngine | undefined {
  return RE2_ENGINE
}

/**
 * Where something was checked without the engine: fulfilled once it has come, and the check can be
 * made again. Rejected where it cannot be had; the next check asks for it once more.
 */
export function patternsAwaited(): Promise<void> | undefined {
  return undefined
}
