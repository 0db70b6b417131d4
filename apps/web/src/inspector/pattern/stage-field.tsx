/** A field of a stage with its own control, by the schema of the config as everywhere. */

import type { JsonObject } from '@millrace/pipeline'
import type { ReactNode } from 'react'
import { type FieldPath, useForm } from '../form-context.ts'
import { useStages } from './stages-context.ts'

export function StageField(props: {
  readonly name: string
  readonly stage: JsonObject
  readonly path: FieldPath
  readonly title: string
  readonly example?: string
}): ReactNode {
  const { name, stage, path, title, example } = props
  const { schema } = useStages()
  const { Field: FieldControl } = useForm()
  const known = schema.properties?.[name]
  if (known === undefined) return null
  const examples = example === undefined ? {} : { examples: [example] }
  return (
    <FieldControl
      field={{ name, schema: { ...known, title, ...examples }, required: name === 'name' }}
      path={[...path, name]}
      value={Object.hasOwn(stage, name) ? stage[name] : undefined}
    />
  )
}
