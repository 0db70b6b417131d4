/** What every field of a form needs of the node it belongs to. */

import type { Field, JsonObject, Problem, StreamSchema, Value } from '@millrace/pipeline'
import { type ComponentType, createContext, useContext } from 'react'

export type FieldPath = readonly (string | number)[]

export interface ConfigFieldProps {
  readonly field: Field
  readonly path: FieldPath
  readonly value: Value | undefined
}

/** What comes in by one port. */
export interface FormInput {
  readonly port: string
  /** Undefined while it is not connected, or while what is before it is not set up. */
  readonly schema: StreamSchema | undefined
}

export interface FormState {
  readonly nodeId: string
  /** Draws a field inside of another one: which control it has, only the form knows. */
  readonly Field: ComponentType<ConfigFieldProps>
  readonly problems: readonly Problem[]
  readonly fields: readonly Field[]
  readonly config: JsonObject
  /** In the order of the operator's ports. */
  readonly inputs: readonly FormInput[]
  /** Columns that the node's own `schema` field declares: what a source's other fields speak of. */
  readonly ownColumns: readonly string[]
  set(path: FieldPath, value: Value | undefined): void
  /** The next change of any field is a step of its own. */
  endGesture(): void
}

export const FormContext = createContext<FormState | undefined>(undefined)

export function useForm(): FormState {
  const form = useContext(FormContext)
  if (form === undefined) throw new Error('A field stands outside of a form.')
  return form
}

/** The columns that a field at this path may name, in the order in which they come. */
export function columnsAt({ inputs, ownColumns }: FormState, path: FieldPath): readonly string[] {
  if (inputs.length === 0) return ownColumns
  // Of a pair of columns the first stands for the first input, the second for the second.
  const last = path.at(-1)
  const isPair = inputs.length > 1 && typeof last === 'number'
  const chosen = isPair ? inputs.slice(last, last + 1) : inputs
  return [...new Set(chosen.flatMap(({ schema }) => schema?.columns.map(({ name }) => name) ?? []))]
}

/** Problems at the path, and where the field has no fields of its own, below it. */
export function problemsAt(
  problems: readonly Problem[],
  path: FieldPath,
  reach: 'exact' | 'below',
): readonly Problem[] {
  return problems.filter((problem) => {
    const at = problem.path
    if (at === undefined || at.length < path.length) return false
    if (reach === 'exact' && at.length !== path.length) return false
    return path.every((part, index) => String(part) === String(at[index]))
  })
}
