/**
 * A plan whose sources read topics as somebody shows them, and never count a partition as silent:
 * for a run that follows another one, and must stand where that one stands.
 */

import type { OperatorDefinition, RunContext } from './operator.ts'
import type { JobPlan } from './plan.ts'
import type { SourceReader } from './source.ts'
import type { Topics } from './topics.ts'

/** `topicsOf` is asked once for each source, as it starts. */
export function holdSources(plan: JobPlan, topicsOf: (nodeId: string) => Topics): JobPlan {
  return {
    ...plan,
    nodes: plan.nodes.map((node) =>
      node.operator.inputs.length === 0
        ? { ...node, operator: held(node.operator, topicsOf) }
        : node,
    ),
  }
}

function held(
  operator: OperatorDefinition,
  topicsOf: (nodeId: string) => Topics,
): OperatorDefinition {
  const read = (config: unknown, context: RunContext): SourceReader => {
    const env = { ...context.env, topics: topicsOf(context.nodeId) }
    if (operator.read === undefined) throw new Error(`Operator "${operator.id}" reads nothing.`)
    return neverIdle(operator.read(config, { ...context, env }))
  }
  return { ...operator, read }
}

function neverIdle(reader: SourceReader): SourceReader {
  if (reader.watermark?.idleTimeoutMs === undefined) return reader
  const { idleTimeoutMs: _, ...watermark } = reader.watermark
  return {
    bounded: reader.bounded,
    replayable: reader.replayable ?? false,
    watermark,
    get partitions() {
      return reader.partitions ?? 1
    },
    ...(reader.ports === undefined ? {} : { ports: reader.ports }),
    read: (rowsMax) => reader.read(rowsMax),
    close: () => reader.close(),
  }
}
