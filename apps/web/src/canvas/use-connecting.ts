/**
 * Drawing an edge and moving an end of one: what fits is shown meanwhile, and what does not is said
 * where it is dropped. An end that is dropped on the empty canvas detaches its edge.
 */

import type { Connection, FinalConnectionState, OnConnectStartParams } from '@xyflow/react'
import { useMemo } from 'react'
import { type Analysis, analyse } from '../editor/analysis.ts'
import { connect, reconnect, remove } from '../editor/commands.ts'
import { candidatePorts, edgePlaces, refuseConnection } from '../editor/connect.ts'
import { edgeIdOf } from '../editor/edge-ends.ts'
import { selectionOf } from '../editor/selection.ts'
import { type Session, useSession } from '../editor/session.tsx'
import { type Connecting, connecting, IDLE } from './connecting.ts'
import type { FlowEdge } from './flow-parts.ts'

export function useConnecting() {
  const session = useSession()
  return useMemo(() => gesturesOf(session), [session])
}

function gesturesOf(session: Session) {
  const { editor, workbench } = session
  // What the new edge is tried on; while an end is moved, the pipeline without its edge.
  let base: Analysis | undefined
  const tryOn = (): Analysis => base ?? editor.store.getState().analysis

  const onReconnectStart = (_: unknown, { id }: FlowEdge): void => {
    const { analysis } = editor.store.getState()
    const bare = remove(analysis.pipeline, selectionOf({ edges: [id] }), analysis.edges)
    base = analyse(bare, editor.registry, analysis)
    connecting.setState({ movedEdge: id })
  }
  const onConnectStart = (_: unknown, params: OnConnectStartParams): void => {
    const { nodeId, handleId, handleType } = params
    if (nodeId === null || handleId === null) return
    const side = handleType === 'source' ? 'from' : 'to'
    const from = { node: nodeId, port: handleId, side } as const
    connecting.setState({ from })
    tryPorts(tryOn(), session, from)
  }
  const isValidConnection = (connection: FlowEdge | Connection): boolean => {
    const { from, fitting, tried } = connecting.getState()
    if (from === undefined) return true
    const places = placesOf(connection)
    const { node, port } = from.side === 'from' ? places.to : places.from
    if (tried || fitting.has(`${node}.${port}`)) return fitting.has(`${node}.${port}`)
    return refuseConnection(tryOn(), editor.registry, places) === undefined
  }
  const onConnect = (connection: Connection): void => {
    const places = placesOf(connection)
    const { analysis } = editor.store.getState()
    if (refuseConnection(analysis, editor.registry, places) !== undefined) return
    editor.change('Connect', (pipeline) => connect(pipeline, analysis.nodes, places))
  }
  const onReconnect = ({ id }: FlowEdge, connection: Connection): void => {
    const places = placesOf(connection)
    const { analysis } = editor.store.getState()
    const edge = analysis.edges.get(id)
    if (edge === undefined || id === edgeIdOf(places)) return
    if (refuseConnection(tryOn(), editor.registry, places) !== undefined) return
    const select = selectionOf({ edges: [edgeIdOf(places)] })
    const change = reconnect(analysis.pipeline, analysis.nodes, edge, places)
    editor.change('Move the end of an edge', () => change, { select })
    workbench.announce('The edge has another end.')
  }
  const detach = (id: string): void => {
    const { edges } = editor.store.getState().analysis
    const edge = selectionOf({ edges: [id] })
    editor.change('Detach an edge', (pipeline) => remove(pipeline, edge, edges))
    workbench.announce('The edge is detached.')
  }
  const onConnectEnd = (event: unknown, state: FinalConnectionState): void => {
    const { from, movedEdge } = connecting.getState()
    const tried = tryOn()
    base = undefined
    connecting.setState(IDLE)
    if (from === undefined || state.isValid === true) return
    const { toHandle } = state
    if (toHandle?.id !== undefined && toHandle.id !== null) {
      sayRefusal(session, tried, from, { node: toHandle.nodeId, port: toHandle.id })
      return
    }
    if (movedEdge !== undefined) {
      if (dropPoint(event, '.react-flow__pane') !== undefined) detach(movedEdge)
      return
    }
    const at = dropPoint(event, '.react-flow__pane, .panel, .drawer')
    if (at !== undefined) workbench.update({ quickAdd: { at: withinCanvas(at), from } })
  }
  return {
    onConnectStart,
    onConnect,
    onConnectEnd,
    onReconnectStart,
    onReconnect,
    isValidConnection,
  }
}

type End = NonNullable<Connecting['from']>

/** A frame's share of work at a time, so that the edge follows the pointer from the start. */
const SLICE_MS = 5

function tryPorts(analysis: Analysis, { editor, env }: Session, from: End): void {
  const { side } = from
  const end = { node: from.node, port: from.port }
  const waiting = candidatePorts(analysis, end, side)
  const fitting = new Set<string>()
  let index = 0
  const step = (): void => {
    if (connecting.getState().from !== from) return
    const until = env.nowMs() + SLICE_MS
    for (; index < waiting.length && env.nowMs() < until; index++) {
      const other = waiting[index]
      if (other === undefined) continue
      const places = edgePlaces(end, side, other)
      if (refuseConnection(analysis, editor.registry, places) !== undefined) continue
      fitting.add(`${other.node}.${other.port}`)
    }
    const tried = index >= waiting.length
    connecting.setState({ fitting: new Set(fitting), tried })
    if (!tried) requestAnimationFrame(step)
  }
  step()
}

function sayRefusal(
  { editor, workbench }: Session,
  analysis: Analysis,
  from: End,
  other: { readonly node: string; readonly port: string },
): void {
  const end = { node: from.node, port: from.port }
  if (other.node === end.node && other.port === end.port) return
  const refused = refuseConnection(analysis, editor.registry, edgePlaces(end, from.side, other))
  if (refused === undefined) return
  const title = 'These ports are not joined.'
  workbench.notify({ kind: 'refused', title, details: [refused.message] })
}

interface WindowPoint {
  readonly x: number
  readonly y: number
}

/** Where on the window, if it was on one of these parts. */
function dropPoint(event: unknown, parts: string): WindowPoint | undefined {
  if (!(event instanceof Event)) return undefined
  const { target } = event
  if (!(target instanceof Element) || target.closest(parts) === null) return undefined
  const pointer = event instanceof MouseEvent ? event : touchOf(event)
  return pointer === undefined ? undefined : { x: pointer.clientX, y: pointer.clientY }
}

/** An edge that was drawn out over a panel ends at the edge of the canvas. */
function withinCanvas({ x, y }: WindowPoint): WindowPoint {
  const canvas = document.querySelector('.canvas')?.getBoundingClientRect()
  if (canvas === undefined) return { x, y }
  return {
    x: Math.min(Math.max(x, canvas.left), canvas.right),
    y: Math.min(Math.max(y, canvas.top), canvas.bottom),
  }
}

/** Not every browser has a class for events of touch. */
function touchOf(event: Event): Touch | undefined {
  return 'changedTouches' in event ? (event as TouchEvent).changedTouches[0] : undefined
}

function placesOf({ source, sourceHandle, target, targetHandle }: FlowEdge | Connection) {
  return {
    from: { node: source, port: sourceHandle ?? 'out' },
    to: { node: target, port: targetHandle ?? 'in' },
  }
}
