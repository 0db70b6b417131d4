/**
 * Where a job stood at a checkpoint, to the record: a source may have been in the middle of what it
 * had read, so that is read again and counted.
 */

import type { Env, JobMeta, JobPlan, PlanNode, Saved, SavedSource, Topics } from '@millrace/engine'
import { Refusal } from '../supervision/refusal.ts'

/** By partition, the offset of the record that comes next. */
export type Places = ReadonlyMap<number, number>

/**
 * By source of `follows`, where the one that it follows stood; empty where that one had read
 * nothing. Sources that follow none are not there. Rejects with a `Refusal`.
 */
export async function livePlaces(
  {
    meta,
    live,
    follows,
  }: {
    readonly meta: JobMeta
    readonly live: JobPlan
    readonly follows: ReadonlyMap<string, string>
  },
  env: Env,
  topics: Topics,
): Promise<ReadonlyMap<string, Places>> {
  const found = new Map<string, Places>()
  for (const [id, followed] of follows) {
    const node = live.nodes.find((one) => one.id === followed)
    const saved = Object.hasOwn(meta.nodes, followed) ? meta.nodes[followed]?.source : undefined
    if (node === undefined || saved === undefined) throw new Error(`"${followed}" is no source.`)
    found.set(id, await placesOf(node, saved, env, topics))
  }
  return found
}

async function placesOf(
  node: PlanNode,
  { position, handedOn }: SavedSource,
  env: Env,
  topics: Topics,
): Promise<Places> {
  const exact = handedOn === 0 ? position : await readOn(node, position, handedOn, env, topics)
  if (exact === undefined) return new Map()
  const places = node.operator.topicPlaces?.(node.config, exact) ?? []
  return new Map(places.map(({ partition, offset }) => [partition, offset]))
}

/** The position behind so many more records. */
async function readOn(
  { id, operator, config }: PlanNode,
  from: Saved,
  count: number,
  env: Env,
  topics: Topics,
): Promise<Saved> {
  const isLatest = (config as { readonly start?: unknown }).start === 'latest'
  if (operator.read === undefined || (from === undefined && isLatest)) throw notYet(id)
  const context = { nodeId: id, env: { ...env, topics }, position: from }
  const reader = operator.read(config, context as unknown as Parameters<typeof operator.read>[1])
  try {
    let position = from
    for (let left = count; left > 0; ) {
      const chunk = await reader.read(left)
      if (chunk === undefined) throw notYet(id)
      position = chunk.next
      left -= chunk.rows.length + chunk.rejects.length
    }
    return position
  } finally {
    await reader.close()
  }
}

function notYet(id: string): Refusal {
  const message =
    `Source "${id}" of the running job stands in the middle of the first records that it has read. Try ` +
    'again after its next checkpoint.'
  return new Refusal('conflict', 'job-has-just-begun', message)
}
