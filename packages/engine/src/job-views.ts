/** What a running job shows of its nodes. */

import type { BusyMeter } from './busy-meter.ts'
import type { JobGraph } from './job-graph.ts'
import type { NodeView } from './job-options.ts'
import type { TopicPlace } from './operator.ts'
import type { SourceProgress } from './source-node.ts'

/** Where each node stands, by id. */
export function viewNodes(graph: JobGraph, meter: BusyMeter): ReadonlyMap<string, NodeView> {
  return new Map(
    graph.nodes.map(({ node, context }, depth) => {
      const { watermarkMs, idle, inputs } = context.progress
      const busyMs = meter.busyMs(depth)
      return [node.id, { ledger: context.ledger.toJson(), watermarkMs, idle, inputs, busyMs }]
    }),
  )
}

/** How far each source with event time has come, by id. */
export function viewSources(graph: JobGraph): ReadonlyMap<string, SourceProgress> {
  return new Map(
    graph.sources.flatMap(({ nodeId, progress }) =>
      progress === undefined ? [] : [[nodeId, progress]],
    ),
  )
}

/** What the nodes keep, about; what is outside of memory counts. */
export function stateBytes(nodes: JobGraph['nodes']): number {
  return nodes.reduce((sum, { state }) => {
    const { bytes, spilledBytes } = state.size()
    return sum + bytes + spilledBytes
  }, 0)
}

/** See `Job.topicPlaces`. */
export function topicPlaces(graph: JobGraph): ReadonlyMap<string, readonly TopicPlace[]> {
  const places = new Map<string, readonly TopicPlace[]>()
  for (const { node, source } of graph.nodes) {
    const { operator, config } = node
    if (source?.position === undefined || operator.topicPlaces === undefined) continue
    places.set(node.id, operator.topicPlaces(config, source.position))
  }
  return places
}
