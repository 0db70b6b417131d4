/** A plan whose sinks take everything and show nothing: for runs that nobody should notice. */

import type { OperatorDefinition } from './operator.ts'
import type { JobPlan } from './plan.ts'
import { process } from './process.ts'

/** Everything else is as it was, also what a checkpoint says of each node. */
export function muteSinks(plan: JobPlan): JobPlan {
  return {
    ...plan,
    nodes: plan.nodes.map((node) =>
      node.operator.category === 'sink' ? { ...node, operator: muted(node.operator) } : node,
    ),
  }
}

function muted(operator: OperatorDefinition): OperatorDefinition {
  return {
    ...operator,
    run: (_, inputs, context) =>
      process(inputs, context, { ports: operator.outputs }, () => ({
        rows: (_, __, from, to) => {
          context.ledger.passed += to - from
        },
      })),
  }
}
