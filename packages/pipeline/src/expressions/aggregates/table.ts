/** All aggregates, by name. */

import { parseSignature, type Signature } from '../functions/signature.ts'
import { COUNTING_AGGREGATES } from './counting.ts'
import type { AggregateDefinition } from './definition.ts'
import { EXTREME_AGGREGATES } from './extremes.ts'
import { ORDERED_AGGREGATES } from './ordered.ts'
import { STATISTICS_AGGREGATES } from './statistics.ts'
import { SUM_AGGREGATES } from './sums.ts'

export interface KnownAggregate {
  readonly definition: AggregateDefinition
  readonly signatures: readonly Signature[]
}

/** In the order of the docs. */
export const AGGREGATES: readonly KnownAggregate[] = [
  ...COUNTING_AGGREGATES,
  ...SUM_AGGREGATES,
  ...EXTREME_AGGREGATES,
  ...ORDERED_AGGREGATES,
  ...STATISTICS_AGGREGATES,
].map((definition) => ({ definition, signatures: definition.signatures.map(parseSignature) }))

export const AGGREGATES_BY_NAME: ReadonlyMap<string, KnownAggregate> = new Map(
  AGGREGATES.map((known) => [known.definition.name, known]),
)
