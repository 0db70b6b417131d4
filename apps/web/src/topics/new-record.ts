/** The form of a record that is written by hand: what is typed, and what of it cannot be read. */

import { parseTimestamp, type wire } from '@millrace/pipeline'
import type { ApiInput } from '../api/api.ts'
import type { Read } from './new-topic.ts'

/** `json` is text that is looked at before it is sent. */
export type PartKind = 'none' | 'text' | 'json' | 'base64'

export interface RecordPart {
  readonly kind: PartKind
  readonly text: string
}

export interface RecordDraft {
  readonly key: RecordPart
  readonly value: RecordPart
  readonly headers: readonly { readonly name: string; readonly value: string }[]
  /** Empty for the one that the key goes to. */
  readonly partition: string
  /** Empty for now. */
  readonly timestampMs: string
  readonly idempotencyKey: string
}

export const EMPTY_RECORD: RecordDraft = {
  key: { kind: 'none', text: '' },
  value: { kind: 'json', text: '' },
  headers: [],
  ...{ partition: '', timestampMs: '', idempotencyKey: '' },
}

export type RecordField = keyof RecordDraft
export type RecordErrors = ReadonlyMap<RecordField, string>
export type RecordBody = ApiInput<'produceRecord'>['body']

export function readRecord(draft: RecordDraft): Read<RecordBody, RecordErrors> {
  const errors = new Map<RecordField, string>()
  const part = (field: 'key' | 'value'): wire.TopicText | null => {
    const read = readPart(draft[field])
    if (typeof read !== 'string') return read
    errors.set(field, read)
    return null
  }
  const body: RecordBody = { key: part('key'), value: part('value') }
  if (draft.partition !== '') body.partition = Number(draft.partition)
  const time = draft.timestampMs.trim()
  if (time !== '') {
    const timestampMs = parseTimestamp(time)
    if (timestampMs === null) errors.set('timestampMs', notATime(time))
    else body.timestampMs = timestampMs
  }
  const headers = draft.headers.filter(({ name, value }) => name !== '' || value !== '')
  if (headers.some(({ name }) => name === '')) {
    errors.set('headers', 'A header has a value and no name. Give it a name, or clear the value.')
  }
  if (headers.length > 0) {
    body.headers = headers.map(({ name, value }) => ({ name, value: { text: value } }))
  }
  const idempotencyKey = draft.idempotencyKey.trim()
  if (idempotencyKey !== '') body.idempotencyKey = idempotencyKey
  return errors.size > 0 ? { errors } : { body }
}

/** The part, or why it is none. */
function readPart({ kind, text }: RecordPart): wire.TopicText | null | string {
  if (kind === 'none') return null
  if (kind === 'text') return { text }
  if (kind === 'json') {
    try {
      JSON.parse(text)
      return { text }
    } catch (error) {
      return text.trim() === ''
        ? 'Nothing is no JSON. Write a value, for instance {"item": "tea"}, or choose another form.'
        : `This is no JSON: ${error instanceof Error ? error.message : ''}. Correct it, or write it as text.`
    }
  }
  const base64 = text.replace(/\s/g, '')
  if (/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(base64)) {
    return { base64 }
  }
  return 'This is no base64. Its characters are letters, digits, + and /, four by four, with = at the end.'
}

export function notATime(text: string): string {
  return `"${text}" is no time. Write it as "2026-01-01T12:00:00Z", for instance; UTC without a zone.`
}

export function refusedParts({ message, problems = [] }: wire.ApiError): RecordErrors {
  const errors = new Map<RecordField, string>()
  for (const problem of problems) {
    const [name] = problem.path ?? []
    const field = FIELDS.find((known) => known === name)
    if (field !== undefined) errors.set(field, problem.message)
  }
  return errors.size > 0 ? errors : new Map([['value', message]])
}

const FIELDS = Object.keys(EMPTY_RECORD) as readonly RecordField[]
