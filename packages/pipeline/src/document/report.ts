/** Gathers the problems of a check and words what they have in common. */

import { didYouMean, moreProblems, nearest, oneLine, type Problem } from '../problem.ts'
import type { Pipeline } from './format.ts'

type Found = Omit<Problem, 'severity'> & { readonly severity?: Problem['severity'] }

/**
 * A suggestion costs a comparison with every candidate, so a hostile document gets only so many.
 */
const SUGGESTIONS_MAX = 50
/** As many nodes as there may be, some of them wrong twice, are still shown. */
const PROBLEMS_MAX = 3000

export class Report {
  readonly #problems: Problem[] = []
  readonly #more = { errors: 0, warnings: 0 }
  readonly #pipeline: Pipeline
  #suggestionCount = 0

  constructor(pipeline: Pipeline) {
    this.#pipeline = pipeline
  }

  get problems(): readonly Problem[] {
    const { errors, warnings } = this.#more
    if (errors + warnings === 0) return this.#problems
    const severity = errors > 0 ? 'error' : 'warning'
    return [...this.#problems, moreProblems(errors + warnings, severity)]
  }

  /** An error unless it says otherwise. A node's problem begins with the node's title. */
  add({ severity = 'error', ...found }: Found): void {
    const { nodeId = '' } = found
    const titled = this.#titleOf(nodeId) !== undefined
    const message = titled ? `${this.nameOf(nodeId)}: ${found.message}` : found.message
    if (this.#problems.length < PROBLEMS_MAX) this.#problems.push({ ...found, severity, message })
    else if (severity === 'error') this.#more.errors++
    else this.#more.warnings++
  }

  /** What people call the node: its title, or where it has none its id, in quotes. */
  nameOf(nodeId: string): string {
    return `"${oneLine(this.#titleOf(nodeId) ?? nodeId)}"`
  }

  #titleOf(nodeId: string): string | undefined {
    return this.#pipeline.nodes.get(nodeId)?.title
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
