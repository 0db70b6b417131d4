/**
 * Puts the operator that was chosen where it was asked for: alone, at the end of an edge, or into
 * one.
 */

import type { OperatorDescription, Point } from '@millrace/pipeline'
import { analyse } from '../editor/analysis.ts'
import { addNode, connect, NODE_HEIGHT, NODE_WIDTH, splice } from '../editor/commands.ts'
import { fittingEdge, fittingOperators, isMain } from '../editor/connect.ts'
import { freePlace, liesOnNode } from '../editor/free-place.ts'
import { selectionOf, soleNode } from '../editor/selection.ts'
import type { Session } from '../editor/session.tsx'
import { currentViewport } from '../workbench/viewport.ts'
import type { QuickAdd } from '../workbench/workbench-store.ts'

/** Operators that fit, each with its port; undefined where all do. */
export function allowedOperators(
  { editor }: Session,
  { from, edgeId }: QuickAdd,
): ReadonlyMap<string, string> | undefined {
  const { analysis } = editor.store.getState()
  if (from !== undefined) return fittingOperators(analysis, editor.registry, from, from.side)
  const edge = edgeId === undefined ? undefined : analysis.edges.get(edgeId)
  if (edge === undefined) return undefined
  const fitting = fittingOperators(analysis, editor.registry, edge.from, 'from')
  return new Map(
    [...fitting].filter(([id]) => {
      const operator = editor.registry.get(id)
      return operator?.inputs.length === 1 && mainOutput(operator) !== undefined
    }),
  )
}

export function addChosen(
  { editor, workbench }: Placer,
  { at, from, edgeId, beside = false }: QuickAdd,
  operator: OperatorDescription,
  port: string | undefined,
): void {
  if (beside) {
    const id = addBeside({ editor, workbench }, operator, { connected: true })
    workbench.update({ justAdded: id })
    return
  }
  const { pipeline, analysis } = editor.store.getState()
  const point = currentViewport().toPipeline(at)
  const edge = edgeId === undefined ? undefined : analysis.edges.get(edgeId)
  const wanted = corner(point, from?.side)
  const isTaken = edge === undefined && liesOnNode(pipeline, wanted)
  const place = isTaken ? freePlace(pipeline, wanted, { right: false }) : wanted
  const added = addNode(pipeline, { operator: operator.id }, place)
  let next = added.pipeline
  if (from !== undefined && port !== undefined) {
    const own = { node: from.node, port: from.port }
    const other = { node: added.id, port }
    const places = from.side === 'from' ? { from: own, to: other } : { from: other, to: own }
    next = connect(next, analyse(next, editor.registry, analysis).nodes, places)
  } else if (edge !== undefined && port !== undefined) {
    const output = mainOutput(operator) ?? 'out'
    next = splice(next, edge, { id: added.id, input: port, output })
  }
  const select = selectionOf({ nodes: [added.id] })
  editor.change(`Add ${operator.title}`, () => next, { select })
  workbench.announce(`${operator.title} added.`)
  requestAnimationFrame(() => currentViewport().reveal(added.id))
}

type Placer = Pick<Session, 'editor' | 'workbench'>

/**
 * Beside what is selected, or else in the middle of the canvas; never upon another node. Gives the
 * id of the new one. `connected` has it take the records of what is selected, where it can.
 */
export function addBeside(
  { editor, workbench }: Placer,
  operator: OperatorDescription,
  { connected = false } = {},
): string {
  const { pipeline, analysis, selection } = editor.store.getState()
  const selected = soleNode(selection) ?? ''
  const beside = pipeline.layout.get(selected)
  const at = freePlace(pipeline, beside ?? middle(), {
    right: beside !== undefined && operator.inputs.length > 0,
  })
  const added = addNode(pipeline, { operator: operator.id }, at)
  const drawn = analyse(added.pipeline, editor.registry, analysis)
  const edge = connected ? fittingEdge(drawn, editor.registry, selected, added.id) : undefined
  const next = edge === undefined ? added.pipeline : connect(added.pipeline, drawn.nodes, edge)
  const select = selectionOf({ nodes: [added.id] })
  editor.change(`Add ${operator.title}`, () => next, { select })
  const from = edge === undefined ? undefined : drawn.nodes.get(selected)?.title
  workbench.announce(
    from === undefined
      ? `${operator.title} added.`
      : `${operator.title} added, and connected to ${from}.`,
  )
  requestAnimationFrame(() => currentViewport().reveal(added.id))
  return added.id
}

/** The corner of a node in the middle of the canvas. */
function middle(): Point {
  const [x, y] = currentViewport().centre()
  return [x - NODE_WIDTH / 2, y - NODE_HEIGHT / 2]
}

function mainOutput({ outputs }: OperatorDescription): string | undefined {
  return outputs.find(isMain)
}

/** An edge that was dropped meets the new node at its side, and not in its middle. */
function corner([x, y]: Point, side: 'from' | 'to' | undefined): Point {
  const left = side === 'from' ? x : side === 'to' ? x - NODE_WIDTH : x - NODE_WIDTH / 2
  return [left, y - NODE_HEIGHT / 3]
}
