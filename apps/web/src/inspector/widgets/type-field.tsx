/** The type of a column: the usual ones to choose, any other to type. */

import { titleOf } from '@millrace/pipeline'
import type { ReactNode } from 'react'
import { useId } from 'react'
import { FieldShell } from '../field-shell.tsx'
import { type ConfigFieldProps, useForm } from '../form-context.ts'

const TYPES = [
  'string',
  'integer',
  'double',
  'boolean',
  'timestamp',
  'interval',
  'any',
  'list<string>',
  'record{name: string}',
]

export function TypeField({ field, path, value }: ConfigFieldProps): ReactNode {
  const { set, endGesture } = useForm()
  const list = useId()
  return (
    <FieldShell title={titleOf(field.name, field.schema)} path={path}>
      {({ id, describedBy, invalid }) => (
        <>
          <input
            id={id}
            className="input mono"
            list={list}
            spellCheck={false}
            autoComplete="off"
            aria-invalid={invalid}
            aria-describedby={describedBy}
            value={typeof value === 'string' ? value : ''}
            onChange={({ target }) => set(path, target.value)}
            onBlur={endGesture}
          />
          <datalist id={list}>
            {TYPES.map((type) => (
              <option key={type} value={type} />
            ))}
          </datalist>
        </>
      )}
    </FieldShell>
  )
}
