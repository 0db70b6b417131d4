/** All functions, by name. */

import { CONDITIONAL_FUNCTIONS } from './conditional.ts'
import type { FunctionDefinition } from './definition.ts'
import { ENCODING_FUNCTIONS } from './encoding.ts'
import { HASH_FUNCTIONS } from './hash.ts'
import { JSON_FUNCTIONS } from './json.ts'
import { LIST_FUNCTIONS } from './list.ts'
import { MATH_FUNCTIONS } from './math.ts'
import { REGEXP_FUNCTIONS } from './regexp.ts'
import { parseSignature, type Signature } from './signature.ts'
import { STRING_FUNCTIONS } from './string.ts'
import { TIME_FUNCTIONS } from './time.ts'

export interface KnownFunction {
  readonly definition: FunctionDefinition
  readonly category: string
  readonly signatures: readonly Signature[]
}

const NOT_REPEATABLE =
  'its results could not be repeated in a replay. Use a column of the source, or a digest such as MD5'

type Table = readonly [category: string, definitions: readonly FunctionDefinition[]]

const TABLES: readonly Table[] = [
  ['Conditional', CONDITIONAL_FUNCTIONS],
  ['Text', STRING_FUNCTIONS],
  ['Codes and addresses', ENCODING_FUNCTIONS],
  ['Regular expressions', REGEXP_FUNCTIONS],
  ['Numbers', MATH_FUNCTIONS],
  ['Time', TIME_FUNCTIONS],
  ['Lists and types', LIST_FUNCTIONS],
  ['JSON', JSON_FUNCTIONS],
  ['Digests', HASH_FUNCTIONS],
]

/** In the order of the docs. */
export const FUNCTIONS: readonly KnownFunction[] = TABLES.flatMap(([category, definitions]) => {
  return definitions.map((definition) => {
    return { definition, category, signatures: definition.signatures.map(parseSignature) }
  })
})

export const FUNCTIONS_BY_NAME: ReadonlyMap<string, KnownFunction> = new Map(
  FUNCTIONS.flatMap((known) => {
    const { name, aliases = [] } = known.definition
    return [name, ...aliases].map((each) => [each, known] as const)
  }),
)

/** Functions of Flink that are not available, and what to use instead. */
export const UNAVAILABLE_FUNCTIONS: ReadonlyMap<string, string> = new Map([
  ['RAND', NOT_REPEATABLE],
  ['RAND_INTEGER', NOT_REPEATABLE],
  ['UUID', NOT_REPEATABLE],
  ['TO_DATE', "type date is reserved and not available yet. Use TO_TIMESTAMP(text, 'yyyy-MM-dd')"],
  [
    'CURRENT_DATE',
    'type date is reserved and not available yet. Use FLOOR(CURRENT_TIMESTAMP TO DAY)',
  ],
  [
    'CURRENT_TIME',
    "there is no type for a time of day. Use DATE_FORMAT(CURRENT_TIMESTAMP, 'HH:mm:ss')",
  ],
  [
    'LOCALTIME',
    "there is no type for a time of day. Use DATE_FORMAT(CURRENT_TIMESTAMP, 'HH:mm:ss')",
  ],
  ['CURRENT_WATERMARK', 'late records leave by their own port. Use the late port of the operator'],
  ['STR_TO_MAP', 'type map is reserved and not available yet. Use REGEXP_EXTRACT or JSON'],
  ['ENCODE', 'type bytes is reserved and not available yet. Use TO_BASE64'],
  ['DECODE', 'type bytes is reserved and not available yet. Use FROM_BASE64'],
])
