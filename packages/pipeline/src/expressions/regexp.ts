/**
 * Regular expressions over a linear-time engine: no pattern, however it is written, can stop a job.
 * The dialect is RE2's, which is Java's without back-references and look-around.
 */

import { EvaluationError } from './errors.ts'
import { escapeCodePoint } from './like.ts'
import { PATTERN_MAX, PATTERN_SIZE_MAX } from './limits.ts'
import { patternEngine } from './pattern-engine.ts'
import type { Pattern } from './re2-engine.ts'

export type { Pattern } from './re2-engine.ts'

/** Nothing can be said of a pattern yet: the engine is on its way, as it can be in a page. */
export class PatternAwaited extends EvaluationError {}

/** The engine's word for what it cannot read. */
const WRONG = /\bin.alid\b/

/**
 * Throws EvaluationError where the text is no pattern, or one that is too large. `shown` is what
 * the user wrote, where the text was made of it.
 */
export function compilePattern(text: string, shown = text): Pattern {
  if (text.length > PATTERN_MAX) {
    throw new EvaluationError(
      `The regular expression has ${text.length} characters; the limit is ${PATTERN_MAX}. Shorten it.`,
      'regular-expression',
    )
  }
  const pattern = compiled(text, shown)
  if (pattern.programSize() <= PATTERN_SIZE_MAX) return pattern
  throw new EvaluationError(
    `The regular expression '${shown.slice(0, 60)}' needs ${pattern.programSize()} steps; the limit is ${PATTERN_SIZE_MAX}. Lower its repeat counts.`,
    'regular-expression',
  )
}

function compiled(text: string, shown: string): Pattern {
  const engine = patternEngine()
  if (engine === undefined) {
    throw new PatternAwaited(
      'The engine of regular expressions has not been loaded yet.',
      'pattern-awaited',
    )
  }
  try {
    return engine.compile(text)
  } catch (error) {
    const refusal = engine.refusal(error)
    if (refusal === undefined) throw error
    const reason = refusal
      .replace(/^error parsing regexp: /, '')
      .replace(WRONG, 'unusable')
      .replaceAll('`', '"')
    throw new EvaluationError(
      `The regular expression '${shown.slice(0, 60)}' cannot be used: ${reason}. Back-references and look-around are not available; write it without them.`,
      'regular-expression',
    )
  }
}

export function matchesWhole(pattern: Pattern, text: string): boolean {
  return pattern.testExact(text)
}

const CACHE_MAX = 16

/**
 * The last few patterns of a call whose pattern is not constant; a constant one is prepared once.
 */
export class PatternCache<Prepared> {
  readonly #prepared = new Map<string, Prepared>()
  #lastText: string | undefined
  #last: Prepared | undefined

  get(text: string, prepare: () => Prepared): Prepared {
    if (text === this.#lastText && this.#last !== undefined) return this.#last
    let found = this.#prepared.get(text)
    if (found === undefined) {
      found = prepare()
      if (this.#prepared.size >= CACHE_MAX) {
        const [oldest] = this.#prepared.keys()
        if (oldest !== undefined) this.#prepared.delete(oldest)
      }
      this.#prepared.set(text, found)
    }
    this.#lastText = text
    this.#last = found
    return found
  }
}

/**
 * The regular expression of a SIMILAR TO pattern: `%` and `_` as in LIKE, and `| * + ? {} () []`.
 */
export function similarPattern(pattern: string, escapeText: string | null): string {
  const escapeCode = escapeCodePoint(escapeText)
  let result = ''
  let inClass = false
  let escaped = false
  for (const character of pattern) {
    if (escaped) {
      result += literal(character)
      escaped = false
    } else if (character.codePointAt(0) === escapeCode) escaped = true
    else if (inClass) {
      result += character === '\\' ? '\\\\' : character
      if (character === ']') inClass = false
    } else if (character === '[') {
      inClass = true
      result += '['
    } else if (character === '%') result += '(?s:.*)'
    else if (character === '_') result += '(?s:.)'
    else if (character === '(') result += '(?:'
    else result += /[|*+?{})]/.test(character) ? character : literal(character)
  }
  if (!escaped) return result
  throw new EvaluationError(
    `The pattern '${pattern.slice(0, 60)}' ends with the escape character. Double it, or take it out.`,
    'regular-expression',
  )
}

function literal(character: string): string {
  return /[\\^$.|?*+()[\]{}-]/.test(character) ? `\\${character}` : character
}
