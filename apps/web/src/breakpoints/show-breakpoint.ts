/** Leads to where a breakpoint is: the edge that leaves its port, or its node, and the records. */

import type { PortPlace, wire } from '@millrace/pipeline'
import { selectionOf, soleEdge, soleNode } from '../editor/selection.ts'
import type { Session } from '../editor/session.tsx'
import { isField } from '../workbench/is-field.ts'

export function showPlace({ editor, workbench }: Session, place: PortPlace): void {
  const { analysis, pipeline } = editor.store.getState()
  const edge = [...analysis.edges.values()].find(
    ({ from }) => from.node === place.node && from.port === place.port,
  )
  if (edge !== undefined) editor.select(selectionOf({ edges: [edge.id] }))
  else if (pipeline.nodes.has(place.node)) editor.select(selectionOf({ nodes: [place.node] }))
  workbench.showDrawer('records')
}

/** Whoever is writing something goes on writing: the state of the job says it, too. */
export function showHit(session: Session, { nodeId, port }: wire.BreakpointHit): void {
  if (isField(document.activeElement)) return
  showPlace(session, { node: nodeId, port })
}

/** The port that the selected edge leaves, or the first output of the selected node. */
export function selectedPlace({ editor }: Session): PortPlace | undefined {
  const { selection, analysis } = editor.store.getState()
  const edgeId = soleEdge(selection)
  if (edgeId !== undefined) return analysis.edges.get(edgeId)?.from
  const nodeId = soleNode(selection)
  const port = analysis.checked.nodes.get(nodeId ?? '')?.outputs[0]
  return nodeId === undefined || port === undefined ? undefined : { node: nodeId, port }
}
