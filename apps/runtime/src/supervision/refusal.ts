/**
 * Thrown where a request cannot be met; the message is for people. Becomes JSON over HTTP, an
 * acknowledgement over a socket.
 */

import type { Problem, wire } from '@millrace/pipeline'

export const REFUSAL_KINDS = [
  'bad-request',
  'forbidden',
  'not-found',
  'conflict',
  'problems',
  'unavailable',
] as const
export type RefusalKind = (typeof REFUSAL_KINDS)[number]

export class Refusal extends Error {
  readonly kind: RefusalKind
  /** Words in kebab case. */
  readonly code: string
  readonly problems: readonly wire.WireProblem[] | undefined

  constructor(
    kind: RefusalKind,
    code: string,
    message: string,
    problems?: readonly wire.WireProblem[],
  ) {
    super(message)
    this.name = 'Refusal'
    this.kind = kind
    this.code = code
    this.problems = problems
  }
}

export function toWireProblem(problem: Problem): wire.WireProblem {
  const { code, severity, nodeId, port, path, span, message } = problem
  return {
    code,
    severity,
    message,
    ...(nodeId === undefined ? {} : { nodeId }),
    ...(port === undefined ? {} : { port }),
    ...(path === undefined ? {} : { path: [...path] }),
    ...(span === undefined ? {} : { span: { start: span.start, end: span.end } }),
  }
}
