/** The pipeline of a recording, checked against the operators of today. */

import type { OperatorDefinition } from '@millrace/engine'
import {
  type CheckedPipeline,
  checkPipeline,
  hasErrors,
  parseDocument,
  type Registry,
} from '@millrace/pipeline'
import { createRegistry } from '../registry.ts'
import { Refusal, toWireProblem } from '../supervision/refusal.ts'

/** Throws a `Refusal` where this Millrace does not take it. */
export function checkRecorded(
  text: string,
  registry: Registry<OperatorDefinition> = createRegistry(),
): CheckedPipeline<OperatorDefinition> {
  const { pipeline, problems } = parseDocument(text)
  const checked = pipeline && checkPipeline(pipeline, registry)
  const all = [...problems, ...(checked?.problems ?? [])]
  if (checked !== undefined && !hasErrors(all)) return checked
  const message =
    'This Millrace does not take the pipeline that was recorded. Replay it with the version that recorded it.'
  throw new Refusal('problems', 'recorded-pipeline-has-errors', message, all.map(toWireProblem))
}
