/** How often a stage comes, as one says it: once, three times, two to five times, one or more. */

import { type JsonObject, titleOf, type Value } from '@millrace/pipeline'
import { type ReactNode, useEffect, useState } from 'react'
import { FieldShell } from '../field-shell.tsx'
import { ownValueOf } from '../field-value.ts'
import { type ConfigFieldProps, type FieldPath, useForm } from '../form-context.ts'
import { stageOf } from './stage-list.ts'
import { type Often, oftenOf, withOften } from './stage-words.ts'

const KINDS: readonly { readonly kind: Often['kind']; readonly title: string }[] = [
  { kind: 'once', title: 'once' },
  { kind: 'exactly', title: 'exactly' },
  { kind: 'between', title: 'from … to' },
  { kind: 'at-least', title: 'at least' },
  { kind: 'one-or-more', title: 'one or more' },
]

/** The field is `times`; one or more is said by the field beside it. */
export default function TimesField({ field, path }: ConfigFieldProps): ReactNode {
  const { config, set, endGesture } = useForm()
  const title = titleOf(field.name, field.schema)
  const stagePath = path.slice(0, -1)
  const stage = stageOf(stagePath.reduce<Value | undefined>(valueAt, config))
  const often = oftenOf(stage)
  const write = (next: Often): void => set(stagePath, withOften(stage, next))
  return (
    <FieldShell title={title} path={path} hint={field.schema.description}>
      {({ id, describedBy, invalid }) => (
        <div className="times">
          <select
            id={id}
            className="input"
            aria-invalid={invalid}
            aria-describedby={describedBy}
            value={often.kind}
            onChange={({ target }) => {
              const chosen = KINDS.find(({ kind }) => kind === target.value)
              if (chosen === undefined) return
              write(carried(often, chosen.kind))
              endGesture()
            }}
          >
            {KINDS.map(({ kind, title: words }) => (
              <option key={kind} value={kind}>
                {words}
              </option>
            ))}
          </select>
          <Counts often={often} title={title} invalid={invalid} onChange={write} />
        </div>
      )}
    </FieldShell>
  )
}

function Counts(props: {
  readonly often: Often
  readonly title: string
  readonly invalid: boolean
  readonly onChange: (often: Often) => void
}): ReactNode {
  const { often, title, invalid, onChange } = props
  if (!('min' in often)) return null
  return (
    <>
      <Count
        label={`${title}: ${often.kind === 'between' ? 'from' : 'number'}`}
        value={often.min}
        invalid={invalid}
        onChange={(min) => onChange({ ...often, min })}
      />
      {often.kind === 'between' ? (
        <>
          <span className="times-word">to</span>
          <Count
            label={`${title}: to`}
            value={often.max}
            invalid={invalid}
            onChange={(max) => onChange({ ...often, max })}
          />
        </>
      ) : null}
      <span className="times-word">times</span>
    </>
  )
}

/** What is typed stays as it is typed; the check says what is wrong with it. */
function Count(props: {
  readonly label: string
  readonly value: Value | undefined
  readonly invalid: boolean
  readonly onChange: (value: Value) => void
}): ReactNode {
  const { label, value, invalid, onChange } = props
  const { endGesture } = useForm()
  const [text, setText] = useState(`${value ?? ''}`)
  useEffect(() => {
    setText((before) => (countOf(before) === value ? before : `${value ?? ''}`))
  }, [value])
  return (
    <input
      className="input mono times-count"
      inputMode="numeric"
      autoComplete="off"
      aria-label={label}
      aria-invalid={invalid}
      value={text}
      onChange={({ target }) => {
        setText(target.value)
        onChange(countOf(target.value))
      }}
      onBlur={endGesture}
    />
  )
}

function countOf(text: string): Value {
  const count = Number(text.trim())
  return text.trim() === '' || !Number.isFinite(count) ? text : count
}

/** The numbers that both ways of saying it have stay. */
function carried(before: Often, kind: Often['kind']): Often {
  const min = 'min' in before ? before.min : undefined
  const max = 'max' in before ? before.max : undefined
  if (kind === 'once' || kind === 'one-or-more') return { kind }
  return kind === 'between' ? { kind, min, max } : { kind, min }
}

function valueAt(value: Value | undefined, part: FieldPath[number]): Value | undefined {
  if (typeof part === 'string') return ownValueOf(value as JsonObject | undefined, part)
  return Array.isArray(value) ? (value as readonly Value[])[part] : undefined
}
