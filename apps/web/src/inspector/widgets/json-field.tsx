/** The last resort: a field of any shape as JSON, so that nothing in a config is out of reach. */

import type { Value } from '@millrace/pipeline'
import { type ReactNode, useEffect, useState } from 'react'
import { titleOf } from '../field-schema.ts'
import { FieldShell } from '../field-shell.tsx'
import { type ConfigFieldProps, useForm } from '../form-context.ts'

export function JsonField({ field, path, value }: ConfigFieldProps): ReactNode {
  const { set, endGesture } = useForm()
  const { name, schema } = field
  const [text, setText] = useState(writeJson(value))
  useEffect(() => {
    setText((before) =>
      writeJson(readValue(before)?.value) === writeJson(value) ? before : writeJson(value),
    )
  }, [value])
  const read = readValue(text)
  const type = (next: string): void => {
    setText(next)
    const typed = readValue(next)
    if (typed !== undefined) set(path, typed.value)
  }
  return (
    <FieldShell title={titleOf(name, schema)} path={path} hint={schema.description} unit="JSON">
      {({ id, describedBy, invalid }) => (
        <>
          <textarea
            id={id}
            className="input mono"
            rows={Math.min(10, Math.max(2, text.split('\n').length))}
            spellCheck={false}
            aria-invalid={invalid || read === undefined}
            aria-describedby={describedBy}
            value={text}
            onChange={({ target }) => type(target.value)}
            onBlur={endGesture}
          />
          {read === undefined ? (
            <p className="field-problems">
              This is not JSON yet. It is kept here and taken over once it is.
            </p>
          ) : null}
        </>
      )}
    </FieldShell>
  )
}

function writeJson(value: Value | undefined): string {
  return value === undefined ? '' : JSON.stringify(value, null, 2)
}

/** Empty text is no value; undefined where the text is not JSON. */
function readValue(text: string): { readonly value: Value | undefined } | undefined {
  if (text.trim() === '') return { value: undefined }
  try {
    return { value: JSON.parse(text) as Value }
  } catch {
    return undefined
  }
}
