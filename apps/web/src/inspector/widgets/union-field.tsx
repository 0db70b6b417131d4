/** A field with several shapes: kinds of windows, or a column that may be told more about. */

import {
  alternativesOf,
  type FieldSchema,
  propertiesOf,
  titleOf,
  type Value,
} from '@millrace/pipeline'
import type { ReactNode } from 'react'
import { FieldShell } from '../field-shell.tsx'
import { isObject } from '../field-value.ts'
import { type ConfigFieldProps, useForm } from '../form-context.ts'
import { ObjectFields } from '../object-fields.tsx'

export function UnionField(props: ConfigFieldProps): ReactNode {
  const { field, path, value } = props
  const { set, endGesture, Field: FieldControl } = useForm()
  const { name, schema, required } = field
  const branches = alternativesOf(schema)
  const [only] = branches
  if (branches.length === 1 && only !== undefined) {
    return <FieldControl {...props} field={{ ...field, schema: { ...schema, ...only } }} />
  }
  const current = branchOf(branches, value)
  const branch = branches[current]
  const choose = (text: string): void => {
    const chosen = branches[Number(text)]
    set(path, chosen === undefined ? undefined : convert(value, chosen))
    endGesture()
  }
  const title = titleOf(name, schema)
  const reach = branch === undefined || hasFields(branch) ? 'exact' : 'none'
  return (
    <FieldShell title={title} path={path} hint={schema.description} reach={reach} group>
      {() => (
        <div className="union">
          <select
            className="input"
            aria-label={`Kind of ${title}`}
            value={current < 0 ? '' : `${current}`}
            onChange={({ target }) => choose(target.value)}
          >
            {required && current >= 0 ? null : <option value="">not set</option>}
            {branches.map((candidate, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: alternatives have no other name
              <option key={index} value={`${index}`}>
                {branchTitle(candidate, index)}
              </option>
            ))}
          </select>
          {branch === undefined ? null : <BranchField {...props} branch={branch} />}
        </div>
      )}
    </FieldShell>
  )
}

/** Otherwise it is a field of its own, at the same path. */
function hasFields({ properties, type }: FieldSchema): boolean {
  return properties !== undefined || type === 'null'
}

function BranchField(props: ConfigFieldProps & { readonly branch: FieldSchema }): ReactNode {
  const { branch, field, path, value } = props
  const { Field: FieldControl } = useForm()
  if (branch.properties !== undefined) {
    const fields = propertiesOf(branch).filter(({ schema }) => schema.const === undefined)
    return <ObjectFields fields={fields} path={path} value={value} />
  }
  const inner = { ...field, schema: { ...branch, title: branchTitle(branch, 0) } }
  return branch.type === 'null' ? null : <FieldControl field={inner} path={path} value={value} />
}

/**
 * The alternative that the value is meant for, or -1: by its constants first, then by its shape.
 */
export function branchOf(branches: readonly FieldSchema[], value: Value | undefined): number {
  if (value === undefined) return -1
  const constant = branches.findIndex((branch) => {
    const fixed = propertiesOf(branch).filter(({ schema }) => schema.const !== undefined)
    return (
      fixed.length > 0 &&
      isObject(value) &&
      fixed.every(({ name, schema }) => Object.hasOwn(value, name) && value[name] === schema.const)
    )
  })
  return constant >= 0 ? constant : branches.findIndex((branch) => branch.type === typeOf(value))
}

/** What both shapes know is carried over: the size of a window, the column of a time. */
export function convert(value: Value | undefined, branch: FieldSchema): Value {
  if (branch.properties === undefined) {
    if (branch.type !== 'string') return branch.type === 'array' ? [] : 0
    const texts = isObject(value) ? Object.values(value).filter((v) => typeof v === 'string') : []
    return texts[0] ?? (typeof value === 'string' ? value : '')
  }
  const known = propertiesOf(branch)
  const first = known.find(({ schema }) => schema.const === undefined)?.name
  const before = isObject(value) ? value : {}
  const entries = known.flatMap(({ name, schema }): [string, Value][] => {
    if (schema.const !== undefined) return [[name, schema.const as Value]]
    if (Object.hasOwn(before, name)) return [[name, before[name] ?? null]]
    return typeof value === 'string' && value !== '' && name === first ? [[name, value]] : []
  })
  return Object.fromEntries(entries)
}

function branchTitle({ title, type, widget, properties }: FieldSchema, index: number): string {
  if (properties === undefined && widget === 'column') return 'Column'
  if (title !== undefined) return title
  if (properties !== undefined) {
    return `With ${Object.keys(properties).slice(1).join(' or ') || 'fields'}`
  }
  return typeof type === 'string' ? type : `Form ${index + 1}`
}

function typeOf(value: Value): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}
