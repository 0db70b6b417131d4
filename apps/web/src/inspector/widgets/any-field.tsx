/**
 * A value of several kinds, typed plain: text is text, and what reads as a number, a switch or JSON
 * is that. Beside the field stands which of them it is.
 *
 * Whatever is typed is in the document at once, so the check says what is wrong with it: there is
 * no draft that could be forgotten.
 */

import { type FieldSchema, titleOf } from '@millrace/pipeline'
import { type ReactNode, useEffect, useId, useState } from 'react'
import { FieldShell } from '../field-shell.tsx'
import { type ConfigFieldProps, useForm } from '../form-context.ts'
import { type Kind, kindOf, plainText, valueOfPlain } from './cell-text.ts'
import './any-field.css'

export default function AnyField({ field, path, value }: ConfigFieldProps): ReactNode {
  const { set, endGesture } = useForm()
  const { name, schema, required } = field
  const kinds = kindsOf(schema)
  const [text, setText] = useState(plainText(value, kinds))
  const kindId = useId()
  // biome-ignore lint/correctness/useExhaustiveDependencies: the kinds are the field's own
  useEffect(() => {
    const isSame = (before: string): boolean =>
      JSON.stringify(valueOfPlain(before, kinds) ?? null) === JSON.stringify(value ?? null)
    setText((before) => (isSame(before) ? before : plainText(value, kinds)))
  }, [value])
  const type = (next: string): void => {
    setText(next)
    const typed = valueOfPlain(next, kinds)
    // An entry of a list holds its place while it is empty, and the check asks for it.
    set(path, typed === undefined && typeof path.at(-1) === 'number' ? null : typed)
  }
  const read = valueOfPlain(text, kinds)
  const kind = read === undefined ? undefined : kindOf(read)
  return (
    <FieldShell
      title={titleOf(name, schema)}
      path={path}
      hint={[schema.description, hintOf(kinds)].filter((known) => known !== undefined).join(' ')}
    >
      {({ id, describedBy, invalid }) => (
        <div className="any-field" data-kind={kind}>
          <input
            id={id}
            className="input mono"
            type="text"
            spellCheck={false}
            autoComplete="off"
            aria-invalid={invalid}
            aria-required={required}
            aria-describedby={[kindId, describedBy]
              .filter((known) => known !== undefined)
              .join(' ')}
            placeholder={placeholderOf(kinds)}
            value={text}
            onChange={({ target }) => type(target.value)}
            onBlur={() => {
              setText(plainText(value, kinds))
              endGesture()
            }}
          />
          <span className="any-kind" id={kindId}>
            {kind === undefined ? '' : KIND_WORDS[kind]}
          </span>
        </div>
      )}
    </FieldShell>
  )
}

const KIND_WORDS: Readonly<Record<Kind, string>> = {
  string: 'text',
  number: 'number',
  boolean: 'boolean',
  null: 'NULL',
  array: 'list',
  object: 'object',
}

/** Those that the schema names, or all. */
function kindsOf({ type }: FieldSchema): ReadonlySet<Kind> {
  const all = Object.keys(KIND_WORDS) as Kind[]
  if (type === undefined) return new Set(all)
  const named = new Set(typeof type === 'string' ? [type] : type)
  if (named.has('integer')) named.add('number')
  return new Set(all.filter((kind) => named.has(kind)))
}

function hintOf(kinds: ReadonlySet<Kind>): string | undefined {
  if (!kinds.has('string') || kinds.size === 1) return undefined
  return 'Text is typed as it is. In quotes "12" is text, too, and "" is the empty text.'
}

function placeholderOf(kinds: ReadonlySet<Kind>): string {
  return kinds.has('object') ? 'text, number or JSON' : 'text or number'
}
