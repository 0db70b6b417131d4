/** Writes a record by hand. It stays open, so that another one can follow. */

import type { wire } from '@millrace/pipeline'
import { Plus, X } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { Api } from '../api/api.ts'
import { Dialog } from '../dialogs/dialog.tsx'
import { countText } from '../live/formats.ts'
import { FormRow, TextRow } from './form-row.tsx'
import {
  EMPTY_RECORD,
  type PartKind,
  type RecordDraft,
  type RecordErrors,
  type RecordPart,
  readRecord,
  refusedParts,
} from './new-record.ts'
import './topic-forms.css'

interface ProduceDialogProps {
  readonly api: Api
  readonly topic: wire.WireTopic
  /** The record stands in the log. */
  readonly onWritten: () => void
  readonly onClose: () => void
}

const NOTHING_WRONG: RecordErrors = new Map()

export default function ProduceDialog(props: ProduceDialogProps): ReactNode {
  const { api, topic, onWritten, onClose } = props
  const [draft, setDraft] = useState(EMPTY_RECORD)
  const [errors, setErrors] = useState(NOTHING_WRONG)
  const [said, setSaid] = useState<string>()
  const [busy, setBusy] = useState(false)
  const write = async (): Promise<void> => {
    const { body, errors: wrong } = readRecord(draft)
    setSaid(undefined)
    if (body === undefined) {
      setErrors(wrong)
      return
    }
    setBusy(true)
    const answer = await api.call('produceRecord', { params: { topic: topic.topic }, body })
    setBusy(false)
    if (answer.kind === 'done') {
      setErrors(NOTHING_WRONG)
      setSaid(writtenText(answer.reply))
      onWritten()
    } else if (answer.kind === 'refused') setErrors(refusedParts(answer.error))
    else setErrors(new Map([['value', answer.message]]))
  }
  const change = (part: Partial<RecordDraft>): void => {
    setDraft((before) => ({ ...before, ...part }))
    setErrors((before) => new Map([...before].filter(([field]) => !Object.hasOwn(part, field))))
    setSaid(undefined)
  }
  return (
    <Dialog title={`Write to ${topic.topic}`} onClose={onClose}>
      <form
        className="topic-form"
        onSubmit={(event) => {
          event.preventDefault()
          void write()
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
          event.preventDefault()
          void write()
        }}
      >
        <Part
          title="Key"
          part={draft.key}
          rows={1}
          kinds={KEY_KINDS}
          error={errors.get('key')}
          onChange={(key) => change({ key })}
        />
        <Part
          title="Value"
          part={draft.value}
          rows={6}
          kinds={VALUE_KINDS}
          error={errors.get('value')}
          onChange={(value) => change({ value })}
        />
        <Headers
          headers={draft.headers}
          error={errors.get('headers')}
          onChange={(headers) => change({ headers })}
        />
        <Where topic={topic} draft={draft} errors={errors} onChange={change} />
        <div className="dialog-actions">
          <p className="form-said" role="status">
            {said}
          </p>
          <button type="button" className="button" onClick={onClose}>
            Close
          </button>
          <button type="submit" className="button primary" disabled={busy}>
            {busy ? 'Writing' : 'Write the record'}
          </button>
        </div>
      </form>
    </Dialog>
  )
}

function writtenText(reply: {
  readonly partition: number
  readonly offset: number
  readonly duplicate: boolean
}): string {
  const place = `partition ${reply.partition}, offset ${countText(reply.offset)}`
  return reply.duplicate ? `It was there already: ${place}.` : `Written: ${place}.`
}

const KEY_KINDS: readonly (readonly [PartKind, string])[] = [
  ['none', 'no key'],
  ['text', 'text'],
  ['json', 'JSON'],
  ['base64', 'base64'],
]
const VALUE_KINDS: readonly (readonly [PartKind, string])[] = [
  ['json', 'JSON'],
  ['text', 'text'],
  ['base64', 'base64'],
  ['none', 'none: the key is gone'],
]

interface PartProps {
  readonly title: string
  readonly part: RecordPart
  readonly rows: number
  readonly kinds: readonly (readonly [PartKind, string])[]
  readonly error: string | undefined
  readonly onChange: (part: RecordPart) => void
}

function Part({ title, part, rows, kinds, error, onChange }: PartProps): ReactNode {
  return (
    <FormRow title={title} error={error}>
      {({ id, describedBy, refused }) => (
        <div className="form-part">
          <select
            className="input"
            aria-label={`Form of the ${title.toLowerCase()}`}
            value={part.kind}
            onChange={({ target }) => onChange({ ...part, kind: target.value as PartKind })}
          >
            {kinds.map(([kind, words]) => (
              <option key={kind} value={kind}>
                {words}
              </option>
            ))}
          </select>
          <textarea
            id={id}
            aria-describedby={describedBy}
            aria-invalid={refused}
            className="input mono"
            rows={rows}
            spellCheck={false}
            placeholder={PLACEHOLDERS[part.kind]}
            value={part.kind === 'none' ? '' : part.text}
            onChange={({ target }) =>
              onChange({ kind: typedKind(part, kinds), text: target.value })
            }
          />
        </div>
      )}
    </FormRow>
  )
}

/** Whoever types something means that there is something. */
function typedKind({ kind }: RecordPart, kinds: PartProps['kinds']): PartKind {
  return kind === 'none' ? (kinds.find(([other]) => other !== 'none')?.[0] ?? 'text') : kind
}

const PLACEHOLDERS: Readonly<Record<PartKind, string>> = {
  none: 'none',
  text: 'ada',
  json: '{"item": "tea", "price": 3}',
  base64: '3q2+7w==',
}

interface HeadersProps {
  readonly headers: RecordDraft['headers']
  readonly error: string | undefined
  readonly onChange: (headers: RecordDraft['headers']) => void
}

function Headers({ headers, error, onChange }: HeadersProps): ReactNode {
  const put = (index: number, part: object): void =>
    onChange(headers.map((header, at) => (at === index ? { ...header, ...part } : header)))
  return (
    <fieldset className="form-headers">
      <legend className="field-label">Headers</legend>
      {headers.map(({ name, value }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a header is its place, names may repeat
        <div className="form-header" key={index}>
          <input
            className="input mono"
            aria-label={`Name of header ${index + 1}`}
            placeholder="name"
            value={name}
            onChange={({ target }) => put(index, { name: target.value })}
          />
          <input
            className="input mono"
            aria-label={`Value of header ${index + 1}`}
            placeholder="value"
            value={value}
            onChange={({ target }) => put(index, { value: target.value })}
          />
          <button
            type="button"
            className="button quiet icon"
            aria-label={`Remove header ${index + 1}`}
            onClick={() => onChange(headers.filter((_, at) => at !== index))}
          >
            <X size={13} aria-hidden />
          </button>
        </div>
      ))}
      <button
        type="button"
        className="button quiet"
        onClick={() => onChange([...headers, { name: '', value: '' }])}
      >
        <Plus size={13} aria-hidden />
        Add a header
      </button>
      {error === undefined ? null : (
        <p className="form-below" data-error role="alert">
          {error}
        </p>
      )}
    </fieldset>
  )
}

interface WhereProps {
  readonly topic: wire.WireTopic
  readonly draft: RecordDraft
  readonly errors: RecordErrors
  readonly onChange: (part: Partial<RecordDraft>) => void
}

function Where({ topic, draft, errors, onChange }: WhereProps): ReactNode {
  return (
    <>
      <div className="form-pair">
        <FormRow title="Partition" error={errors.get('partition')}>
          {({ id, describedBy, refused }) => (
            <select
              id={id}
              aria-describedby={describedBy}
              aria-invalid={refused}
              className="input"
              value={draft.partition}
              onChange={({ target }) => onChange({ partition: target.value })}
            >
              <option value="">
                {draft.key.kind === 'none' ? 'the next one' : 'that of its key'}
              </option>
              {topic.partitions.map((_, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a partition is its number
                <option key={index} value={`${index}`}>
                  {index}
                </option>
              ))}
            </select>
          )}
        </FormRow>
        <TextRow
          title="Time"
          unit="UTC"
          error={errors.get('timestampMs')}
          placeholder="now"
          value={draft.timestampMs}
          onChange={(timestampMs) => onChange({ timestampMs })}
        />
      </div>
      <TextRow
        title="Idempotency key"
        hint="The same record under the same key is written once."
        error={errors.get('idempotencyKey')}
        placeholder="none"
        value={draft.idempotencyKey}
        onChange={(idempotencyKey) => onChange({ idempotencyKey })}
      />
    </>
  )
}
