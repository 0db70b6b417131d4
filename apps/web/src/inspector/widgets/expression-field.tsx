/** A field that holds an expression: the editor is loaded when the first one is shown. */

import { titleOf } from '@millrace/pipeline'
import { type ComponentProps, type ReactNode, Suspense, useLayoutEffect, useRef } from 'react'
import type { SelectedText } from '../../expression/expression-editor.tsx'
import { latePart } from '../../parts/late-part.ts'
import { FieldShell } from '../field-shell.tsx'
import { type ConfigFieldProps, problemsAt, useForm } from '../form-context.ts'

const ExpressionEditor = latePart(() => import('../../expression/expression-editor.tsx'))

export function ExpressionField({ field, path, value }: ConfigFieldProps): ReactNode {
  const form = useForm()
  const { name, schema, required } = field
  const text = typeof value === 'string' ? value : ''
  const [example] = schema.examples ?? []
  const title = titleOf(name, schema)
  const placeholder = typeof example === 'string' ? example : ''
  const selected = useRef<SelectedText>(undefined)
  // An entry's own row stays, however empty; a field that is not required goes with its last
  // letter.
  const change = (next: string): void => {
    form.set(path, next === '' && (path.length === 1 || !required) ? undefined : next)
  }
  return (
    <FieldShell title={title} path={path} hint={schema.description}>
      {({ id, describedBy, invalid }) => (
        <Suspense
          fallback={
            <WaitingField
              id={id}
              aria-describedby={describedBy}
              aria-invalid={invalid}
              placeholder={placeholder}
              value={text}
              onChange={({ target }) => change(target.value)}
              onBlur={form.endGesture}
              selected={selected}
            />
          }
        >
          <ExpressionEditor
            id={id}
            label={title}
            text={text}
            form={form}
            field={field}
            path={path}
            problems={problemsAt(form.problems, path, 'exact')}
            placeholder={placeholder}
            selected={selected}
            required={required}
            invalid={invalid}
            describedBy={describedBy}
            onChange={change}
            onDone={form.endGesture}
          />
        </Suspense>
      )}
    </FieldShell>
  )
}

interface WaitingProps extends ComponentProps<'textarea'> {
  /** Told where the focus is in it, as its editor takes its place. */
  readonly selected: { current: SelectedText | undefined }
}

/** Takes what is typed until the editor has come. */
function WaitingField({ selected, ...area }: WaitingProps): ReactNode {
  const field = useRef<HTMLTextAreaElement>(null)
  useLayoutEffect(() => {
    const { current } = field
    return () => {
      selected.current = current === null ? undefined : selectedIn(current)
    }
  }, [selected])
  return <textarea ref={field} className="expression-waiting mono input" rows={1} {...area} />
}

function selectedIn(area: HTMLTextAreaElement): SelectedText | undefined {
  if (document.activeElement !== area) return undefined
  const { selectionStart, selectionEnd, selectionDirection } = area
  return selectionDirection === 'backward'
    ? { anchor: selectionEnd, head: selectionStart }
    : { anchor: selectionStart, head: selectionEnd }
}
