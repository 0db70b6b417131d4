/** Fields of one value: text, number, choice and switch. */

import { type FieldSchema, titleOf, type Value } from '@millrace/pipeline'
import { type ReactNode, useEffect, useId, useState } from 'react'
import { FieldShell } from '../field-shell.tsx'
import { type ConfigFieldProps, useForm } from '../form-context.ts'

export interface TextFieldProps extends ConfigFieldProps {
  /** Offered while typing; any other text may be typed as well. */
  readonly offered?: readonly string[]
  /** Where the schema has nothing to say. */
  readonly placeholder?: string
  readonly onFocus?: () => void
}

/**
 * Text as the document writes it; durations and sizes are such texts too. Empty takes the field
 * out.
 */
export function TextField(props: TextFieldProps): ReactNode {
  const { field, path, value, offered, placeholder, onFocus } = props
  const { set, endGesture } = useForm()
  const list = useId()
  const { name, schema, required } = field
  return (
    <FieldShell title={titleOf(name, schema)} path={path} hint={schema.description}>
      {({ id, describedBy, invalid }) => (
        <>
          <input
            id={id}
            className="input mono"
            type="text"
            list={offered === undefined ? undefined : list}
            spellCheck={false}
            autoComplete="off"
            aria-invalid={invalid}
            aria-describedby={describedBy}
            aria-required={required}
            placeholder={placeholder ?? placeholderOf(schema)}
            value={textOf(value)}
            onChange={({ target }) => set(path, target.value === '' ? undefined : target.value)}
            onFocus={onFocus}
            onBlur={endGesture}
          />
          {offered === undefined ? null : (
            <datalist id={list}>
              {offered.map((text) => (
                <option key={text} value={text} />
              ))}
            </datalist>
          )}
        </>
      )}
    </FieldShell>
  )
}

/** The zones that the browser knows are offered; whatever the check knows may be typed. */
export function TimeZoneField(props: ConfigFieldProps): ReactNode {
  return <TextField {...props} offered={Intl.supportedValuesOf('timeZone')} />
}

/** What is typed stays as it is typed until it reads as a number. */
export function NumberField({ field, path, value }: ConfigFieldProps): ReactNode {
  const { set, endGesture } = useForm()
  const { name, schema, required } = field
  const [text, setText] = useState(textOf(value))
  useEffect(() => {
    setText((before) => (numberOf(before) === value ? before : textOf(value)))
  }, [value])
  const type = (next: string): void => {
    setText(next)
    set(path, next.trim() === '' ? undefined : numberOf(next))
  }
  return (
    <FieldShell
      title={titleOf(name, schema)}
      path={path}
      hint={schema.description}
      unit={schema.unit}
    >
      {({ id, describedBy, invalid }) => (
        <input
          id={id}
          className="input mono"
          type="text"
          inputMode="decimal"
          autoComplete="off"
          aria-invalid={invalid}
          aria-describedby={describedBy}
          aria-required={required}
          placeholder={placeholderOf(schema)}
          value={text}
          onChange={({ target }) => type(target.value)}
          onBlur={endGesture}
        />
      )}
    </FieldShell>
  )
}

/** One of the values that the schema names; a default shows as such and is not written. */
export function ChoiceField({ field, path, value }: ConfigFieldProps): ReactNode {
  const { set, endGesture } = useForm()
  const { name, schema, required } = field
  const choices = schema.enum ?? (schema.const === undefined ? [] : [schema.const])
  const known = value === undefined || choices.includes(value)
  const choose = (text: string): void => {
    const chosen = choices.find((choice) => `${choice}` === text)
    set(path, chosen === undefined || chosen === schema.default ? undefined : (chosen as Value))
    endGesture()
  }
  const shown = value ?? schema.default
  return (
    <FieldShell title={titleOf(name, schema)} path={path} hint={schema.description}>
      {({ id, describedBy, invalid }) => (
        <select
          id={id}
          className="input"
          aria-invalid={invalid}
          aria-describedby={describedBy}
          aria-required={required}
          value={shown === undefined ? '' : `${shown}`}
          onChange={({ target }) => choose(target.value)}
        >
          {schema.default === undefined ? (
            <option value="">{required ? 'Choose' : 'not set'}</option>
          ) : null}
          {known ? null : <option value={`${value}`}>{JSON.stringify(value)}</option>}
          {choices.map((choice) => (
            <option key={`${choice}`} value={`${choice}`}>
              {wordsOf(`${choice}`)}
            </option>
          ))}
        </select>
      )}
    </FieldShell>
  )
}

export function SwitchField({ field, path, value }: ConfigFieldProps): ReactNode {
  const { set, endGesture } = useForm()
  const { name, schema } = field
  const on = (value ?? schema.default) === true
  const turn = (): void => {
    set(path, !on === schema.default ? undefined : !on)
    endGesture()
  }
  return (
    <FieldShell title={titleOf(name, schema)} path={path} hint={schema.description}>
      {({ id, describedBy }) => (
        <button
          id={id}
          type="button"
          role="switch"
          className="toggle"
          aria-checked={on}
          aria-describedby={describedBy}
          onClick={turn}
        >
          <span className="toggle-track">
            <span className="toggle-knob" />
          </span>
          {on ? 'On' : 'Off'}
        </button>
      )}
    </FieldShell>
  )
}

/** `dead-letter` reads `dead letter`. */
function wordsOf(choice: string): string {
  return choice.replaceAll('-', ' ')
}

function placeholderOf({ default: preset, examples }: FieldSchema): string | undefined {
  if (typeof preset === 'string' || typeof preset === 'number') return `${preset}`
  const [example] = examples ?? []
  return typeof example === 'string' || typeof example === 'number'
    ? `such as ${example}`
    : undefined
}

function textOf(value: Value | undefined): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The text itself where it is no number, so that the check names it and nothing is lost. */
function numberOf(text: string): Value {
  const number = Number(text.trim())
  return text.trim() === '' || !Number.isFinite(number) ? text : number
}
