/**
 * What the pipeline is as React Flow's nodes and edges: made from it, never the other way round.
 */

import type { Pipeline, PortPlace } from '@millrace/pipeline'
import type { Edge, Node } from '@xyflow/react'
import type { Analysis, NodeView } from '../editor/analysis.ts'
import type { Selection } from '../editor/selection.ts'
import { problemCountText } from '../problems/problem-count.ts'

/**
 * Nothing that changes while a pipeline runs is in here: live numbers have a store of their own.
 */
export type FlowNode = Node<Record<string, never>, 'operator' | 'note'>
export type FlowEdge = Edge<Record<string, never>, 'line'>

const NO_DATA: Record<string, never> = {}

/** Parts that have not changed stay the same objects, with what React Flow has measured of them. */
export function toFlowNodes(
  pipeline: Pipeline,
  analysis: Analysis,
  selection: Selection,
  previous: readonly FlowNode[],
): FlowNode[] {
  const before = new Map(previous.map((node) => [node.id, node]))
  const labels = new Map([...analysis.nodes].map(([id, view]) => [id, nodeLabel(view)]))
  const nodes = [...pipeline.nodes.keys()].map((id): FlowNode => {
    const [x, y] = pipeline.layout.get(id) ?? [0, 0]
    const selected = selection.nodes.has(id)
    return kept(before.get(id), {
      id,
      type: 'operator',
      position: { x, y },
      selected,
      ariaRole: 'article',
      ariaLabel: labels.get(id) ?? id,
      data: NO_DATA,
    })
  })
  const notes = pipeline.notes.map(({ at, size }, index): FlowNode => {
    const [width, height] = size
    return kept(before.get(noteIdOf(index)), {
      id: noteIdOf(index),
      type: 'note',
      position: { x: at[0], y: at[1] },
      width,
      height,
      zIndex: -1,
      selected: selection.notes.has(index),
      ariaRole: 'article',
      ariaLabel: 'Note',
      data: NO_DATA,
    })
  })
  return [...notes, ...nodes]
}

export function toFlowEdges(
  analysis: Analysis,
  selection: Selection,
  previous: readonly FlowEdge[],
): FlowEdge[] {
  const before = new Map(previous.map((edge) => [edge.id, edge]))
  return [...analysis.edges.values()].map(({ id, from, to }): FlowEdge => {
    const selected = selection.edges.has(id)
    const ariaLabel = edgeLabel(analysis, from, to)
    const known = before.get(id)
    if (known?.selected === selected && known.ariaLabel === ariaLabel) return known
    return {
      id,
      type: 'line',
      source: from.node,
      sourceHandle: from.port,
      target: to.node,
      targetHandle: to.port,
      ariaLabel,
      selected,
    }
  })
}

function edgeLabel({ nodes }: Analysis, from: PortPlace, to: PortPlace): string {
  const end = ({ node, port }: PortPlace): string => {
    const title = nodes.get(node)?.title ?? node
    return port === 'in' || port === 'out' ? title : `${title}, ${port}`
  }
  return `Edge from ${end(from)} to ${end(to)}`
}

export function noteIdOf(index: number): string {
  return `note:${index}`
}

/** The place of a note in the document; undefined for the id of a node. */
export function noteIndexOf(id: string): number | undefined {
  return id.startsWith('note:') ? Number(id.slice('note:'.length)) : undefined
}

function kept(before: FlowNode | undefined, next: FlowNode): FlowNode {
  if (before === undefined) return next
  const same =
    before.selected === next.selected &&
    before.position.x === next.position.x &&
    before.position.y === next.position.y &&
    before.width === next.width &&
    before.height === next.height &&
    before.ariaLabel === next.ariaLabel
  if (same && before.dragging !== true) return before
  const { dragging: _, ...rest } = before
  const sized = next.width === undefined ? {} : { width: next.width, height: next.height ?? 0 }
  const { position, selected = false, ariaLabel = '' } = next
  return { ...rest, position, selected, ariaLabel, ...sized }
}

/** What a screen reader says of a node. */
export function nodeLabel({ title, operator, problems, inputs, outputs }: NodeView): string {
  const kind = operator !== undefined && operator.title !== title ? [operator.title] : []
  const found = problems.length === 0 ? [] : [problemCountText(problems.length)]
  const ports = [
    ...inputs.map(({ name }) => `input ${name}`),
    ...outputs.map(({ name }) => `output ${name}`),
  ]
  return [title, ...kind, ...found, ...ports].join(', ')
}
