/** Fields that name columns of what comes in. */

import { titleOf, type Value } from '@millrace/pipeline'
import { X } from 'lucide-react'
import { type ReactNode, useId, useState } from 'react'
import { FieldShell } from '../field-shell.tsx'
import { type ConfigFieldProps, columnsAt, useForm } from '../form-context.ts'
import { TextField } from './scalar-fields.tsx'

/** Any name may be typed, since what comes in may not be known yet; known ones are offered. */
export function ColumnField(props: ConfigFieldProps): ReactNode {
  return <TextField {...props} offered={columnsAt(useForm(), props.path)} placeholder="column" />
}

/** Several columns as chips, and one to add. */
export function ColumnsField({ field, path, value }: ConfigFieldProps): ReactNode {
  const form = useForm()
  const { name, schema } = field
  const chosen = namesOf(value)
  const rest = columnsAt(form, path).filter((column) => !chosen.includes(column))
  const change = (next: readonly string[]): void => {
    form.set(path, next.length === 0 ? undefined : next)
    form.endGesture()
  }
  return (
    <FieldShell title={titleOf(name, schema)} path={path} hint={schema.description} reach="below">
      {({ id, describedBy, invalid }) => (
        <div className="chips input" aria-invalid={invalid}>
          {chosen.map((column) => (
            <span key={column} className="chip mono">
              {column}
              <button
                type="button"
                aria-label={`Remove column ${column}`}
                onClick={() => {
                  change(chosen.filter((other) => other !== column))
                  // The button goes with its column.
                  document.getElementById(id)?.focus()
                }}
              >
                <X size={11} aria-hidden />
              </button>
            </span>
          ))}
          <AddColumn
            id={id}
            describedBy={describedBy}
            columns={rest}
            first={chosen.length === 0}
            onAdd={(column) => change(chosen.includes(column) ? chosen : [...chosen, column])}
          />
        </div>
      )}
    </FieldShell>
  )
}

function AddColumn(props: {
  readonly id: string
  readonly describedBy: string | undefined
  readonly columns: readonly string[]
  readonly first: boolean
  readonly onAdd: (column: string) => void
}): ReactNode {
  const { id, describedBy, columns, first, onAdd } = props
  const list = useId()
  const [text, setText] = useState('')
  const add = (column: string): void => {
    setText('')
    if (column.trim() !== '') onAdd(column.trim())
  }
  return (
    <>
      <input
        id={id}
        className="chips-input mono"
        list={list}
        spellCheck={false}
        autoComplete="off"
        aria-describedby={describedBy}
        placeholder={first ? 'add a column' : '+'}
        value={text}
        onChange={({ target }) => {
          // A choice from the list arrives as a whole name at once.
          if (columns.includes(target.value) && target.value.length > text.length + 1) {
            add(target.value)
          } else setText(target.value)
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' && event.key !== ',') return
          event.preventDefault()
          add(text)
        }}
        onBlur={() => add(text)}
      />
      <datalist id={list}>
        {columns.map((column) => (
          <option key={column} value={column} />
        ))}
      </datalist>
    </>
  )
}

function namesOf(value: Value | undefined): readonly string[] {
  if (!Array.isArray(value)) return []
  return value.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)))
}
