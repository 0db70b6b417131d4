/** The pipeline of a recording, checked against the operators of today. */

import type { OperatorDefinition } from '@millrace/engine'
import { type CheckedPipeline, hasErrors, type Registry } from '@millrace/pipeline'
import { createRegistry } from '../registry.ts'
import { type LookedAt, lookAt } from '../server/document-checks.ts'
import { Refusal, toWireProblem } from '../supervision/refusal.ts'

/** Throws a `Refusal` where this Millrace does not take it. */
export function checkRecorded(
  text: string,
  registry: Registry<OperatorDefinition> = createRegistry(),
): CheckedPipeline<OperatorDefinition> {
  return requireRecorded(lookAt(text, registry))
}

/** The same of what somebody has looked at. */
export function requireRecorded({
  unread,
  checked,
}: LookedAt): CheckedPipeline<OperatorDefinition> {
  const all = [...unread, ...(checked?.problems ?? [])]
  if (checked !== undefined && !hasErrors(all)) return checked
  const message =
    'This Millrace does not take the pipeline that was recorded. Replay it with the version that recorded it.'
  throw new Refusal('problems', 'recorded-pipeline-has-errors', message, all.map(toWireProblem))
}
