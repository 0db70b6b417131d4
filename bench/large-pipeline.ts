/** A pipeline of many nodes that follow the clock: what a large canvas has to show. */

const CHAIN = 10
const COLUMN = 288
const ROW = 136

/** Chains of ten: a source, filters, and at the end a window and a sink, each of some records. */
export function largePipeline(nodeCount: number) {
  const chains = Math.ceil(nodeCount / CHAIN)
  const nodes: { [id: string]: { operator: string; title: string; config: object } } = {}
  const edges: { from: string; to: string }[] = []
  const layout: { [id: string]: [number, number] } = {}
  for (let row = 0; row < chains; row++) {
    for (let column = 0; column < CHAIN; column++) {
      const id = `n${row}-${column}`
      nodes[id] = { title: `Node ${row}.${column}`, ...operatorAt(column, row) }
      if (column > 0) edges.push({ from: `n${row}-${column - 1}`, to: id })
      layout[id] = [column * COLUMN, row * ROW]
    }
  }
  return { format: 'millrace/1', name: `${chains * CHAIN} nodes`, nodes, edges, layout }
}

function operatorAt(column: number, row: number): { operator: string; config: object } {
  if (column === 0) {
    const page = { type: 'choice', values: ['home', 'cart', 'search'] }
    const ms = { type: 'uniform', min: 0, max: 300, decimals: 0 }
    const watermark = { maxOutOfOrderness: '1s' }
    const config = { columns: { page, ms }, rate: 20 + row, watermark }
    return { operator: 'generator-source', config }
  }
  if (column === CHAIN - 2) {
    const config = { size: '1s', groupBy: ['page'], aggregates: { visits: 'COUNT(*)' } }
    return { operator: 'tumbling-window', config }
  }
  if (column === CHAIN - 1) return { operator: 'view-sink', config: {} }
  return { operator: 'filter', config: { where: `ms >= ${column}` } }
}
