/** Every operator, ready to run. */

import { runnableConnectors } from '../../packages/connectors/src/node.ts'
import { operators } from '../../packages/operators/src/index.ts'
import type { Catalogue } from './simulate.ts'

export const CATALOGUE: Catalogue = new Map(
  [...operators, ...runnableConnectors].map((operator) => [operator.id, operator] as const),
)
