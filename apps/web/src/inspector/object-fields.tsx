/** The fields of an object, one below the other or two in a row. */

import type { Value } from '@millrace/pipeline'
import type { ReactNode } from 'react'
import type { Field, FieldSchema } from './field-schema.ts'
import { ownValueOf } from './field-value.ts'
import { type FieldPath, useForm } from './form-context.ts'

/** The fields of an object one below the other; short ones stand two in a row. */
export function ObjectFields(props: {
  readonly fields: readonly Field[]
  readonly path: FieldPath
  readonly value: Value | undefined
}): ReactNode {
  const { fields, path, value } = props
  const { Field: FieldControl } = useForm()
  return (
    <div className="fields">
      {fields.map((field) => (
        <div key={field.name} className="fields-cell" data-wide={!isShort(field.schema)}>
          <FieldControl
            field={field}
            path={[...path, field.name]}
            value={ownValueOf(value, field.name)}
          />
        </div>
      ))}
    </div>
  )
}

const SHORT_WIDGETS: ReadonlySet<string> = new Set([
  'duration',
  'number',
  'choice',
  'switch',
  'size',
])

function isShort({ widget = '', type, properties, anyOf, oneOf }: FieldSchema): boolean {
  if (SHORT_WIDGETS.has(widget)) return true
  const plain = properties === undefined && anyOf === undefined && oneOf === undefined
  return widget === '' && plain && (type === 'number' || type === 'boolean' || type === 'string')
}
