/**
 * What watching needs to know of the pipeline on the canvas, taken from its check and handed in by
 * the shell.
 */

import type { Category, CheckedPipeline, PortPlace } from '@millrace/pipeline'

export interface BoardNode {
  readonly id: string
  readonly title: string
  readonly operator: string
  readonly category: Category
  /** What arrives, in the order of the inputs in a node's metrics. */
  readonly channels: readonly BoardChannel[]
  /** Every output, `errors` among them. */
  readonly outputs: readonly string[]
}

export interface BoardChannel {
  readonly port: string
  readonly from: PortPlace
}

export interface Board {
  readonly nodes: ReadonlyMap<string, BoardNode>
}

export const EMPTY_BOARD: Board = { nodes: new Map() }

export function toBoard(checked: Pick<CheckedPipeline, 'nodes' | 'edges'>): Board {
  const nodes = new Map<string, BoardNode>()
  for (const { id, title, operator, outputs } of checked.nodes.values()) {
    const into = checked.edges.filter((edge) => edge.to.node === id)
    nodes.set(id, {
      id,
      // As the canvas names it.
      title: title === id ? operator.title : title,
      operator: operator.id,
      category: operator.category,
      // The engine numbers channels port by port; within a port, edges come in their checked order.
      channels: operator.inputs.flatMap((port) =>
        into.filter(({ to }) => to.port === port).map(({ from }) => ({ port, from })),
      ),
      outputs,
    })
  }
  return { nodes }
}

/** Names a node for people: its title where it is on the canvas. */
export function nodeTitle(board: Board, nodeId: string): string {
  return board.nodes.get(nodeId)?.title ?? nodeId
}
