/** Where a record is corrected: its text, or field by field where it is a JSON object. */

import { type Type, typeText } from '@millrace/pipeline'
import { type ReactNode, useEffect, useId, useRef, useState } from 'react'
import { type DeclaredTypes, toTypedLiteral } from './declared-types.ts'
import {
  type FieldKind,
  type JsonField,
  jsonFields,
  missingFields,
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
  readonly types: DeclaredTypes
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

function Fields({ draft, fields, column, types, onDraft }: FieldsProps): ReactNode {
  const form = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const wanted = form.current?.querySelector<HTMLInputElement>('[data-fault="true"] .input')
    const first = wanted ?? form.current?.querySelector<HTMLInputElement>('.input')
    first?.focus()
    if (first?.type === 'text') first.select()
  }, [])
  const wanted = [...types.keys(), ...(column === undefined ? [] : [column])]
  const missing = missingFields(draft.text, fields, wanted).map((field) => {
    return types.has(field.name) ? field : { ...field, kind: 'text' as const }
  })
  const all = [...fields, ...missing]
  const keys = keysOf(all)
  return (
    <div className="letter-fields" ref={form}>
      {all.length === 0 ? <p className="quiet">The object has no fields.</p> : null}
      {all.map((field, index) => (
        <Field
          key={keys[index]}
          field={field}
          isFault={field.name === column}
          type={types.get(field.name)}
          onLiteral={(literal) =>
            onDraft({ ...draft, text: replaceField(draft.text, field, literal) })
          }
        />
      ))}
    </div>
  )
}

/** A name may stand twice; what is typed first into a field that is missing moves it up. */
function keysOf(fields: readonly JsonField[]): readonly string[] {
  const counts = new Map<string, number>()
  return fields.map(({ name }) => {
    const count = counts.get(name) ?? 0
    counts.set(name, count + 1)
    return `${count} ${name}`
  })
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
  /** As which it is read; undefined where that is not known. */
  readonly type: Type | undefined
  readonly onLiteral: (literal: string) => void
}

interface Writing {
  /** As somebody edits it. */
  readonly shown: string
  /** What is wrong with it. */
  readonly said: string | undefined
  type(text: string): void
}

/** What is typed and cannot be written yet stays here; the record keeps what it had. */
function useKindWriting({ field, onLiteral }: FieldProps): Writing & { forget(): void } {
  const { kind, shown } = field
  const [typed, setTyped] = useState<string>()
  const read = typed === undefined ? undefined : toLiteral(kind, typed)
  return {
    shown: typed ?? shown,
    said: read !== undefined && 'message' in read ? read.message : undefined,
    type: (text) => {
      const next = toLiteral(kind, text)
      if ('literal' in next) {
        setTyped(undefined)
        onLiteral(next.literal)
      } else setTyped(text)
    },
    forget: () => setTyped(undefined),
  }
}

/** As the type of the column: what does not read as one is written as text, and that is said. */
function typedWriting({ field, onLiteral }: FieldProps, type: Type): Writing {
  const { kind, shown } = field
  const written = kind === 'null' ? undefined : toTypedLiteral(type, shown)
  return {
    shown,
    said: written?.said,
    type: (text) => onLiteral(toTypedLiteral(type, text).literal),
  }
}

/** The kind that stands for the type of the column. */
const DECLARED = 'declared'

function Field(props: FieldProps): ReactNode {
  const { field, isFault, type, onLiteral } = props
  const { name, kind } = field
  const [asDeclared, setAsDeclared] = useState(true)
  const id = useId()
  const byKind = useKindWriting(props)
  const declared = asDeclared ? type : undefined
  const writing = declared === undefined ? byKind : typedWriting(props, declared)
  const choose = (next: string): void => {
    byKind.forget()
    setAsDeclared(next === DECLARED)
    if (next === DECLARED && type !== undefined) {
      if (kind !== 'null') onLiteral(toTypedLiteral(type, field.shown).literal)
      return
    }
    const literal = toLiteral(next as FieldKind, toKind(next as FieldKind, field))
    if ('literal' in literal) onLiteral(literal.literal)
  }
  return (
    <div className="letter-field" data-fault={isFault}>
      <label htmlFor={id} className="mono">
        {name}
      </label>
      <FieldInput {...{ id, field, declared, writing }} />
      <select
        className="input"
        aria-label={`Kind of ${name}`}
        value={declared === undefined ? kind : DECLARED}
        onChange={({ target }) => choose(target.value)}
      >
        {type === undefined ? null : <option value={DECLARED}>{typeText(type)}</option>}
        {KINDS.map(([value, title]) => (
          <option key={value} value={value}>
            {type === undefined ? title : `as ${title}`}
          </option>
        ))}
      </select>
      {writing.said === undefined ? null : (
        <p id={`${id}-said`} className="letter-field-said" role="alert">
          {writing.said}
        </p>
      )}
      {isFault && declared !== undefined && writing.said === undefined ? (
        <p className="letter-field-hint">
          The column is {typeText(declared)}: what reads as one is written as one.
        </p>
      ) : null}
    </div>
  )
}

interface FieldInputProps {
  readonly id: string
  readonly field: JsonField
  readonly declared: Type | undefined
  readonly writing: Writing
}

function FieldInput({ id, field, declared, writing }: FieldInputProps): ReactNode {
  const { kind } = field
  if (kind === 'boolean' && (declared === undefined || declared.kind === 'boolean')) {
    return (
      <select
        id={id}
        className="input mono"
        value={field.shown}
        onChange={({ target }) => writing.type(target.value)}
      >
        <option value="true">true</option>
        <option value="false">false</option>
      </select>
    )
  }
  const isFixed = kind === 'null' && declared === undefined
  return (
    <input
      id={id}
      type="text"
      className="input mono"
      spellCheck={false}
      disabled={isFixed}
      placeholder={field.missing === true ? 'missing' : kind === 'null' ? 'NULL' : undefined}
      value={isFixed ? 'NULL' : writing.shown}
      aria-invalid={writing.said !== undefined}
      aria-describedby={writing.said === undefined ? undefined : `${id}-said`}
      onChange={({ target }) => writing.type(target.value)}
    />
  )
}
