/** Random graphs of the small operators. */

import type { SeededRandom } from './random.ts'

export interface GraphNode {
  readonly id: string
  readonly operator: string
  readonly config: { readonly [field: string]: unknown }
  readonly from: readonly string[]
}

export function randomGraph(random: SeededRandom): readonly GraphNode[] {
  const nodes: GraphNode[] = []
  const sources = random.integer(1, 3)
  for (let index = 0; index < sources; index++) {
    const rows = Array.from({ length: random.integer(0, 60) }, (_, n) => [
      n * 3 + random.integer(-9, 9),
      random.integer(0, 11),
    ])
    const config = {
      rows,
      delayMs: random.integer(0, 6),
      intervalMs: random.pick([1, 4, 10]),
      chunkRows: random.integer(1, 20),
    }
    const operator = random.pick(['list-source', 'dealing-source'])
    nodes.push({ id: `s${index}`, operator, config, from: [] })
  }
  const count = random.integer(2, 8)
  for (let index = 0; index < count; index++) {
    const above = nodes.flatMap(portsOf)
    const id = `n${index}`
    const operator = random.pick(['keep', 'meet', 'meet', 'burst'])
    if (operator === 'meet') {
      const from = above.filter(() => random.chance(0.5))
      nodes.push({ id, operator, config: {}, from: from.length > 0 ? from : [random.pick(above)] })
      continue
    }
    const divisor = random.integer(1, 3)
    const copies = random.integer(1, 3)
    const config =
      operator === 'burst'
        ? { copies }
        : { divisor, remainder: random.integer(0, divisor - 1), copies }
    nodes.push({ id, operator, config, from: [random.pick(above)] })
  }
  return nodes
}

/** What edges may begin at. */
export function portsOf({ id, operator }: GraphNode): readonly string[] {
  return operator === 'dealing-source' ? [`${id}.even`, `${id}.odd`] : [id]
}

export function graphDocument(nodes: readonly GraphNode[]) {
  return {
    format: 'millrace/1',
    name: 'Random',
    nodes: Object.fromEntries(nodes.map(({ id, operator, config }) => [id, { operator, config }])),
    edges: nodes.flatMap(({ id, from }) => from.map((above) => ({ from: above, to: id }))),
  }
}
