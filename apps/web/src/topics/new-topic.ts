/** The form of a new topic: what is typed, and what of it cannot be read. */

import {
  isOwnTopic,
  ownTopicRefusal,
  parseDuration,
  parseSize,
  topicNameRefusal,
  type wire,
} from '@millrace/pipeline'
import type { ApiInput } from '../api/api.ts'

export interface TopicDraft {
  readonly topic: string
  readonly partitions: string
  readonly compact: boolean
  readonly retentionMs: string
  readonly retentionBytes: string
  readonly tombstoneRetentionMs: string
  readonly segmentBytes: string
  readonly recordBytesMax: string
}

export const EMPTY_DRAFT: TopicDraft = {
  topic: '',
  partitions: '',
  compact: false,
  ...{ retentionMs: '', retentionBytes: '' },
  ...{ tombstoneRetentionMs: '', segmentBytes: '', recordBytesMax: '' },
}

export type DraftField = Exclude<keyof TopicDraft, 'compact'>

/** By field; what belongs to none is at `topic`. */
export type DraftErrors = ReadonlyMap<DraftField, string>

/** What the host is asked for, or what is wrong with the form. */
export type Read<Body, Errors> =
  | { readonly body: Body; readonly errors?: undefined }
  | { readonly errors: Errors; readonly body?: undefined }

export type NewTopicBody = ApiInput<'createTopic'>['body']

/** A field that is left empty has its default. */
export function readDraft(draft: TopicDraft): Read<NewTopicBody, DraftErrors> {
  const errors = new Map<DraftField, string>()
  const body: NewTopicBody = { topic: draft.topic.trim() }
  if (draft.compact) body.compact = true
  const unusable = nameRefusal(body.topic)
  if (unusable !== undefined) errors.set('topic', unusable)
  const partitions = draft.partitions.trim()
  if (partitions !== '') {
    if (/^\d{1,9}$/.test(partitions)) body.partitions = Number(partitions)
    else errors.set('partitions', `"${partitions}" is no whole number. Choose one from 1 to 256.`)
  }
  for (const [field, parse] of PARSED) {
    const text = draft[field].trim()
    if (text === '' || (field === 'tombstoneRetentionMs' && !draft.compact)) continue
    const read = parse(text)
    if (typeof read === 'number') body[field] = read
    else errors.set(field, read.message)
  }
  return errors.size > 0 ? { errors } : { body }
}

function nameRefusal(topic: string): string | undefined {
  if (topic === '') return 'A topic needs a name, for instance "orders".'
  return isOwnTopic(topic) ? ownTopicRefusal(topic) : topicNameRefusal(topic)
}

/**
 * What is wrong before anybody asks for the topic: a sign that no name has is so from its first
 * moment on, and any other field once it has been left.
 */
export function wrongSoFar(draft: TopicDraft, left: ReadonlySet<DraftField>): DraftErrors {
  const { errors } = readDraft(draft)
  const said = (field: DraftField) =>
    draft[field].trim() !== '' && (field === 'topic' || left.has(field))
  return new Map([...(errors ?? [])].filter(([field]) => said(field)))
}

const PARSED = [
  ['retentionMs', parseDuration],
  ['retentionBytes', parseSize],
  ['tombstoneRetentionMs', parseDuration],
  ['segmentBytes', parseSize],
  ['recordBytesMax', parseSize],
] as const

/** Where the host refuses a field, it is said there. */
export function refusedFields({ message, problems = [] }: wire.ApiError): DraftErrors {
  const errors = new Map<DraftField, string>()
  for (const problem of problems) {
    const [name] = problem.path ?? []
    const field = DRAFT_FIELDS.find((known) => known === name)
    if (field !== undefined) errors.set(field, problem.message)
  }
  return errors.size > 0 ? errors : new Map([['topic', message]])
}

const DRAFT_FIELDS: readonly DraftField[] = [
  'topic',
  'partitions',
  ...PARSED.map(([field]) => field),
]
