/** Where each source of a backfill begins, as offsets. */

import type { StartAt, Topics } from '@millrace/engine'
import { Refusal } from '../supervision/refusal.ts'
import type { BackfillPlan } from './backfill-plan.ts'
import type { Places } from './live-places.ts'

/**
 * By source, for each partition that it reads. Rejects with a `Refusal` where one would begin
 * behind where the running job stands.
 */
export async function startPlaces(
  { backfilled }: Pick<BackfillPlan, 'backfilled'>,
  at: Exclude<StartAt, { kind: 'latest' }>,
  live: ReadonlyMap<string, Places>,
  topics: Topics,
): Promise<ReadonlyMap<string, Places>> {
  const found = new Map<string, Places>()
  const read = new Set<string>()
  for (const { id, operator, config } of backfilled.nodes) {
    const topic = operator.topics?.(config)[0]?.topic
    if (operator.inputs.length > 0 || topic === undefined) continue
    read.add(topic)
    const { partitions } = config as { readonly partitions?: readonly number[] }
    const all = await topics.offsets(topic)
    const starts = new Map<number, number>()
    for (const partition of partitions ?? all.keys()) {
      const { startOffset = 0, endOffset = 0 } = all[partition] ?? {}
      const known = live.get(id)
      const stands = known?.size === 0 ? startOffset : (known?.get(partition) ?? endOffset)
      const offset = await startOf(at, { topic, partition, startOffset, topics })
      if (at.kind === 'offsets' && offset > stands) {
        throw isBehind(id, `${topic}:${partition}`, offset, stands)
      }
      // A partition whose records are all older has none to begin with.
      starts.set(partition, Math.min(offset, stands))
    }
    found.set(id, starts)
  }
  for (const { topic } of at.kind === 'offsets' ? at.offsets : []) {
    if (!read.has(topic)) throw notRead(topic, [...read])
  }
  return found
}

interface PartitionStart {
  readonly topic: string
  readonly partition: number
  readonly startOffset: number
  readonly topics: Topics
}

async function startOf(
  at: Exclude<StartAt, { kind: 'latest' }>,
  { topic, partition, startOffset, topics }: PartitionStart,
): Promise<number> {
  if (at.kind === 'timestamp') return topics.offsetAt(topic, partition, at.timestampMs)
  if (at.kind === 'earliest') return startOffset
  const own = at.offsets.find((one) => one.topic === topic && one.partition === partition)
  return own?.offset ?? startOffset
}

function isBehind(id: string, place: string, offset: number, stands: number): Refusal {
  const message =
    `Source "${id}" would begin at offset ${offset} of ${place}, and the running job stands at ${stands}, ` +
    'before it. Begin the backfill at an earlier place.'
  return new Refusal('conflict', 'start-behind-job', message)
}

function notRead(topic: string, read: readonly string[]): Refusal {
  const known = read.length === 0 ? 'It reads none.' : `It reads ${read.join(', ')}.`
  const message = `The backfill reads no topic "${topic}". ${known} Correct the name.`
  return new Refusal('conflict', 'source-cannot-begin-there', message)
}
