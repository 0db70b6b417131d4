/**
 * One checkpoint of two: a job's own, and that of another version which has read what the job has
 * read. The other version begins with it where the job stopped.
 *
 * ```text
 *   node                     state        position, books   watermarks
 *   the edit reaches it      next         next              next
 *   what writes outside      live         live              next, where the edit reaches it
 *   all others               live         live              live
 * ```
 *
 * Both must stand at the same records of each source, and at the same watermarks.
 */

import { encodeMeta, type JobMeta, nodeOfEntry, type SavedNode } from './checkpoint.ts'
import { identityOf } from './checkpoint-fit.ts'
import type { StateChange, StateChanges } from './checkpoint-store.ts'
import { writesOutside } from './muted-sinks.ts'
import type { JobPlan, PlanNode } from './plan.ts'

export interface CheckpointPart {
  readonly meta: JobMeta
  readonly entries: StateChanges
}

export interface ComposedParts {
  /** Of the version that begins with it. */
  readonly plan: JobPlan
  readonly reached: ReadonlySet<string>
  readonly live: CheckpointPart
  readonly next: CheckpointPart
}

export interface ComposedCheckpoint {
  readonly meta: Uint8Array
  readonly entries: AsyncIterable<StateChange>
}

export function composeCheckpoint(parts: ComposedParts): ComposedCheckpoint {
  const { plan, live } = parts
  const nodes = plan.nodes.flatMap((node): readonly (readonly [string, SavedNode])[] => {
    const saved = savedOf(node, parts)
    return saved === undefined ? [] : [[node.id, saved]]
  })
  const ids = new Set(nodes.map(([id]) => id))
  const prepared = Object.entries(live.meta.prepared).filter(([id]) => id === '' || ids.has(id))
  const meta = encodeMeta({
    finished: false,
    ...(live.meta.resent === undefined ? {} : { resent: live.meta.resent }),
    nodes: Object.fromEntries(nodes),
    prepared: Object.fromEntries(prepared),
  })
  return { meta, entries: entriesOf(parts, ids) }
}

/** Undefined for a node that begins with nothing. */
function savedOf(node: PlanNode, { reached, live, next }: ComposedParts): SavedNode | undefined {
  const old = nodeOf(live, node.id)
  if (!reached.has(node.id)) return old
  const own = nodeOf(next, node.id)
  if (!writesOutside(node)) return own
  // A sink that is new has shown nothing of what has been read so far.
  if (old === undefined || own === undefined) return undefined
  const { idle, runner } = own
  // What it has prepared is as it is, whatever columns come next.
  const identity = old.hasState ? {} : identityOf(node)
  return { ...old, ...identity, idle, ...(runner === undefined ? {} : { runner }) }
}

function nodeOf({ meta: { nodes } }: CheckpointPart, id: string): SavedNode | undefined {
  return Object.hasOwn(nodes, id) ? nodes[id] : undefined
}

async function* entriesOf(
  { plan, reached, live, next }: ComposedParts,
  ids: ReadonlySet<string>,
): AsyncGenerator<StateChange> {
  const outside = new Set(plan.nodes.filter(writesOutside).map(({ id }) => id))
  const isNext = (id: string) => reached.has(id) && !outside.has(id)
  for await (const entry of oneByOne(live.entries)) {
    const id = nodeOfEntry(entry)
    if (ids.has(id) && !isNext(id)) yield entry
  }
  for await (const entry of oneByOne(next.entries)) {
    const id = nodeOfEntry(entry)
    if (ids.has(id) && isNext(id)) yield entry
  }
}

/** What may come in portions. */
export async function* oneByOne(changes: StateChanges): AsyncGenerator<StateChange> {
  for await (const some of changes) {
    if ('key' in some) yield some
    else yield* some
  }
}
