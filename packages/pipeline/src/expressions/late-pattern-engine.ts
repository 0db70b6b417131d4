/**
 * The engine of regular expressions as a page has it, in the place of `pattern-engine.ts`: it is
 * a tenth of what the first canvas loads, and comes when the first pattern is met.
 */

import type { PatternEngine } from './re2-engine.ts'

let engine: PatternEngine | undefined
let coming: Promise<void> | undefined

export function patternEngine(): PatternEngine | undefined {
  if (engine === undefined) coming ??= fetchEngine()
  return engine
}

export function patternsAwaited(): Promise<void> | undefined {
  return engine === undefined ? coming : undefined
}

async function fetchEngine(): Promise<void> {
  try {
    engine = (await import('./re2-engine.ts')).RE2_ENGINE
  } finally {
    coming = undefined
  }
}
