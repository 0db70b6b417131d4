/**
 * An object whose names the user chooses: result columns with their expressions, columns with
 * their types.
 */

import {
  alternativesOf,
  type FieldSchema,
  type JsonObject,
  titleOf,
  type Value,
} from '@millrace/pipeline'
import { Plus, X } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import { FieldShell } from '../field-shell.tsx'
import { isObject, ownValueOf } from '../field-value.ts'
import { type ConfigFieldProps, useForm } from '../form-context.ts'
import { useRowFocus } from '../use-row-focus.ts'

export function EntriesField({ field, path, value }: ConfigFieldProps): ReactNode {
  const { set, endGesture, Field: FieldControl } = useForm()
  const { name, schema } = field
  const entries = Object.entries(isObject(value) ? value : {})
  const item = itemOf(schema)
  const write = (next: readonly (readonly [string, Value])[]): void => {
    set(path, next.length === 0 ? undefined : (Object.fromEntries(next) as JsonObject))
  }
  const focus = useRowFocus(entries.length)
  const add = (): void => {
    focus.added()
    const fresh = freeName(schema, entries)
    write([...entries, [fresh, startOf(schema, fresh)]])
    endGesture()
  }
  return (
    <FieldShell
      title={titleOf(name, schema)}
      path={path}
      hint={schema.description}
      reach="exact"
      group
    >
      {() => (
        <div className="entries" ref={focus.rows} data-inline={schema.widget === 'schema'}>
          {entries.map(([key, entry], index) => (
            // The name is edited in the row itself, so only the place keeps the row the same.
            // biome-ignore lint/suspicious/noArrayIndexKey: see above
            <div key={index} className="entry">
              <EntryName
                name={key}
                taken={entries.map(([other]) => other)}
                onRename={(next) =>
                  write(entries.map((pair, other) => (other === index ? [next, pair[1]] : pair)))
                }
                onDone={endGesture}
              />
              <div className="entry-value">
                <FieldControl
                  field={{
                    name: key,
                    schema: { ...item, title: `Value of ${key}` },
                    required: true,
                  }}
                  path={[...path, key]}
                  value={entry}
                />
              </div>
              <button
                type="button"
                className="button quiet icon entry-remove"
                aria-label={`Remove ${key}`}
                onClick={() => {
                  focus.removed(index)
                  write(entries.filter((_, other) => other !== index))
                  endGesture()
                }}
              >
                <X size={13} aria-hidden />
              </button>
            </div>
          ))}
          <button type="button" className="button quiet add-row" onClick={add}>
            <Plus size={13} aria-hidden />
            {NAMES_COLUMNS.has(schema.widget ?? '') ? 'Column' : (item.title ?? 'Entry')}
          </button>
        </div>
      )}
    </FieldShell>
  )
}

/** A name that is empty or taken stays a draft, and says so, until it is one of its own. */
function EntryName(props: {
  readonly name: string
  readonly taken: readonly string[]
  readonly onRename: (name: string) => void
  readonly onDone: () => void
}): ReactNode {
  const { name, taken, onRename, onDone } = props
  const [draft, setDraft] = useState(name)
  useEffect(() => setDraft(name), [name])
  const refused =
    draft === name
      ? undefined
      : draft === ''
        ? 'A column needs a name.'
        : taken.includes(draft)
          ? `"${draft}" stands here already. Choose another name.`
          : undefined
  return (
    <div className="entry-name">
      <input
        className="input mono"
        aria-label="Name"
        spellCheck={false}
        autoComplete="off"
        aria-invalid={refused !== undefined}
        value={draft}
        onChange={({ target }) => {
          const next = target.value
          setDraft(next)
          if (next !== '' && !taken.includes(next)) onRename(next)
        }}
        onBlur={() => {
          setDraft(name)
          onDone()
        }}
      />
      {refused === undefined ? null : <p className="field-problems">{refused}</p>}
    </div>
  )
}

function itemOf({ additionalProperties }: FieldSchema): FieldSchema {
  return typeof additionalProperties === 'object' ? additionalProperties : {}
}

/** Of these each entry is a column, whatever says what is in it. */
const NAMES_COLUMNS: ReadonlySet<string> = new Set(['schema', 'generators'])

/** What can be chosen of several shapes starts as one that runs; the rest is typed. */
function startOf(schema: FieldSchema, name: string): Value {
  const item = itemOf(schema)
  if (item.default !== undefined) return item.default as Value
  const [example] = item.examples ?? []
  const isType = item.widget === 'type'
  if (isType || alternativesOf(item).length > 0) {
    const ofName = ownValueOf(schema.examples?.[0] as Value | undefined, name)
    if (ofName !== undefined) return ofName
    if (isType && typeof example === 'string') return example
    if (!isType && example !== undefined) return example as Value
  }
  return item.type === 'object' || item.properties !== undefined ? {} : ''
}

/** `total`, then `total_2`. */
function freeName(schema: FieldSchema, entries: readonly (readonly [string, Value])[]): string {
  const [example] = schema.examples ?? []
  const known = isObject(example as Value) ? Object.keys(example as JsonObject) : []
  const taken = new Set(entries.map(([name]) => name))
  const stem = NAMES_COLUMNS.has(schema.widget ?? '') ? 'column' : (known[0] ?? 'column')
  const wanted = known.find((name) => !taken.has(name)) ?? stem
  if (!taken.has(wanted)) return wanted
  for (let number = 2; ; number++) if (!taken.has(`${stem}_${number}`)) return `${stem}_${number}`
}
