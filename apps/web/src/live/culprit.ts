/**
 * The way up from a node to what its watermark waits for: at each node the lowest input that is not
 * idle, up to a source, or to a node whose watermark is not that of its inputs.
 */

import type { wire } from '@millrace/pipeline'
import type { Board } from './board.ts'

type Inputs = wire.NodeMetrics['inputs']

export interface Culprit {
  /** The node at which the way ends. */
  readonly nodeId: string
  /**
   * `source`: it makes the watermarks. `ahead`: its watermark is above that of its inputs, so it
   * makes its own. `behind`: it has not passed on what its inputs have brought.
   */
  readonly kind: 'source' | 'ahead' | 'behind'
  readonly watermark: wire.WireTime
  /** The highest watermark beside the way: an input that has come further, and how far. */
  readonly overtaken: { readonly nodeId: string; readonly watermark: wire.WireTime } | undefined
}

export type MetricsOf = (nodeId: string) => wire.NodeMetrics | undefined

/** Undefined where the numbers of a node on the way are not known. */
export function findCulprit(
  nodeId: string,
  board: Board,
  metricsOf: MetricsOf,
): Culprit | undefined {
  let overtaken: Culprit['overtaken']
  const passed = new Set<string>()
  for (let id: string | undefined = nodeId; id !== undefined && !passed.has(id); ) {
    passed.add(id)
    const metrics = metricsOf(id)
    const node = board.nodes.get(id)
    if (metrics === undefined || node === undefined) return undefined
    const { watermark, inputs } = metrics
    const [lowest, highest] = range(inputs)
    if (lowest === undefined || highest === undefined) {
      return { nodeId: id, kind: 'source', watermark, overtaken }
    }
    const brought = rank(inputs[lowest]?.watermark)
    if (rank(watermark) !== brought && !metrics.idle) {
      const kind = rank(watermark) > brought ? 'ahead' : 'behind'
      return { nodeId: id, kind, watermark, overtaken }
    }
    const other = inputs[highest]?.watermark
    const otherId = node.channels[highest]?.from.node
    if (other !== undefined && otherId !== undefined && rank(other) > brought) {
      if (overtaken === undefined || rank(other) > rank(overtaken.watermark)) {
        overtaken = { nodeId: otherId, watermark: other }
      }
    }
    id = node.channels[lowest]?.from.node
  }
  return undefined
}

/** The indexes of the lowest and the highest input that is not idle; of all, where all are. */
function range(inputs: Inputs): readonly [lowest?: number, highest?: number] {
  const all = [...inputs.keys()]
  const active = all.filter((index) => inputs[index]?.idle === false)
  const counted = active.length === 0 ? all : active
  const at = (index: number) => rank(inputs[index]?.watermark)
  const sorted = [...counted].sort((a, b) => at(a) - at(b))
  const [lowest] = sorted
  const highest = sorted.at(-1)
  return lowest === undefined || highest === undefined ? [] : [lowest, highest]
}

export function rank(watermark: wire.WireTime | undefined): number {
  if (watermark === undefined || watermark === 'start') return Number.NEGATIVE_INFINITY
  return watermark === 'end' ? Number.POSITIVE_INFINITY : watermark
}
