/**
 * Where the sources of a job begin that goes on from nothing, where somebody wants it elsewhere
 * than the pipeline says.
 */

import type { TopicPlace } from './operator.ts'
import type { JobPlan, PlanNode } from './plan.ts'

export type StartAt =
  | { readonly kind: 'earliest' }
  | { readonly kind: 'latest' }
  /** At the first record of each partition whose time is not before it. */
  | { readonly kind: 'timestamp'; readonly timestampMs: number }
  /** Partitions that are not named begin where the pipeline says. */
  | { readonly kind: 'offsets'; readonly offsets: readonly TopicPlace[] }

export interface StartedPlan {
  /** The same plan, but for the configs of its sources. */
  readonly plan: JobPlan
  /** Why it cannot begin there, in sentences with the choices; none where it can. */
  readonly reasons: readonly string[]
}

export function planStartingAt(plan: JobPlan, at: StartAt): StartedPlan {
  const sources = plan.nodes.filter(({ operator }) => operator.inputs.length === 0)
  const movable = sources.filter(({ operator }) => operator.startAt !== undefined)
  const nodes = plan.nodes.map((node) => movedTo(node, at))
  return { plan: { ...plan, nodes }, reasons: whyNot(sources, movable, at) }
}

function movedTo(node: PlanNode, at: StartAt): PlanNode {
  const { operator, config } = node
  if (operator.startAt === undefined) return node
  return { ...node, config: operator.startAt(config, at) }
}

function whyNot(
  sources: readonly PlanNode[],
  movable: readonly PlanNode[],
  at: StartAt,
): readonly string[] {
  // Every source begins at its earliest record, if nobody wants anything else.
  if (at.kind === 'earliest') return []
  const topics = movable.flatMap(({ operator, config }) => operator.topics?.(config) ?? [])
  const names = [...new Set(topics.map(({ topic }) => topic))]
  if (at.kind === 'offsets') return at.offsets.flatMap((place) => whyNoPlace(place, names))
  const where = at.kind === 'latest' ? 'behind its latest record' : 'at a time'
  return sources
    .filter((source) => !movable.includes(source))
    .map(
      ({ id, operator }) =>
        `Source "${id}" (${operator.title}) cannot begin ${where}: only sources of topics can. Begin at the ` +
        'earliest record, name offsets of topics, or go on from a checkpoint or a savepoint.',
    )
}

function whyNoPlace({ topic }: TopicPlace, names: readonly string[]): readonly string[] {
  if (names.includes(topic)) return []
  const read = names.length === 0 ? 'It reads none.' : `It reads ${names.join(', ')}.`
  return [`No source of this pipeline reads topic "${topic}". ${read} Correct the name.`]
}
