/**
 * Draws nodes that are dragged, and their edges, straight into the page. React Flow would render
 * its canvas anew for each move, and go through all nodes and edges of it several times: it hears
 * of the first move, of those with which the view moves too, and of the last.
 */

import type { NodeChange, NodePositionChange, ReactFlowState } from '@xyflow/react'
import { edgeEnds, type PlacedNode } from './dragged-ends.ts'
import { edgePath } from './edge-path.ts'
import type { FlowEdge, FlowNode } from './flow-parts.ts'

type FlowState = Pick<
  ReactFlowState<FlowNode, FlowEdge>,
  'domNode' | 'edges' | 'nodeLookup' | 'nodesSelectionActive' | 'transform'
>

type Move = NodePositionChange & Required<Pick<NodePositionChange, 'position'>>

export class DraggedParts {
  readonly #flow: { getState(): FlowState }
  /** Of what is dragged: to look it up in a large page takes as long as to move it. */
  readonly #elements = new Map<string, Element | null>()
  /** Where the view was when React Flow was last told of a move. */
  #view: FlowState['transform'] | undefined

  constructor(flow: { getState(): FlowState }) {
    this.#flow = flow
  }

  /** False where React Flow has to be told of the changes, with nothing drawn yet. */
  draw(changes: readonly NodeChange<FlowNode>[]): boolean {
    const moves = changes.flatMap(moveOf)
    const state = this.#flow.getState()
    if (moves.length === changes.length && this.#isUnderWay(moves, state)) {
      this.#moveAll(moves, state)
      return true
    }
    this.#elements.clear()
    this.#view = moves.length > 0 ? state.transform : undefined
    return false
  }

  /** Whether React Flow knows that they are dragged, and has all that is in view in the page. */
  #isUnderWay(moves: readonly Move[], state: FlowState): boolean {
    // The frame around what is selected is React Flow's to move.
    if (state.transform !== this.#view || state.nodesSelectionActive) return false
    return moves.every(
      ({ id }) => state.nodeLookup.get(id)?.dragging === true && this.#element(id, 'node') !== null,
    )
  }

  #moveAll(moves: readonly Move[], { edges, nodeLookup }: FlowState): void {
    const moved = new Map(moves.map(({ id, position }) => [id, position]))
    for (const [id, { x, y }] of moved) {
      const element = this.#element(id, 'node')
      if (element instanceof HTMLElement) element.style.transform = `translate(${x}px,${y}px)`
    }
    const placed = (id: string): PlacedNode | undefined => {
      const node = nodeLookup.get(id)
      return node && { node, at: moved.get(id) ?? node.internals.positionAbsolute }
    }
    for (const edge of edges) {
      if (!moved.has(edge.source) && !moved.has(edge.target)) continue
      const [source, target] = [placed(edge.source), placed(edge.target)]
      if (source !== undefined && target !== undefined) this.#drawEdge(edge, source, target)
    }
  }

  #drawEdge(edge: FlowEdge, source: PlacedNode, target: PlacedNode): void {
    const ends = edgeEnds(edge, source, target)
    if (ends === undefined) return
    const { path, labelPlace } = edgePath(ends)
    // What is hit of an edge may lag behind, while a cover lies over it.
    for (const line of this.#element(edge.id, 'edge')?.querySelectorAll(SEEN) ?? []) {
      line.setAttribute('d', path)
    }
    const label = this.#element(edge.id, 'edge-label')
    if (label instanceof HTMLElement) label.style.transform = labelPlace
  }

  #element(id: string, kind: keyof typeof PLACES): Element | null {
    const key = `${kind} ${id}`
    const known = this.#elements.get(key)
    if (known !== undefined) return known
    const { domNode } = this.#flow.getState()
    const found = domNode?.querySelector(`${PLACES[kind]}[data-id="${CSS.escape(id)}"]`) ?? null
    this.#elements.set(key, found)
    return found
  }
}

const SEEN = '.react-flow__edge-path, .edge-inside'

const PLACES = {
  node: '.react-flow__node',
  edge: '.react-flow__edge',
  'edge-label': '.edge-label',
} as const

function moveOf(change: NodeChange<FlowNode>): readonly Move[] {
  if (change.type !== 'position' || change.dragging !== true) return []
  const { position } = change
  return position === undefined ? [] : [{ ...change, position }]
}
