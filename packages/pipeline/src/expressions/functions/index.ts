/** All functions, by name. */

import { CONDITIONAL_FUNCTIONS } from './conditional.ts'
import type { FunctionDefinition } from './definition.ts'
import { parseSignature, type Signature } from './signature.ts'

export interface KnownFunction {
  readonly definition: FunctionDefinition
  readonly category: string
  readonly signatures: readonly Signature[]
}

const TABLES: readonly (readonly [category: string, definitions: readonly FunctionDefinition[]])[] =
  [['Conditional', CONDITIONAL_FUNCTIONS]]

/** In the order of the docs. */
export const FUNCTIONS: readonly KnownFunction[] = TABLES.flatMap(([category, definitions]) => {
  return definitions.map((definition) => {
    return { definition, category, signatures: definition.signatures.map(parseSignature) }
  })
})

export const FUNCTIONS_BY_NAME: ReadonlyMap<string, KnownFunction> = new Map(
  FUNCTIONS.map((known) => [known.definition.name, known]),
)
