/** What is dragged is drawn without React Flow, wherever it need not know. */

import { type InternalNode, type NodeChange, Position } from '@xyflow/react'
import { beforeEach, expect, test } from 'vitest'
import { DraggedParts } from './dragged-parts.ts'
import { edgePath } from './edge-path.ts'
import type { FlowEdge, FlowNode } from './flow-parts.ts'

const PORT = { x: 0, y: 20, width: 10, height: 10 }

function nodeAt(id: string, x: number): InternalNode<FlowNode> {
  const input = { ...PORT, id: 'in', nodeId: id, type: 'target', position: Position.Left } as const
  const output = {
    ...PORT,
    id: 'out',
    nodeId: id,
    type: 'source',
    position: Position.Right,
  } as const
  const userNode: FlowNode = { id, type: 'operator', position: { x, y: 0 }, data: {} }
  const handleBounds = { source: [output], target: [input] }
  const internals = { z: 0, positionAbsolute: { x, y: 0 }, handleBounds, userNode }
  return { ...userNode, measured: {}, internals }
}

function edgeBetween(source: string, target: string): FlowEdge {
  const id = `${source}.out>${target}.in`
  return { id, source, target, sourceHandle: 'out', targetHandle: 'in' }
}

const PARTS = `
  <div class="react-flow__node" data-id="a"></div>
  <div class="react-flow__node" data-id="b"></div>
  <div class="react-flow__node" data-id="c"></div>
  <svg><g class="react-flow__edge" data-id="a.out>b.in">
    <path class="react-flow__edge-path"></path><path class="react-flow__edge-interaction"></path>
  </g></svg>
  <svg><g class="react-flow__edge" data-id="b.out>c.in">
    <path class="react-flow__edge-path"></path><path class="edge-inside"></path>
  </g></svg>
  <div class="edge-label" data-id="a.out>b.in"></div>`

function createFlow() {
  const domNode = document.createElement('div')
  domNode.innerHTML = PARTS
  const nodes = [nodeAt('a', 0), nodeAt('b', 300), nodeAt('c', 600)]
  return {
    domNode,
    edges: [edgeBetween('a', 'b'), edgeBetween('b', 'c')],
    nodeLookup: new Map(nodes.map((node) => [node.id, node])),
    nodesSelectionActive: false,
    transform: [0, 0, 1] as [number, number, number],
  }
}

let flow: ReturnType<typeof createFlow>
let parts: DraggedParts

beforeEach(() => {
  flow = createFlow()
  parts = new DraggedParts({ getState: () => flow })
})

function move(id: string, x: number, y: number, dragging = true): NodeChange<FlowNode> {
  return { type: 'position', id, position: { x, y }, dragging }
}

/** React Flow has heard of a first move of it. */
function begin(id: string): void {
  expect(parts.draw([move(id, 8, 8)])).toBe(false)
  const node = flow.nodeLookup.get(id)
  if (node !== undefined) flow.nodeLookup.set(id, { ...node, dragging: true })
}

const placeOf = (id: string) =>
  flow.domNode.querySelector<HTMLElement>(`.react-flow__node[data-id="${id}"]`)?.style.transform
const lineOf = (id: string, path: string) =>
  flow.domNode.querySelector(`[data-id="${id}"] ${path}`)?.getAttribute('d')

test('React Flow hears of the first move, and what follows is drawn with its edges', () => {
  begin('b')
  expect(placeOf('b')).toBe('')
  expect(parts.draw([move('b', 340, 80)])).toBe(true)
  expect(placeOf('b')).toBe('translate(340px,80px)')
  expect([placeOf('a'), placeOf('c')]).toEqual(['', ''])
  const sides = { sourcePosition: Position.Right, targetPosition: Position.Left }
  const into = edgePath({ ...sides, sourceX: 10, sourceY: 25, targetX: 340, targetY: 105 })
  const out = edgePath({ ...sides, sourceX: 350, sourceY: 105, targetX: 600, targetY: 25 })
  expect(lineOf('a.out>b.in', '.react-flow__edge-path')).toBe(into.path)
  expect(lineOf('b.out>c.in', '.react-flow__edge-path')).toBe(out.path)
  expect(lineOf('b.out>c.in', '.edge-inside')).toBe(out.path)
  const label = flow.domNode.querySelector<HTMLElement>('.edge-label')
  expect(label?.style.transform).toBe(into.labelPlace)
})

test('an edge between two that are dragged together moves with both', () => {
  begin('a')
  begin('b')
  expect(parts.draw([move('a', 0, 40), move('b', 300, 40)])).toBe(true)
  const sides = { sourcePosition: Position.Right, targetPosition: Position.Left }
  const { path } = edgePath({ ...sides, sourceX: 10, sourceY: 65, targetX: 300, targetY: 65 })
  expect(lineOf('a.out>b.in', '.react-flow__edge-path')).toBe(path)
})

test('React Flow hears of the last move, and of the first of the next drag', () => {
  begin('b')
  expect(parts.draw([move('b', 340, 80)])).toBe(true)
  expect(parts.draw([move('b', 340, 80, false)])).toBe(false)
  expect(parts.draw([move('b', 348, 80)])).toBe(false)
})

test.each<[what: string, change: () => void]>([
  ['the view has moved with it', () => (flow = { ...flow, transform: [8, 0, 1] })],
  ['a frame is around what is selected', () => (flow = { ...flow, nodesSelectionActive: true })],
  ['the node has gone', () => flow.nodeLookup.delete('b')],
])('React Flow hears of a move where %s', (_, change) => {
  begin('b')
  change()
  expect(parts.draw([move('b', 340, 80)])).toBe(false)
  expect(placeOf('b')).toBe('')
})

test('React Flow hears of all else', () => {
  begin('b')
  const select: NodeChange<FlowNode> = { type: 'select', id: 'b', selected: true }
  expect(parts.draw([move('b', 340, 80), select])).toBe(false)
  expect(placeOf('b')).toBe('')
})
