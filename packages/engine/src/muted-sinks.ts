/** A plan whose sinks take everything and show nothing: for runs that nobody should notice. */

import type { OperatorDefinition } from './operator.ts'
import type { JobPlan, PlanNode } from './plan.ts'
import { process } from './process.ts'

/** Everything else is as it was, also what a checkpoint says of each node. */
export function muteSinks(plan: JobPlan, isMuted: (node: PlanNode) => boolean = isSink): JobPlan {
  return {
    ...plan,
    nodes: plan.nodes.map((node) =>
      isMuted(node) ? { ...node, operator: muted(node.operator) } : node,
    ),
  }
}

function isSink({ operator }: PlanNode): boolean {
  return operator.category === 'sink'
}

/** Others have what such a sink has taken. The rows of one that does not are part of the job. */
export function writesOutside({ operator }: Pick<PlanNode, 'operator'>): boolean {
  return operator.category === 'sink' && operator.inspectRows === undefined
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
