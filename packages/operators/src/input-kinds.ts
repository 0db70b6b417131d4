/** Which inputs an operator that goes by event time takes, and what it says of the others. */

import type { PlanContext, StreamSchema } from '@millrace/pipeline'

/**
 * True for a stream with event time: appended rows, or results of windows that fire again. Reports
 * anything else at `port`; `subject` begins the sentences: "A window".
 */
export function checkTimedInput(
  subject: string,
  port: string,
  input: StreamSchema,
  plan: PlanContext,
): boolean {
  if (input.changes !== 'append' && input.window === undefined) {
    plan.report({
      code: 'stream-needed',
      port,
      message:
        `${subject} takes a stream of records, and its input is a table (${input.changes}), whose rows replace each ` +
        'other at no event time that a watermark could vouch for. Put this node before the operator that makes the table.',
    })
    return false
  }
  if (input.eventTime) return true
  plan.report({
    code: 'needs-event-time',
    port,
    message: `${subject} goes by event time, and the records of its input have none. Put an assign-time before this node.`,
  })
  return false
}

/** True for an append stream. Reports a table at `port`, and what to do about it. */
export function checkAppendInput(
  subject: string,
  port: string,
  input: StreamSchema,
  plan: PlanContext,
): boolean {
  if (input.changes === 'append') return true
  const remedy =
    input.window === undefined
      ? 'Put this node before the operator that makes the table.'
      : 'Put a suppress before this node, which lets the last result of each window through.'
  plan.report({
    code: 'append-stream-needed',
    port,
    message:
      `${subject} takes records that stay as they are, and its input is a table (${input.changes}), whose rows ` +
      `replace each other. ${remedy}`,
  })
  return false
}
