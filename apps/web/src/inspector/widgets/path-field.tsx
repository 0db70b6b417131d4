/** A file: its path, and for a source the way to its schema, read from the file itself. */

import { fieldsOf } from '@millrace/pipeline'
import type { ReactNode } from 'react'
import { useNodeView, useSession } from '../../editor/session.tsx'
import { type ConfigFieldProps, useForm } from '../form-context.ts'
import { ReadSchema } from './read-schema.tsx'
import { TextField } from './scalar-fields.tsx'

export default function PathField(props: ConfigFieldProps): ReactNode {
  const { api } = useSession()
  const { nodeId } = useForm()
  const operator = useNodeView(nodeId)?.operator
  const path = props.value
  const declares =
    operator !== undefined && fieldsOf(operator).some(({ schema }) => schema.widget === 'schema')
  return (
    <>
      <TextField {...props} />
      {declares && typeof path === 'string' ? (
        <ReadSchema
          from="the file"
          done="Format and schema are taken from the file."
          read={() => api.call('inferSchema', { body: { path } })}
        />
      ) : null}
    </>
  )
}
