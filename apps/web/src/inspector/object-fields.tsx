/** The fields of an object, one below the other or two in a row. */

import { type Field, type Problem, titleOf, type Value } from '@millrace/pipeline'
import type { ReactNode } from 'react'
import { FieldProblems } from './field-shell.tsx'
import { ownValueOf } from './field-value.ts'
import { type FieldPath, problemsAt, useForm } from './form-context.ts'

/** The fields of an object one below the other; short ones stand two in a row. */
export function ObjectFields(props: {
  readonly fields: readonly Field[]
  readonly path: FieldPath
  readonly value: Value | undefined
}): ReactNode {
  const { path, value } = props
  const fields = props.fields.filter((field) => isOfUse(field, props.fields, value))
  const { Field: FieldControl, problems } = useForm()
  const cells = cellsOf(fields)
  const strays = path.length === 0 ? [] : strayProblems(problems, path, fields)
  return (
    <div className="fields">
      {fields.map((field, index) => (
        <div key={field.name} className="fields-cell" data-cell={cells[index]}>
          <FieldControl
            field={field}
            path={[...path, field.name]}
            value={ownValueOf(value, field.name)}
          />
        </div>
      ))}
      {strays.length > 0 ? (
        <div className="fields-cell" data-cell="wide">
          <FieldProblems problems={strays} />
        </div>
      ) : null}
    </div>
  )
}

/** What was given stays to be seen, so that it can be taken out. */
function isOfUse(
  { name, schema: { onlyWith } }: Field,
  fields: readonly Field[],
  value: Value | undefined,
): boolean {
  if (onlyWith === undefined || ownValueOf(value, name) !== undefined) return true
  const other = fields.find((field) => field.name === onlyWith.field)
  return (ownValueOf(value, onlyWith.field) ?? other?.schema.default) === onlyWith.value
}

/** Short fields stand in pairs; a problem of one may take the place below the other. */
function cellsOf(fields: readonly Field[]): readonly ('wide' | 'left' | 'right')[] {
  let left = false
  return fields.map((field) => {
    left = isShort(field) && !left
    return isShort(field) ? (left ? 'left' : 'right') : 'wide'
  })
}

/** What no field of the object shows, such as a name that it does not have. */
function strayProblems(
  problems: readonly Problem[],
  path: FieldPath,
  fields: readonly Field[],
): readonly Problem[] {
  return problemsAt(problems, path, 'below').filter(({ path: at = [] }) => {
    const next = at[path.length]
    return next !== undefined && !fields.some(({ name }) => name === next)
  })
}

const SHORT_WIDGETS: ReadonlySet<string> = new Set([
  'duration',
  'number',
  'choice',
  'switch',
  'size',
])

/** From here on a title needs a second line beside another field, and an example is cut off. */
const LONG_TITLE = 22
const LONG_TEXT = 12

function isShort({ name, schema }: Field): boolean {
  const { widget = '', type, properties, anyOf, oneOf, examples = [], unit = '' } = schema
  if (titleOf(name, schema).length + unit.length > LONG_TITLE) return false
  if (examples.some((text) => typeof text === 'string' && text.length > LONG_TEXT)) return false
  if (SHORT_WIDGETS.has(widget)) return true
  const plain = properties === undefined && anyOf === undefined && oneOf === undefined
  return widget === '' && plain && (type === 'number' || type === 'boolean' || type === 'string')
}
