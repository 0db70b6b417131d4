/** A node with its operator found and its config read, as far as that is possible. */

import { type AssumedConfig, assumeFigures } from '../config/assumed-config.ts'
import { createConfigProblems } from '../config/config-problems.ts'
import type { OperatorDescription, Registry } from '../operator.ts'
import { type Pipeline, type PipelineNode, refuseNodeId } from './format.ts'
import type { Report } from './report.ts'

export interface PlacedNode<Operator extends OperatorDescription = OperatorDescription> {
  readonly id: string
  readonly node: PipelineNode
  /** Absent if it is not in the registry. */
  readonly operator?: Operator
  /** What the operator's schema made of the config; absent if it was refused. */
  readonly config?: { readonly value: unknown }
  /** Instead of a config of which only figures were refused. */
  readonly assumed?: AssumedConfig
  /** The names of the outputs; absent if they depend on what was refused. */
  readonly outputs?: readonly string[]
}

/** Every node, in the order of ids. */
export function placeNodes<Operator extends OperatorDescription>(
  pipeline: Pipeline,
  registry: Registry<Operator>,
  report: Report,
): ReadonlyMap<string, PlacedNode<Operator>> {
  const placed = new Map<string, PlacedNode<Operator>>()
  for (const id of [...pipeline.nodes.keys()].sort()) {
    const node = pipeline.nodes.get(id)
    if (node === undefined) continue
    const refused = refuseNodeId(id)
    if (refused !== undefined) {
      report.add({ code: 'bad-node-id', path: ['nodes', id], message: refused })
    }
    placed.set(id, placeNode(id, node, registry, report))
  }
  return placed
}

function placeNode<Operator extends OperatorDescription>(
  id: string,
  node: PipelineNode,
  registry: Registry<Operator>,
  report: Report,
): PlacedNode<Operator> {
  const operator = registry.get(node.operator)
  if (operator === undefined) {
    const known = [...registry.keys()].sort()
    const advice = report.advice(node.operator, known, `Operators are ${known.join(', ')}.`)
    const message = `"${node.operator}" is not an operator.${advice}`
    report.add({ code: 'unknown-operator', nodeId: id, message })
    return { id, node }
  }
  const read = operator.config.safeParse(node.config)
  if (read.success) {
    return {
      id,
      node,
      operator,
      config: { value: read.data },
      outputs: outputs(operator, read.data),
    }
  }
  const owner = { name: `operator "${operator.id}"`, schema: operator.config }
  for (const problem of createConfigProblems(read.error, node.config, owner)) {
    report.add({ ...problem, nodeId: id })
  }
  const assumed = assumeFigures(operator.config, node.config, read.error)
  if (assumed !== undefined) {
    return { id, node, operator, assumed, outputs: outputs(operator, assumed.value) }
  }
  if (operator.outputPorts !== undefined) return { id, node, operator }
  return { id, node, operator, outputs: operator.outputs }
}

function outputs(operator: OperatorDescription, config: unknown): readonly string[] {
  return [...new Set([...(operator.outputPorts?.(config) ?? []), ...operator.outputs])]
}
