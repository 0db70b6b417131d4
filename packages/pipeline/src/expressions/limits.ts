/** The bounds of the expression language, and the meter that holds one evaluation to its share. */

import { EvaluationError } from './errors.ts'

/** UTF-16 code units of an expression's text. */
export const TEXT_MAX = 16_384
/** Parts of an expression: literals, columns, operators, calls. */
export const NODES_MAX = 2_000
/** Parentheses, calls and prefix operators inside each other. */
export const NESTING_MAX = 64
/** Operators in a row whose left side is the operator before, as in `a - b - c`. */
export const HEIGHT_MAX = 256
/** UTF-16 code units of a string that a function makes. */
export const STRING_MAX = 1_048_576
/** Elements of a list that a function makes. */
export const LIST_MAX = 100_000
/** UTF-16 code units of a regular expression. */
export const PATTERN_MAX = 1_000
/** Instructions of a compiled regular expression: counted repeats multiply it. */
export const PATTERN_SIZE_MAX = 5_000
/** Characters and elements that one evaluation reads and makes, weighted by what they cost. */
export const COST_MAX = 67_108_864
/** Beyond it, whole numbers are not exact. */
export const INTEGER_MAX = Number.MAX_SAFE_INTEGER

/**
 * Counts what one evaluation costs. Costs are charged by functions whose work grows with their
 * input.
 */
export class Meter {
  readonly #costMax: number
  spent = 0

  constructor(costMax = COST_MAX) {
    this.#costMax = costMax
  }

  charge(cost: number): void {
    this.spent += cost
    if (this.spent <= this.#costMax) return
    throw new EvaluationError(
      `The expression read and made more than ${this.#costMax} characters and elements for one record. ` +
        'Shorten its inputs, or split the work over several steps.',
      'expression-too-costly',
    )
  }
}

/** Called before a string of this length is made. */
export function checkStringLength(length: number): void {
  if (length <= STRING_MAX) return
  throw new EvaluationError(
    `A string of ${length} characters would be made; the limit is ${STRING_MAX}. Shorten the inputs.`,
    'string-too-long',
  )
}

/** Called before a list of this length is made. */
export function checkListLength(length: number): void {
  if (length <= LIST_MAX) return
  throw new EvaluationError(
    `A list of ${length} elements would be made; the limit is ${LIST_MAX}. Shorten the inputs.`,
    'list-too-long',
  )
}

/** Characters of a string, elements of a list, 1 for anything else. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length
  return Array.isArray(value) ? value.length : 1
}
