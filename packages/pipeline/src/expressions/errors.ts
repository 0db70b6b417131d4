/** What can go wrong while an expression that passed its check is evaluated. */

import type { RefusalCause } from '../refusal-cause.ts'

/** Of V8 and JavaScriptCore; elsewhere setting it does nothing. */
const stacks = Error as ErrorConstructor & { stackTraceLimit?: number | undefined }

/**
 * A value could not be computed for a record: the record goes to the errors port with this
 * message. It bears no stack: where in our code a division by zero was met helps nobody, and to
 * write that down costs more than all else that becomes of the record.
 */
export class EvaluationError extends Error implements RefusalCause {
  override readonly name = 'EvaluationError'
  readonly code: string

  constructor(message: string, code: string) {
    const { stackTraceLimit } = stacks
    stacks.stackTraceLimit = 0
    super(message)
    stacks.stackTraceLimit = stackTraceLimit
    this.code = code
  }
}

/** An aggregate left the range it is exact in: its group has no result, so the job fails. */
export class AggregateOverflow extends Error {
  override readonly name = 'AggregateOverflow'
}
