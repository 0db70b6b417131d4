/** Where a record is corrected: its text, or field by field where it is a JSON object. */

import { type ReactNode, useEffect, useId, useRef, useState } from 'react'
import {
  type FieldKind,
  type JsonField,
  jsonFields,
  replaceField,
  toKind,
  toLiteral,
} from './json-fields.ts'
import type { Span } from './letter-bytes.ts'
import type { Draft } from './letter-desk.tsx'

interface LetterEditorProps {
  readonly draft: Draft
  /** Of the text that is begun with. */
  readonly fault: Span | undefined
  readonly wasText: boolean
  readonly truncated: boolean
  /** The column at fault. */
  readonly column: string | undefined
  readonly badTime: boolean
  readonly onDraft: (draft: Draft) => void
  readonly onSend: () => void
  readonly onCancel: () => void
}

export function LetterEditor(props: LetterEditorProps): ReactNode {
  const { draft, wasText, truncated, badTime, onDraft, onSend, onCancel } = props
  const fields = jsonFields(draft.text)
  const [wantsFields, setWantsFields] = useState(fields !== undefined)
  const inFields = wantsFields && fields !== undefined
  const time = useId()
  return (
    <section
      className="letter-record letter-editor"
      aria-label="The corrected record"
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) onSend()
        else if (event.key === 'Escape') onCancel()
        else return
        event.preventDefault()
        event.stopPropagation()
      }}
    >
      <header className="letter-record-head">
        <h3>Correct it</h3>
        <span className="spacer" />
        <span className="record-kinds">
          <button
            type="button"
            aria-pressed={inFields}
            disabled={fields === undefined}
            title={
              fields === undefined ? 'The text is no JSON object, so it has no fields.' : undefined
            }
            onClick={() => setWantsFields(true)}
          >
            Fields
          </button>
          <button type="button" aria-pressed={!inFields} onClick={() => setWantsFields(false)}>
            Text
          </button>
        </span>
      </header>
      {wasText ? null : (
        <p className="letter-hint">
          The bytes were no UTF-8. What could not be read stands as �; what you write is sent as
          UTF-8.
        </p>
      )}
      {truncated ? (
        <p className="letter-hint">Only the beginning was kept. Write the record in full.</p>
      ) : null}
      {inFields ? <Fields {...props} fields={fields} /> : <TextArea {...props} />}
      {draft.time === undefined ? null : (
        <div className="letter-time">
          <label htmlFor={time} className="letter-time-name">
            Event time
          </label>
          <input
            id={time}
            className="input mono"
            value={draft.time}
            aria-invalid={badTime}
            placeholder="2026-01-01T12:00:00.000Z"
            onChange={({ target }) => onDraft({ ...draft, time: target.value })}
          />
          {badTime ? (
            <p className="letter-field-said" role="alert">
              Write it as 2026-01-01T12:00:00Z, for instance; UTC without a zone.
            </p>
          ) : null}
        </div>
      )}
    </section>
  )
}

/** The part at fault is marked as a selection, so that whoever types replaces it. */
function TextArea({ draft, fault, onDraft }: LetterEditorProps): ReactNode {
  const area = useRef<HTMLTextAreaElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is marked once, when one begins
  useEffect(() => {
    area.current?.focus()
    const start = fault?.start ?? draft.text.length
    area.current?.setSelectionRange(start, fault?.end ?? start)
  }, [])
  const lines = Math.min(16, Math.max(4, draft.text.split('\n').length + draft.text.length / 60))
  return (
    <textarea
      ref={area}
      className="input mono letter-area"
      aria-label="Text of the record"
      spellCheck={false}
      rows={Math.round(lines)}
      value={draft.text}
      onChange={({ target }) => onDraft({ ...draft, text: target.value })}
    />
  )
}

interface FieldsProps extends LetterEditorProps {
  readonly fields: readonly JsonField[]
}

function Fields({ draft, fields, column, onDraft }: FieldsProps): ReactNode {
  const form = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const wanted = form.current?.querySelector<HTMLInputElement>('[data-fault="true"] .input')
    const first = wanted ?? form.current?.querySelector<HTMLInputElement>('.input')
    first?.focus()
    if (first?.type === 'text') first.select()
  }, [])
  return (
    <div className="letter-fields" ref={form}>
      {fields.length === 0 ? <p className="quiet">The object has no fields.</p> : null}
      {fields.map((field, index) => (
        <Field
          // biome-ignore lint/suspicious/noArrayIndexKey: a name may stand twice
          key={index}
          field={field}
          isFault={field.name === column}
          onLiteral={(literal) =>
            onDraft({ ...draft, text: replaceField(draft.text, field, literal) })
          }
        />
      ))}
    </div>
  )
}

const KINDS: readonly (readonly [FieldKind, string])[] = [
  ['text', 'text'],
  ['number', 'number'],
  ['boolean', 'true or false'],
  ['null', 'NULL'],
  ['json', 'JSON'],
]

interface FieldProps {
  readonly field: JsonField
  readonly isFault: boolean
  readonly onLiteral: (literal: string) => void
}

/** What is typed and cannot be written yet stays here; the record keeps what it had. */
function Field({ field, isFault, onLiteral }: FieldProps): ReactNode {
  const { name, kind, shown } = field
  const [typed, setTyped] = useState<string>()
  const id = useId()
  const read = typed === undefined ? undefined : toLiteral(kind, typed)
  const said = read !== undefined && 'message' in read ? read.message : undefined
  const type = (text: string): void => {
    const next = toLiteral(kind, text)
    if ('literal' in next) {
      setTyped(undefined)
      onLiteral(next.literal)
    } else setTyped(text)
  }
  const choose = (next: FieldKind): void => {
    const literal = toLiteral(next, toKind(next, field))
    setTyped(undefined)
    if ('literal' in literal) onLiteral(literal.literal)
  }
  return (
    <div className="letter-field" data-fault={isFault}>
      <label htmlFor={id} className="mono">
        {name}
      </label>
      {kind === 'boolean' ? (
        <select
          id={id}
          className="input mono"
          value={shown}
          onChange={({ target }) => type(target.value)}
        >
          <option value="true">true</option>
          <option value="false">false</option>
        </select>
      ) : (
        <input
          id={id}
          type="text"
          className="input mono"
          spellCheck={false}
          disabled={kind === 'null'}
          value={kind === 'null' ? 'NULL' : (typed ?? shown)}
          aria-invalid={said !== undefined}
          aria-describedby={said === undefined ? undefined : `${id}-said`}
          onChange={({ target }) => type(target.value)}
        />
      )}
      <select
        className="input"
        aria-label={`Kind of ${name}`}
        value={kind}
        onChange={({ target }) => choose(target.value as FieldKind)}
      >
        {KINDS.map(([value, title]) => (
          <option key={value} value={value}>
            {title}
          </option>
        ))}
      </select>
      {said === undefined ? null : (
        <p id={`${id}-said`} className="letter-field-said" role="alert">
          {said}
        </p>
      )}
    </div>
  )
}
