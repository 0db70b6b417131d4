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

/** By its name: the class itself would have to be loaded with much else. */
export function isOfDisk(error: unknown): error is Error {
  return error instanceof Error && error.name === 'DiskError'
}

/** What a database says of its file: that it is not what was written, or cannot be. */
const DAMAGED = /^SQLITE_(CORRUPT|NOTADB)/
const REFUSED = /^SQLITE_(FULL|IOERR|READONLY|CANTOPEN)/

/** Undefined where the error is of something else than the file of a database. */
export function databaseRefusal(error: unknown): Refusal | undefined {
  const isSqlite = error instanceof Error && error.name === 'SqliteError' && 'code' in error
  const code = isSqlite ? String(error.code) : ''
  // Statements are the same at every start: what they do not find was there.
  const isGone = code === 'SQLITE_ERROR' && /^no such (table|column)/.test((error as Error).message)
  if (isGone || DAMAGED.test(code)) {
    const message =
      `A database in the data folder is damaged (${code}). Stop Millrace and put a copy of its file back; ` +
      'where there is none, move it away to begin anew.'
    return new Refusal('unavailable', 'data-not-readable', message)
  }
  if (!REFUSED.test(code)) return undefined
  const message = `The disk refuses what a database in the data folder asks of it (${code}). Look after the disk, and try again.`
  return new Refusal('unavailable', 'disk-refuses', message)
}

/** What a request was refused by, also where it was the disk; undefined for what is our bug. */
export function toRefusal(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error
  if (!isOfDisk(error)) return databaseRefusal(error)
  const message = `${error.message} Look after the disk, and try again.`
  return new Refusal('unavailable', 'disk-refuses', message)
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
