/** Documents as they come over the wire: read, checked and written canonically. */

import type { OperatorDefinition } from '@millrace/engine'
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

/** Everything that is wrong with a document. */
export function findProblems(
  document: AnyDocument,
  registry: Registry<OperatorDescription>,
): readonly Problem[] {
  const { unread, checked } = lookAt(document, registry)
  return checked?.problems ?? unread
}

/** As it was sent, or as it is kept. */
export type AnyDocument = Record<string, unknown> | string

/** What is known of a document. */
export interface LookedAt<Operator extends OperatorDescription = OperatorDefinition> {
  /** Why it is none. */
  readonly unread: readonly Problem[]
  readonly name: string
  /** Absent where it is none. */
  readonly checked: CheckedPipeline<Operator> | undefined
}

export function lookAt<Operator extends OperatorDescription>(
  document: AnyDocument,
  registry: Registry<Operator>,
): LookedAt<Operator> {
  const isText = typeof document === 'string'
  const { pipeline, problems } = isText
    ? parseDocument(document)
    : readDocument(document as JsonObject)
  if (pipeline === undefined) return { unread: problems, name: '', checked: undefined }
  const checked = checkPipeline(pipeline, registry)
  return { unread: problems, name: pipeline.name, checked }
}

export interface RunnablePipeline<Operator extends OperatorDescription = OperatorDefinition> {
  readonly name: string
  readonly checked: CheckedPipeline<Operator>
}

/** Throws a `Refusal` where the document cannot run. */
export function requireRunnable({ unread, name, checked }: LookedAt): RunnablePipeline {
  if (checked === undefined) throw notStarted(unread)
  if (hasErrors(checked.problems)) throw notStarted(checked.problems)
  return { name, checked }
}

/** Among `problems` is an error. */
export function notStarted(problems: readonly Problem[]): Refusal {
  const count = problems.filter(({ severity }) => severity === 'error').length
  const [errors, them] = count === 1 ? ['an error', 'it'] : [`${count} errors`, 'them']
  const message = `The pipeline has ${errors}, so it was not started. Mend ${them} and start again.`
  return new Refusal('problems', 'pipeline-has-errors', message, problems.map(toWireProblem))
}

/** As it was saved. Throws a `Refusal` where it is none any more. */
export function toDocument(text: string): JsonObject {
  try {
    return JSON.parse(text) as JsonObject
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const message =
      'The document is not what was saved: the database was damaged or changed. Put a copy of the database ' +
      'back, or save the pipeline again, such as from a version before.'
    throw new Refusal('conflict', 'version-damaged', message)
  }
}
