/** The name of a stage: whatever speaks of the stage follows it. */

import { type JsonObject, titleOf } from '@millrace/pipeline'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { FieldShell } from '../field-shell.tsx'
import { ownValueOf } from '../field-value.ts'
import { type ConfigFieldProps, type FieldPath, useForm } from '../form-context.ts'
import { type Address, namesIn, stagesOf } from './stage-list.ts'
import { renameStage } from './stage-references.ts'

/** A name that is empty or taken stays a draft, and says so, until it is one of its own. */
export default function StageNameField({ field, path, value }: ConfigFieldProps): ReactNode {
  const { config, endGesture } = useForm()
  const name = typeof value === 'string' ? value : ''
  const [draft, setDraft] = useState(name)
  useEffect(() => setDraft(name), [name])
  const rename = useRename(path)
  const [root] = path
  const others = namesIn(stagesOf(ownValueOf(config, String(root))))
  const taken = draft !== name && others.includes(draft)
  const refused =
    draft === name
      ? undefined
      : taken
        ? `Another stage is named "${draft}". Choose a name of its own.`
        : draft === ''
          ? 'A stage needs a name, by which expressions speak of its records.'
          : undefined
  return (
    <FieldShell title={titleOf(field.name, field.schema)} path={path}>
      {({ id, describedBy, invalid }) => (
        <>
          <input
            id={id}
            className="input mono stage-name"
            spellCheck={false}
            autoComplete="off"
            placeholder="name"
            aria-invalid={invalid || refused !== undefined}
            aria-describedby={describedBy}
            value={draft}
            onChange={({ target }) => {
              const next = target.value
              setDraft(next)
              if (next !== '' && !others.includes(next)) rename(next)
            }}
            onBlur={() => {
              setDraft(name)
              endGesture()
            }}
          />
          {refused === undefined ? null : <p className="field-problems">{refused}</p>}
        </>
      )}
    </FieldShell>
  )
}

/**
 * Each letter renames anew what was there when the typing began: a name on the way, such as `a` on
 * the way to `amount`, may be that of something else, whose references are not to be taken along.
 */
function useRename(path: FieldPath): (to: string) => void {
  const { config, fields, set } = useForm()
  const typing = useRef<{ readonly from: JsonObject; written: JsonObject }>(undefined)
  return (to) => {
    const current = typing.current
    const from = current !== undefined && current.written === config ? current.from : config
    const place = { pattern: String(path[0]), address: addressIn(path) }
    const written = renameStage(from, fields, place, to)
    typing.current = { from, written }
    set([], written)
  }
}

/** `['pattern', 2, 'group', 0, 'name']` is the name of the stage at `[2, 0]`. */
function addressIn(path: FieldPath): Address {
  return path.slice(1).filter((part) => typeof part === 'number')
}
