/**
 * Calls to the server's log as they go over the channel between server and engine host: as plain
 * data in bytes, in base64, since the channel carries JSON.
 */

import { decodeState, encodeState, TopicFailure, type TopicFailureCode } from '@millrace/engine'

/** Those of `Topics` that answer; `watch` and `unwatch` stand for `onAppended`. */
export const TOPIC_CALLS = [
  'create',
  'list',
  'describe',
  'remove',
  'append',
  'stage',
  'prepare',
  'commit',
  'abort',
  'openTransactions',
  'read',
  'offsets',
  'offsetAt',
  'acknowledge',
  'watch',
  'unwatch',
] as const
export type TopicCallName = (typeof TOPIC_CALLS)[number]

export interface TopicCall {
  readonly name: TopicCallName
  readonly arguments: readonly unknown[]
}

interface Failed {
  readonly code: TopicFailureCode | undefined
  readonly message: string
}

export function packCall({ name, arguments: given }: TopicCall): string {
  return pack([name, [...given]])
}

/** Throws where it is no call. */
export function unpackCall(packed: string): TopicCall {
  const [name, given] = unpack(packed) as [TopicCallName, readonly unknown[]]
  if (!TOPIC_CALLS.includes(name)) throw new Error(`There is no call "${name}" of topics.`)
  return { name, arguments: given }
}

export function packAnswer(value: unknown): string {
  return pack([true, value])
}

export function packFailure(error: unknown): string {
  const code = error instanceof TopicFailure ? error.code : undefined
  const message = error instanceof Error ? error.message : String(error)
  return pack([false, { code, message }])
}

/** The value, or throws what the log has thrown. */
export function unpackAnswer(packed: string): unknown {
  const [ok, value] = unpack(packed) as [boolean, unknown]
  if (ok) return value
  const { code, message } = value as Failed
  throw code === undefined ? new Error(message) : new TopicFailure(code, message)
}

function pack(value: unknown): string {
  return Buffer.from(encodeState(value)).toString('base64')
}

function unpack(packed: string): unknown {
  return decodeState(new Uint8Array(Buffer.from(packed, 'base64')))
}
