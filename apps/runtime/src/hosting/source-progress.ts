/** How far the sources above a node have come, for saying why its windows have not fired. */

import { type SourceProgress, START_OF_TIME_MS } from '@millrace/engine'
import type { CheckedEdge, wire } from '@millrace/pipeline'
import { toWireTime } from './wire-time.ts'

/** The ids of all nodes from which records get to this one. */
export function nodesAbove(
  nodeId: string,
  edges: readonly Pick<CheckedEdge, 'from' | 'to'>[],
): ReadonlySet<string> {
  const above = new Set<string>()
  const waiting = [nodeId]
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    for (const { from, to } of edges) {
      if (to.node !== id || above.has(from.node)) continue
      above.add(from.node)
      waiting.push(from.node)
    }
  }
  return above
}

/** `wallMs` is what the clock on the wall says when the monotonic one says `monotonicMs`. */
export interface Clocks {
  readonly wallMs: number
  readonly monotonicMs: number
}

export function toWireProgress(
  nodeId: string,
  { settings, partitions, waiting, ended }: SourceProgress,
  { wallMs, monotonicMs }: Clocks,
): wire.SourceProgress {
  const wallOf = (heardAtMs: number | undefined) =>
    heardAtMs === undefined ? null : wallMs - (monotonicMs - heardAtMs)
  let slowest: wire.SourceProgress['slowest'] = null
  let slowestMs = Number.POSITIVE_INFINITY
  let latestMs = START_OF_TIME_MS
  let heardAtMs: number | undefined
  for (const [partition, one] of partitions.entries()) {
    latestMs = Math.max(latestMs, one.latestMs)
    if (one.heardAtMs !== undefined) heardAtMs = Math.max(heardAtMs ?? 0, one.heardAtMs)
    if (one.idle || one.latestMs >= slowestMs) continue
    slowestMs = one.latestMs
    slowest = { partition, latest: toWireTime(slowestMs), heardAtMs: wallOf(one.heardAtMs) }
  }
  return {
    ...{ nodeId, slowest, waiting, ended },
    partitions: partitions.length,
    idlePartitions: partitions.filter(({ idle }) => idle).length,
    latest: toWireTime(latestMs),
    heardAtMs: wallOf(heardAtMs),
    delayMs: settings.maxOutOfOrdernessMs,
    intervalMs: settings.intervalMs,
    idleTimeoutMs: settings.idleTimeoutMs ?? null,
  }
}
