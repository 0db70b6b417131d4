/**
 * What a backfill of an edited pipeline would do, by the two versions alone: what the edit reaches
 * and is made anew from old records, what goes on as it is, and what speaks against it.
 */

import {
  isSameNode,
  type JobPlan,
  type OperatorDefinition,
  type PlanNode,
  planAbove,
  reachedNodes,
  toJobPlan,
  writesOutside,
} from '@millrace/engine'
import { type CheckedPipeline, isTable } from '@millrace/pipeline'

type Checked = CheckedPipeline<OperatorDefinition>

export interface BackfillPlan {
  readonly live: JobPlan
  readonly next: JobPlan
  /** What is run over old records: what the edit reaches, and all above it. */
  readonly backfilled: JobPlan
  readonly reached: ReadonlySet<string>
  /** Of each source that is read, the source of the running job that it follows, if any. */
  readonly follows: ReadonlyMap<string, string>
  /** Why it cannot be done, in sentences with what to do instead; none where it can. */
  readonly reasons: readonly string[]
  /** What whoever starts it should know. */
  readonly notices: readonly string[]
}

export function planBackfill(before: Checked, now: Checked): BackfillPlan {
  const [live, next] = [toJobPlan(before), toJobPlan(now)]
  const reached = reachedNodes(live, next)
  const backfilled = planAbove(next, reached)
  const sources = backfilled.nodes.filter(({ operator }) => operator.inputs.length === 0)
  const follows = new Map<string, string>()
  const reasons = [
    ...(reached.size === 0 ? [NOTHING_EDITED] : []),
    ...sources.flatMap((source) => whyNotSource(source, live, follows, now)),
    ...next.nodes.filter(writesOutside).flatMap((sink) => whyNotSink(sink, live, reached, now)),
  ]
  return { live, next, backfilled, reached, follows, reasons, notices: notices(live, next, now) }
}

const NOTHING_EDITED =
  'The version is what runs already, so there is nothing to make anew. Edit the pipeline, or stop the ' +
  'job and start it at the earliest record.'

/** Notes in `follows` which source of the running job it goes with. */
function whyNotSource(
  source: PlanNode,
  live: JobPlan,
  follows: Map<string, string>,
  checked: Checked,
): readonly string[] {
  const { operator, config } = source
  const what = `Source ${named(source, checked)} (${operator.title})`
  if (operator.startAt === undefined || operator.topicPlaces === undefined) {
    return [
      `${what} reads no topic, so its old records cannot be read again. Let its records go through a topic, ` +
        'or deploy the edit without a backfill: nodes keep what they can.',
    ]
  }
  if ((config as { readonly bounded?: unknown }).bounded === true) {
    return [
      `${what} ends by itself ("bounded"), so there is nothing to switch to. Wait for its end, and run the ` +
        'new version from the earliest record.',
    ]
  }
  const topic = topicOf(source)
  const others = live.nodes.filter((node) => node.operator.inputs.length === 0)
  const readers = others.filter((node) => topicOf(node) === topic)
  const same = readers.find(({ id }) => id === source.id)
  const followed = same ?? (readers.length === 1 ? readers[0] : undefined)
  if (followed !== undefined) {
    follows.set(source.id, followed.id)
    return []
  }
  if (readers.length === 0) return []
  const names = readers.map(({ id }) => `"${id}"`).join(', ')
  return [
    `${what} reads topic "${topic}", as ${names} of the running job do, and it is not clear which of them it ` +
      'takes the place of. Give it the id of one of them.',
  ]
}

function whyNotSink(
  sink: PlanNode,
  live: JobPlan,
  reached: ReadonlySet<string>,
  checked: Checked,
): readonly string[] {
  const before = live.nodes.find(({ id }) => id === sink.id)
  const what = `Sink ${named(sink, checked)} (${sink.operator.title})`
  if (before !== undefined && !isSameNode(before, sink)) {
    return [
      `${what} was edited, and a switch needs sinks that go on as they are. Take that edit back and deploy ` +
        'it by itself, before or afterwards.',
    ]
  }
  if (!reached.has(sink.id) || !Object.values(sink.inputSchemas).some(isTable)) return []
  return [
    `${what} takes a table, and rows that it has written before would stay as the old version gave them. ` +
      'Write the table into a view, which is made anew, or give the new version a sink of its own and run ' +
      'it as a pipeline of its own from the earliest record.',
  ]
}

function notices(live: JobPlan, next: JobPlan, checked: Checked): readonly string[] {
  const ids = (plan: JobPlan) => new Set(plan.nodes.filter(writesOutside).map(({ id }) => id))
  const [before, now] = [ids(live), ids(next)]
  const added = next.nodes.filter(({ id }) => now.has(id) && !before.has(id))
  const gone = [...before].filter((id) => !now.has(id))
  return [
    ...added.map(
      (sink) => `Sink ${named(sink, checked)} is new: it begins with what comes after the switch.`,
    ),
    ...gone.map((id) => `Sink "${id}" is not in the new version: what it has written stays.`),
  ]
}

function topicOf({ operator, config }: PlanNode): string | undefined {
  return operator.topics?.(config)[0]?.topic
}

function named({ id }: PlanNode, checked: Checked): string {
  const title = checked.nodes.get(id)?.title ?? id
  return `"${title}"`
}
