/** What each sink of a pipeline promises, with the sources that its rows stem from. */

import { type EffectiveGuarantee, effectiveGuarantee, type Guarantee } from '../guarantee.ts'
import type { PlacedNode } from './placed-node.ts'
import type { CheckedEdge } from './resolve-edges.ts'

/** By node, for the sinks that say what they promise. `order` goes from the sources down. */
export function findGuarantees(
  order: readonly string[],
  edges: readonly CheckedEdge[],
  placed: ReadonlyMap<string, PlacedNode>,
): ReadonlyMap<string, EffectiveGuarantee> {
  /** The sources above each node, and the node itself where it is one. */
  const sources = new Map<string, ReadonlySet<string>>()
  const found = new Map<string, EffectiveGuarantee>()
  for (const id of order) {
    const operator = placed.get(id)?.operator
    const above = edges.filter(({ to }) => to.node === id)
    const own = new Set(above.flatMap(({ from }) => [...(sources.get(from.node) ?? [])]))
    if (operator?.category === 'source') own.add(id)
    sources.set(id, own)
    if (operator?.category !== 'sink' || operator.guarantee === undefined) continue
    const given = [...own].sort().flatMap((source): { id: string; guarantee: Guarantee }[] => {
      const guarantee = placed.get(source)?.operator?.guarantee
      return guarantee === undefined ? [] : [{ id: source, guarantee }]
    })
    found.set(id, effectiveGuarantee(operator.guarantee, given))
  }
  return found
}
