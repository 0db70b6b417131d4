/** What can go wrong while an expression that passed its check is evaluated. */

import type { RefusalCause } from '../refusal-cause.ts'

/**
 * A value could not be computed for a record: the record goes to the errors port with this
 * message.
 */
export class EvaluationError extends Error implements RefusalCause {
  override readonly name = 'EvaluationError'
  readonly code: string

  constructor(message: string, code: string) {
    super(message)
    this.code = code
  }
}

/** An aggregate left the range it is exact in: its group has no result, so the job fails. */
export class AggregateOverflow extends Error {
  override readonly name = 'AggregateOverflow'
}
