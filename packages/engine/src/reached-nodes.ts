/**
 * What an edit reaches: the nodes that are others than before, and all below them. What the others
 * have kept means the same in both versions, and so does what they have sent on.
 */

import { textOf } from './checkpoint-fit.ts'
import type { JobPlan, PlanNode } from './plan.ts'

/** The nodes of `now` that are not what they were, or come to hear of one that is not. */
export function reachedNodes(before: JobPlan, now: JobPlan): ReadonlySet<string> {
  const known = new Map(before.nodes.map((node) => [node.id, node]))
  const reached = new Set<string>()
  for (const node of now.nodes) {
    const old = known.get(node.id)
    const isSame = old !== undefined && wordingOf(old, before) === wordingOf(node, now)
    const above = now.edges.filter(({ to }) => to.node === node.id)
    if (!isSame || above.some(({ from }) => reached.has(from.node))) reached.add(node.id)
  }
  return reached
}

/** The nodes with these ids and all above them, with the edges between them. */
export function planAbove(plan: JobPlan, ids: ReadonlySet<string>): JobPlan {
  const wanted = new Set(ids)
  for (const node of plan.nodes.toReversed()) {
    if (!wanted.has(node.id)) continue
    for (const { from, to } of plan.edges) if (to.node === node.id) wanted.add(from.node)
  }
  return {
    ...plan,
    nodes: plan.nodes.filter(({ id }) => wanted.has(id)),
    edges: plan.edges.filter(({ from, to }) => wanted.has(from.node) && wanted.has(to.node)),
  }
}

/** Whether a node itself is as it was, whatever comes to it. */
export function isSameNode(before: PlanNode, now: PlanNode): boolean {
  return settingsText(before) === settingsText(now)
}

function settingsText({ operator, config }: PlanNode): string {
  return textOf([operator.id, config])
}

function wordingOf(node: PlanNode, { edges }: JobPlan): string {
  const into = edges
    .filter(({ to }) => to.node === node.id)
    .map(({ from, to }) => `${from.node}.${from.port} ${to.port}`)
    .sort()
  return textOf([settingsText(node), into, node.inputSchemas])
}
