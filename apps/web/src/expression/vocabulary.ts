/** The words of the expression language, from the definitions that also check and compile them. */

import { AGGREGATES, FUNCTIONS, type FunctionEntry } from '@millrace/pipeline'

/** Words of the grammar itself: what stands between columns and calls. */
export const KEYWORDS: ReadonlySet<string> = new Set(
  (
    'AND OR NOT IS NULL TRUE FALSE UNKNOWN IN BETWEEN SYMMETRIC LIKE ESCAPE CASE WHEN THEN ELSE END ' +
    'CAST TRY_CAST AS EXTRACT FROM INTERVAL DISTINCT FILTER WHERE TIMESTAMP ARRAY ' +
    'YEAR MONTH DAY HOUR MINUTE SECOND TO'
  ).split(' '),
)

/** What completion offers of them. */
export const OFFERED_KEYWORDS: readonly string[] = [
  'AND',
  'OR',
  'NOT',
  'IS NULL',
  'IS NOT NULL',
  'IS DISTINCT FROM',
  'IN',
  'BETWEEN',
  'LIKE',
  'CASE WHEN',
  'THEN',
  'ELSE',
  'END',
  'TRUE',
  'FALSE',
  'NULL',
  'INTERVAL',
]

export interface Callable {
  readonly name: string
  /** How it is written: parameters and result. */
  readonly signature: string
  readonly description: string
}

export const FUNCTION_LIST: readonly Callable[] = FUNCTIONS.flatMap(toCallables)
export const AGGREGATE_LIST: readonly Callable[] = AGGREGATES.flatMap(toCallables)
export const FUNCTION_NAMES: ReadonlySet<string> = new Set(
  [...FUNCTION_LIST, ...AGGREGATE_LIST].map(({ name }) => name),
)

function toCallables({ name, aliases, usage, description }: FunctionEntry): readonly Callable[] {
  return [name, ...aliases].map((known) => ({
    name: known,
    signature: usage[0] ?? `${known}()`,
    description,
  }))
}
