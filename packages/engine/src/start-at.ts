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

/** `ends`: sources end behind what is there when they begin, which each of them must be able to. */
export function planStartingAt(plan: JobPlan, at: StartAt, ends = false): StartedPlan {
  const sources = plan.nodes.filter(({ operator }) => operator.inputs.length === 0)
  const movable = sources.filter(({ operator }) => operator.startAt !== undefined)
  const nodes = plan.nodes.map((node) => movedTo(node, at, ends))
  return { plan: { ...plan, nodes }, reasons: whyNot(sources, movable, at, ends) }
}

function movedTo(node: PlanNode, at: StartAt, ends: boolean): PlanNode {
  const { operator, config } = node
  if (operator.startAt === undefined) return node
  return { ...node, config: operator.startAt(config, at, ends) }
}

function whyNot(
  sources: readonly PlanNode[],
  movable: readonly PlanNode[],
  at: StartAt,
  ends: boolean,
): readonly string[] {
  const fixed = sources.filter((source) => !movable.includes(source))
  if (ends && fixed.length > 0) {
    return fixed.map(
      ({ id, operator }) =>
        `Source "${id}" (${operator.title}) reads no topic, so there is nothing that it could read again. ` +
        'Record the running job instead.',
    )
  }
  // Every source begins at its earliest record, if nobody wants anything else.
  if (at.kind === 'earliest') return []
  const topics = movable.flatMap(({ operator, config }) => operator.topics?.(config) ?? [])
  const names = [...new Set(topics.map(({ topic }) => topic))]
  if (at.kind === 'offsets') return at.offsets.flatMap((place) => whyNoPlace(place, names))
  const where = at.kind === 'latest' ? 'behind its latest record' : 'at a time'
  return fixed.map(
    ({ id, operator }) =>
      `Source "${id}" (${operator.title}) cannot begin ${where}: only sources of topics and webhooks can. Begin at the ` +
      'earliest record, name offsets of topics, or go on from a checkpoint or a savepoint.',
  )
}

function whyNoPlace({ topic }: TopicPlace, names: readonly string[]): readonly string[] {
  if (names.includes(topic)) return []
  const read = names.length === 0 ? 'It reads none.' : `It reads ${names.join(', ')}.`
  return [`No source of this pipeline reads topic "${topic}". ${read} Correct the name.`]
}
