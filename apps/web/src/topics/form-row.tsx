/** A field of a dialog: its title, its control, and below it what is wrong with it. */

import { type ReactNode, useId } from 'react'

interface FormRowProps {
  readonly title: string
  readonly unit?: string
  readonly hint?: string
  readonly error: string | undefined
  readonly children: (ids: FormRowIds) => ReactNode
}

export interface FormRowIds {
  readonly id: string
  /** The id of what stands below the control. */
  readonly describedBy: string | undefined
  readonly refused: boolean
}

interface TextRowProps extends Omit<FormRowProps, 'children'> {
  readonly value: string
  /** What an empty field means. */
  readonly placeholder: string
  readonly required?: boolean
  readonly onChange: (text: string) => void
  readonly onLeave?: () => void
}

/** A line of text. */
export function TextRow(props: TextRowProps): ReactNode {
  const { value, placeholder, required, onChange, onLeave, ...row } = props
  return (
    <FormRow {...row}>
      {({ id, describedBy, refused }) => (
        <input
          id={id}
          aria-describedby={describedBy}
          aria-invalid={refused}
          aria-required={required}
          className="input mono"
          type="text"
          spellCheck={false}
          autoComplete="off"
          placeholder={placeholder}
          value={value}
          onChange={({ target }) => onChange(target.value)}
          onBlur={onLeave}
        />
      )}
    </FormRow>
  )
}

export function FormRow({ title, unit, hint, error, children }: FormRowProps): ReactNode {
  const id = useId()
  const below = error ?? hint
  return (
    <div className="form-row">
      <label className="field-label" htmlFor={id}>
        {title}
        {unit === undefined ? null : <span className="field-unit"> {unit}</span>}
      </label>
      {children({
        id,
        describedBy: below === undefined ? undefined : `${id}-below`,
        refused: error !== undefined,
      })}
      {below === undefined ? null : (
        <p
          id={`${id}-below`}
          className="form-below"
          data-error={error !== undefined}
          aria-live="polite"
        >
          {below}
        </p>
      )}
    </div>
  )
}
