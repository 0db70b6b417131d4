/** Where edges end while their nodes are dragged: at the side of the port that looks away. */

import { type InternalNode, Position } from '@xyflow/react'
import { expect, test } from 'vitest'
import { edgeEnds, type PlacedNode } from './dragged-ends.ts'
import { edgePath } from './edge-path.ts'
import type { FlowEdge, FlowNode } from './flow-parts.ts'

/** A node at (1000, 100) of which each side has a port of 10 by 6 at (30, 20). */
function placedNode(): PlacedNode {
  const portsOf = (type: 'source' | 'target') =>
    Object.values(Position).map((position) => ({
      ...{ id: position, type, position, nodeId: 'n' },
      ...{ x: 30, y: 20, width: 10, height: 6 },
    }))
  const handleBounds = { source: portsOf('source'), target: portsOf('target') }
  const internals = { handleBounds } as InternalNode<FlowNode>['internals']
  return { node: { internals } as InternalNode<FlowNode>, at: { x: 1000, y: 100 } }
}

function endsOf(sourceHandle: string, targetHandle: string) {
  const edge: FlowEdge = { id: 'e', source: 'n', target: 'n', sourceHandle, targetHandle }
  return edgeEnds(edge, placedNode(), placedNode())
}

test.each([
  [Position.Left, 1030, 123],
  [Position.Right, 1040, 123],
  [Position.Top, 1035, 120],
  [Position.Bottom, 1035, 126],
])('an edge ends in the middle of the %s of its port', (side, x, y) => {
  expect(endsOf(side, side)).toEqual({
    ...{ sourceX: x, sourceY: y, sourcePosition: side },
    ...{ targetX: x, targetY: y, targetPosition: side },
  })
})

test('a port that has not been measured has no place', () => {
  expect(endsOf('gone', Position.Left)).toBeUndefined()
  expect(endsOf(Position.Right, 'gone')).toBeUndefined()
})

test('the label stands in the middle of the line', () => {
  const ends = {
    ...{ sourceX: 0, sourceY: 10, sourcePosition: Position.Right },
    ...{ targetX: 200, targetY: 50, targetPosition: Position.Left },
  }
  const { path, labelPlace } = edgePath(ends)
  expect(path).toMatch(/^M0,10 C.* 200,50$/)
  expect(labelPlace).toBe('translate(-50%, -50%) translate(100px, 30px)')
})
