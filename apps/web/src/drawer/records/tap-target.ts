/** Which port the Records tab taps for what is selected on the canvas. */

import type { PortPlace } from '@millrace/pipeline'
import type { Board } from '../../live/board.ts'

export interface TapChoice extends PortPlace {
  /** Every port that can be tapped instead. */
  readonly ports: readonly PortPlace[]
}

/**
 * An edge means the port it comes from; a node its first output; a sink, which has none, what
 * arrives at it. Undefined where nothing can be tapped.
 */
export function chooseTap(
  board: Board,
  nodeId: string | undefined,
  edgeFrom: PortPlace | undefined,
): TapChoice | undefined {
  if (edgeFrom !== undefined) return { ...edgeFrom, ports: portsOf(board, edgeFrom.node) }
  const node = nodeId === undefined ? undefined : board.nodes.get(nodeId)
  if (node === undefined) return undefined
  const outputs = portsOf(board, node.id)
  const ports = node.category === 'sink' ? node.channels.map(({ from }) => from) : outputs
  const [first] = ports
  return first === undefined ? undefined : { ...first, ports }
}

function portsOf(board: Board, nodeId: string): readonly PortPlace[] {
  const outputs = board.nodes.get(nodeId)?.outputs ?? []
  return outputs.map((port) => ({ node: nodeId, port }))
}
