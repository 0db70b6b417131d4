/** Documents as they come over the wire: read, checked and written canonically. */

import {
  type CheckedPipeline,
  checkPipeline,
  DOCUMENT_LENGTH_MAX,
  hasErrors,
  type JsonObject,
  type OperatorDescription,
  type Problem,
  parseDocument,
  type Registry,
  readDocument,
  writeDocumentWithin,
} from '@millrace/pipeline'
import type { NewVersion } from '../storage/pipeline-store.ts'
import { Refusal, toWireProblem } from '../supervision/refusal.ts'

/**
 * What may be saved: it has the form of a document, whether or not it could run. Throws a
 * `Refusal`.
 */
export function readVersion(document: Record<string, unknown>): NewVersion {
  const { pipeline, problems } = readDocument(document as JsonObject)
  if (pipeline === undefined) throw notSaved(problems)
  const written = writeDocumentWithin(pipeline, DOCUMENT_LENGTH_MAX)
  if (written === undefined) throw notSaved([TOO_LONG])
  return { name: pipeline.name, nodeCount: pipeline.nodes.size, document: written }
}

const TOO_LONG: Problem = {
  code: 'document-too-large',
  severity: 'error',
  message:
    `Written with a field to a line, the document would have more than ${DOCUMENT_LENGTH_MAX} characters, ` +
    'the limit. Nest less, or divide it into several pipelines.',
}

function notSaved(problems: readonly Problem[]): Refusal {
  const [first] = problems
  const message =
    problems.length === 1 && first !== undefined
      ? first.message
      : `The document has ${problems.length} problems, so nothing was saved. Mend them first.`
  return new Refusal('problems', 'document-not-readable', message, problems.map(toWireProblem))
}

/** Everything that is wrong with a document that was sent. */
export function checkDocument(
  document: Record<string, unknown>,
  registry: Registry<OperatorDescription>,
): readonly Problem[] {
  const { pipeline, problems } = readDocument(document as JsonObject)
  return pipeline === undefined ? problems : checkPipeline(pipeline, registry).problems
}

/** Everything that is wrong with a document. */
export function checkText(
  text: string,
  registry: Registry<OperatorDescription>,
): readonly Problem[] {
  const { pipeline, problems } = parseDocument(text)
  return pipeline === undefined ? problems : checkPipeline(pipeline, registry).problems
}

export interface RunnablePipeline<Operator extends OperatorDescription = OperatorDescription> {
  readonly name: string
  readonly checked: CheckedPipeline<Operator>
}

interface Known {
  readonly text: string
  readonly runnable: RunnablePipeline
}

/** What was asked for last: a start asks for the same document again and again. */
const lastKnown = new WeakMap<Registry<OperatorDescription>, Known>()

/** Throws a `Refusal` where the document cannot run. */
export function requireRunnable<Operator extends OperatorDescription>(
  text: string,
  registry: Registry<Operator>,
): RunnablePipeline<Operator> {
  const known = lastKnown.get(registry)
  // It was made of operators of this registry.
  if (known?.text === text) return known.runnable as RunnablePipeline<Operator>
  const { pipeline, problems } = parseDocument(text)
  if (pipeline === undefined) throw notStarted(problems)
  const checked = checkPipeline(pipeline, registry)
  if (hasErrors(checked.problems)) throw notStarted(checked.problems)
  const runnable = { name: pipeline.name, checked }
  lastKnown.set(registry, { text, runnable })
  return runnable
}

/** Among `problems` is an error. */
export function notStarted(problems: readonly Problem[]): Refusal {
  const count = problems.filter(({ severity }) => severity === 'error').length
  const [errors, them] = count === 1 ? ['an error', 'it'] : [`${count} errors`, 'them']
  const message = `The pipeline has ${errors}, so it was not started. Mend ${them} and start again.`
  return new Refusal('problems', 'pipeline-has-errors', message, problems.map(toWireProblem))
}

export function toDocument(text: string): JsonObject {
  return JSON.parse(text) as JsonObject
}
