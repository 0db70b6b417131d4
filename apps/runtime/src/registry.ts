/** Every operator that this host can run. */

import { runnableConnectors } from '@millrace/connectors/node'
import type { OperatorDefinition } from '@millrace/engine'
import { operators } from '@millrace/operators'
import type { Registry } from '@millrace/pipeline'

export function createRegistry(): Registry<OperatorDefinition> {
  const registry = new Map<string, OperatorDefinition>()
  for (const operator of [...operators, ...runnableConnectors]) {
    if (registry.has(operator.id)) throw new Error(`There are two operators "${operator.id}".`)
    registry.set(operator.id, operator)
  }
  return registry
}
