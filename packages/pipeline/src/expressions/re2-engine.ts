/** Compiles regular expressions with RE2, in the words that the rest asks it in. */

import { RE2JS, RE2JSException } from 're2js'

export type Pattern = RE2JS

export interface PatternEngine {
  /** Throws what `refusal` tells from a fault of ours. */
  compile(text: string): Pattern
  /** The engine's own words where the text is no pattern. */
  refusal(error: unknown): string | undefined
}

export const RE2_ENGINE: PatternEngine = {
  compile: (text) => RE2JS.compile(text),
  refusal: (error) =>
    error instanceof RE2JSException || error instanceof RangeError ? error.message : undefined,
}
