/** What the nodes of a pipeline read and write outside of it, by name. */

import type { OperatorDescription } from '../operator.ts'
import type { Place } from '../wire/places.ts'
import type { CheckedPipeline } from './check.ts'

/** The files, topics and webhooks of all nodes that could be read. */
export function placesOf({
  nodes,
}: Pick<CheckedPipeline<OperatorDescription>, 'nodes'>): readonly Place[] {
  return [...nodes.values()].flatMap(({ id: nodeId, operator, config }): Place[] => {
    const files = operator.files?.(config) ?? []
    // A webhook makes its topic itself.
    const topics = operator.webhooks === undefined ? (operator.topics?.(config) ?? []) : []
    const webhooks = operator.webhooks?.(config) ?? []
    return [
      ...files.map(({ path, use }) => ({ nodeId, kind: 'file' as const, path, use })),
      ...topics.map(({ topic, use }) => ({ nodeId, kind: 'topic' as const, topic, use })),
      ...webhooks.map(({ path }) => ({ nodeId, kind: 'webhook' as const, path })),
    ]
  })
}
