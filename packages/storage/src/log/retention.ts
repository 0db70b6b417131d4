/** Takes away the oldest segments of a partition: by age, and by how much the others hold. */

import type { Partition } from './partition.ts'
import type { Segment } from './segment.ts'

export async function retain(partition: Partition, nowMs: number): Promise<void> {
  const { retentionMs, retentionBytes } = partition.settings
  if (retentionMs === undefined && retentionBytes === undefined) return
  await partition.mutex.run(async () => {
    // The last segment is written to; it must end before it can go.
    const { active } = partition
    const isOld = retentionMs !== undefined && nowMs - active.firstAppendedMs > retentionMs
    if (isOld && active.recordCount > 0) await partition.roll()
    await partition.letGo(expired(partition, nowMs))
  })
}

/** The only reader is done with everything before the offset. */
export async function acknowledge(
  partition: Partition,
  offset: number,
  keepMs: number,
  nowMs: number,
): Promise<void> {
  await partition.mutex.run(async () => {
    const before = partition.acknowledgedOffset
    if (before === undefined || offset > before) await partition.noteAcknowledged(offset)
    // A reader that began further back has not come again to what was noted before.
    const doneWith = Math.min(partition.acknowledgedOffset ?? 0, offset)
    const closed = partition.segments.slice(0, -1)
    const kept = closed.findIndex(
      ({ endOffset, lastAppendedMs }) => endOffset > doneWith || nowMs - lastAppendedMs <= keepMs,
    )
    await partition.letGo(kept < 0 ? closed : closed.slice(0, kept))
  })
}

function expired(partition: Partition, nowMs: number): readonly Segment[] {
  const { retentionMs, retentionBytes } = partition.settings
  let bytes = partition.segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const gone: Segment[] = []
  for (const segment of partition.segments.slice(0, -1)) {
    bytes -= segment.sizeBytes
    const byAge = retentionMs !== undefined && nowMs - segment.lastAppendedMs > retentionMs
    const bySize = retentionBytes !== undefined && bytes >= retentionBytes
    if (!byAge && !bySize) break
    gone.push(segment)
  }
  return gone
}
