/**
 * Runs an operator that is written as two questions: what to do with rows, and what to do when a
 * watermark has passed. Everything else is done here, once for all operators:
 *
 * - rows and watermarks are taken in their order, batches and inputs notwithstanding;
 * - a watermark leaves after everything it caused, as the minimum over the inputs;
 * - what fires many rows is a generator, which is left when enough has been done and resumed later;
 * - rows in and out are counted, and bad records go to `errors` or fail the job.
 */

import type { Emit, Handler, ProcessSettings } from './handler.ts'
import { NodeRunner } from './node-runner.ts'
import type { Inputs, Outputs, RunContext } from './operator.ts'

/** See above. Every port in `ports` has an observable that completes after its last element. */
export function process<In extends string, Out extends string>(
  inputs: Inputs<In>,
  context: RunContext,
  settings: ProcessSettings<Out>,
  create: (emit: Emit<Out>) => Handler,
): Outputs<Out> {
  const runner = new NodeRunner(inputs, context, settings, create)
  return runner.outputs
}
