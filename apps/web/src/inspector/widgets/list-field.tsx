/** A list of anything: routes, pairs of columns, plain values. */

import { type FieldSchema, propertiesOf, titleOf, type Value } from '@millrace/pipeline'
import { Plus, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { FieldProblems, FieldShell } from '../field-shell.tsx'
import { type ConfigFieldProps, type FieldPath, problemsAt, useForm } from '../form-context.ts'
import { ObjectFields } from '../object-fields.tsx'
import { useRowFocus } from '../use-row-focus.ts'

export default function ListField({ field, path, value }: ConfigFieldProps): ReactNode {
  const { set, endGesture, problems } = useForm()
  const { name, schema } = field
  const items: readonly Value[] = Array.isArray(value) ? value : []
  const item = typeof schema.items === 'object' ? schema.items : {}
  const title = titleOf(name, schema)
  const write = (next: readonly Value[]): void => {
    set(path, next.length === 0 ? undefined : next)
    endGesture()
  }
  const focus = useRowFocus(items.length)
  return (
    <FieldShell title={title} path={path} hint={schema.description} reach="exact" group>
      {() => (
        <div className="entries" ref={focus.rows}>
          {items.map((entry, index) => (
            // An item is known by its place, in the document and in the problems.
            // biome-ignore lint/suspicious/noArrayIndexKey: see above
            <div key={index} className="entry list-entry">
              <div className="list-item">
                <ListItem schema={item} path={[...path, index]} value={entry} />
                {isPlain(item) ? null : (
                  <FieldProblems problems={problemsAt(problems, [...path, index], 'exact')} />
                )}
              </div>
              <button
                type="button"
                className="button quiet icon entry-remove"
                aria-label={`Remove entry ${index + 1} of ${title}`}
                onClick={() => {
                  focus.removed(index)
                  write(items.filter((_, other) => other !== index))
                }}
              >
                <X size={13} aria-hidden />
              </button>
            </div>
          ))}
          <button
            type="button"
            className="button quiet add-row"
            onClick={() => {
              focus.added()
              write([...items, startOf(item)])
            }}
          >
            <Plus size={13} aria-hidden />
            {item.prefixItems === undefined ? (item.title ?? 'Entry') : 'Pair'}
          </button>
        </div>
      )}
    </FieldShell>
  )
}

function ListItem(props: {
  readonly schema: FieldSchema
  readonly path: FieldPath
  readonly value: Value
}): ReactNode {
  const { schema, path, value } = props
  const { Field: FieldControl } = useForm()
  if (schema.prefixItems !== undefined) {
    const parts: readonly Value[] = Array.isArray(value) ? value : []
    return (
      <div className="pair">
        {schema.prefixItems.map((part, index) => {
          const title = part.title ?? `Part ${index + 1}`
          return (
            <FieldControl
              key={title}
              field={{ name: title, schema: part, required: true }}
              path={[...path, index]}
              value={parts[index]}
            />
          )
        })}
      </div>
    )
  }
  if (schema.properties !== undefined) {
    return <ObjectFields fields={propertiesOf(schema)} path={path} value={value} />
  }
  const name = `Entry ${Number(path.at(-1)) + 1}`
  return <FieldControl field={{ name, schema, required: true }} path={path} value={value} />
}

/** A plain value has a control of its own, which says what is wrong with it. */
function isPlain({ prefixItems, properties }: FieldSchema): boolean {
  return prefixItems === undefined && properties === undefined
}

/** Pairs hold their places from the start, so that the second can be chosen before the first. */
function startOf(schema: FieldSchema): Value {
  if (schema.prefixItems !== undefined) return schema.prefixItems.map(() => '')
  if (schema.properties !== undefined || schema.type === 'object') return {}
  if (schema.type === 'number' || schema.type === 'integer') return schema.minimum ?? 1
  // What may be of several kinds is none of them yet.
  if (Array.isArray(schema.type)) return null
  return schema.type === 'boolean' ? false : ''
}
