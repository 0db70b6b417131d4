/** A field that holds an expression: the editor is loaded when the first one is shown. */

import { titleOf } from '@millrace/pipeline'
import { type ReactNode, Suspense } from 'react'
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
  // An entry's own row stays, however empty; a field that is not required goes with its last
  // letter.
  const change = (next: string): void => {
    form.set(path, next === '' && (path.length === 1 || !required) ? undefined : next)
  }
  return (
    <FieldShell title={title} path={path} hint={schema.description}>
      {({ id, describedBy, invalid }) => (
        <Suspense fallback={<pre className="expression-waiting mono input">{text || ' '}</pre>}>
          <ExpressionEditor
            id={id}
            label={title}
            text={text}
            form={form}
            field={field}
            path={path}
            problems={problemsAt(form.problems, path, 'exact')}
            placeholder={typeof example === 'string' ? example : ''}
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
