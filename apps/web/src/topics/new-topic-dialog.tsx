/** Makes a topic: its name, and what of its settings shall not be as usual. */

import { type ReactNode, useState } from 'react'
import type { Api, ApiReply } from '../api/api.ts'
import { Dialog } from '../dialogs/dialog.tsx'
import { TextRow } from './form-row.tsx'
import {
  type DraftErrors,
  type DraftField,
  EMPTY_DRAFT,
  readDraft,
  refusedFields,
  type TopicDraft,
  wrongSoFar,
} from './new-topic.ts'
import './topic-forms.css'

interface NewTopicDialogProps {
  readonly api: Api
  /** What the name field begins with. */
  readonly name?: string
  readonly onMade: (topic: ApiReply<'createTopic'>) => void
  readonly onClose: () => void
}

const NOTHING_WRONG: DraftErrors = new Map()
const NONE_LEFT: ReadonlySet<DraftField> = new Set()

export default function NewTopicDialog(props: NewTopicDialogProps): ReactNode {
  const { api, name = '', onMade, onClose } = props
  const [draft, setDraft] = useState<TopicDraft>({ ...EMPTY_DRAFT, topic: name })
  const [left, setLeft] = useState(NONE_LEFT)
  /** What was found when the topic was asked for. */
  const [refused, setRefused] = useState(NOTHING_WRONG)
  const errors = new Map([...wrongSoFar(draft, left), ...refused])
  const [busy, setBusy] = useState(false)
  const create = async (): Promise<void> => {
    const { body, errors: wrong } = readDraft(draft)
    if (body === undefined) {
      setRefused(wrong)
      return
    }
    setBusy(true)
    const answer = await api.call('createTopic', { body })
    setBusy(false)
    if (answer.kind === 'done') onMade(answer.reply)
    else if (answer.kind === 'refused') setRefused(refusedFields(answer.error))
    else setRefused(new Map([['topic', answer.message]]))
  }
  const change = (part: Partial<TopicDraft>): void => {
    setDraft((before) => ({ ...before, ...part }))
    setRefused((before) => new Map([...before].filter(([field]) => !Object.hasOwn(part, field))))
  }
  const text = (field: DraftField, placeholder: string) => (
    <TextRow
      {...WORDS[field]}
      error={errors.get(field)}
      placeholder={placeholder}
      value={draft[field]}
      required={field === 'topic'}
      onChange={(value) => change({ [field]: value })}
      onLeave={() => setLeft((before) => new Set(before).add(field))}
    />
  )
  return (
    <Dialog title="New topic" onClose={onClose}>
      <form
        className="topic-form"
        onSubmit={(event) => {
          event.preventDefault()
          void create()
        }}
      >
        <div className="form-pair" data-wide-first>
          {text('topic', 'orders')}
          {text('partitions', '1')}
        </div>
        <Compact on={draft.compact} onTurn={(compact) => change({ compact })} />
        <div className="form-pair">
          {text('retentionMs', 'for ever')}
          {text('retentionBytes', 'no bound')}
        </div>
        {draft.compact ? text('tombstoneRetentionMs', '1d') : null}
        <details open={errors.has('segmentBytes') || errors.has('recordBytesMax')}>
          <summary>Files and records</summary>
          <div className="form-pair">
            {text('segmentBytes', draft.compact ? '16MB' : '64MB')}
            {text('recordBytesMax', '1MB')}
          </div>
        </details>
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button primary" disabled={busy}>
            {busy ? 'Making it' : 'Create the topic'}
          </button>
        </div>
      </form>
    </Dialog>
  )
}

interface Words {
  readonly title: string
  readonly unit?: string
  readonly hint?: string
}

const WORDS: Readonly<Record<DraftField, Words>> = {
  topic: { title: 'Name', hint: 'Letters, digits, dots, hyphens and underscores.' },
  partitions: { title: 'Partitions', hint: 'Stay as they are. Up to 256.' },
  retentionMs: { title: 'Keep for', hint: 'By when a record was written. Such as 7d or 12h.' },
  retentionBytes: { title: 'Keep at most', unit: 'of each partition', hint: 'Such as 512MB.' },
  tombstoneRetentionMs: {
    title: 'Keep word of removed keys',
    hint: 'At least so long, a reader hears that a key is gone.',
  },
  segmentBytes: { title: 'Segment', unit: 'a file', hint: 'The last one is always kept.' },
  recordBytesMax: { title: 'Largest record', hint: 'Key, value and headers together.' },
}

function Compact(props: {
  readonly on: boolean
  readonly onTurn: (on: boolean) => void
}): ReactNode {
  return (
    <button
      type="button"
      role="switch"
      className="toggle"
      aria-checked={props.on}
      onClick={() => props.onTurn(!props.on)}
    >
      <span className="toggle-track">
        <span className="toggle-knob" />
      </span>
      Keep only the newest record of each key
    </button>
  )
}
