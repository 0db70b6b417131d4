/** Gathers the problems of a check and words what they have in common. */

import { didYouMean, nearest, type Problem } from '../problem.ts'
import type { Pipeline } from './format.ts'

type Found = Omit<Problem, 'severity'> & { readonly severity?: Problem['severity'] }

/**
 * A suggestion costs a comparison with every candidate, so a hostile document gets only so many.
 */
const SUGGESTIONS_MAX = 50

export class Report {
  readonly problems: Problem[] = []
  readonly #pipeline: Pipeline
  #suggestionCount = 0

  constructor(pipeline: Pipeline) {
    this.#pipeline = pipeline
  }

  /** An error unless it says otherwise. A node's problem begins with the node's title. */
  add({ severity = 'error', ...found }: Found): void {
    const title = this.#pipeline.nodes.get(found.nodeId ?? '')?.title
    const message = title === undefined ? found.message : `"${title}": ${found.message}`
    this.problems.push({ ...found, severity, message })
  }

  /** The nearest candidate, while suggestions last. */
  nearest(word: string, candidates: Iterable<string>): string | undefined {
    if (this.#suggestionCount >= SUGGESTIONS_MAX) return undefined
    this.#suggestionCount++
    return nearest(word, candidates)
  }

  /** ` Did you mean "x"?`, or else the other advice. */
  advice(word: string, candidates: readonly string[], otherwise: string): string {
    if (this.#suggestionCount >= SUGGESTIONS_MAX) return ` ${otherwise}`
    this.#suggestionCount++
    return didYouMean(word, candidates) || ` ${otherwise}`
  }
}
