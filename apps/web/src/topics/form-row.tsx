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
  readonly 'aria-describedby': string | undefined
  readonly 'aria-invalid': boolean
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
        'aria-describedby': below === undefined ? undefined : `${id}-below`,
        'aria-invalid': error !== undefined,
      })}
      {below === undefined ? null : (
        <p id={`${id}-below`} className="form-below" data-error={error !== undefined}>
          {below}
        </p>
      )}
    </div>
  )
}
