/** The canvas: draws the pipeline and turns gestures into changes, one gesture to one step. */

import {
  applyNodeChanges,
  Background,
  BackgroundVariant,
  Controls,
  type NodeChange,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  useStoreApi,
} from '@xyflow/react'
import '@xyflow/react/dist/base.css'
import {
  type MouseEvent,
  type ReactNode,
  Suspense,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import { addNote, place } from '../editor/commands.ts'
import { edgePlacesOf } from '../editor/edge-ends.ts'
import { selectionOf } from '../editor/selection.ts'
import { useEditorState, useSession } from '../editor/session.tsx'
import { QuickAddList } from '../palette/quick-add.tsx'
import { latePart } from '../parts/late-part.ts'
import { useFileDrop } from '../transfer/use-file-drop.ts'
import { showField } from '../workbench/page-actions.ts'
import { useKeptFocus } from '../workbench/use-kept-focus.ts'
import type { DraggedParts } from './dragged-parts.ts'
import { EdgeLine } from './edge-line.tsx'
import type { HoveredEdge } from './edge-schema-card.tsx'
import { FarMark } from './far-mark.tsx'
import {
  type FlowEdge,
  type FlowNode,
  noteIndexOf,
  toFlowEdges,
  toFlowNodes,
} from './flow-parts.ts'
import { NodeCard } from './node-card.tsx'
import { NoteCard } from './note-card.tsx'
import { PipelineMap } from './pipeline-map.tsx'
import { ShownMark } from './shown-mark.tsx'
import { useCanvasDrop } from './use-canvas-drop.ts'
import { useCanvasKeys } from './use-canvas-keys.ts'
import { useConnecting } from './use-connecting.ts'
import { useKeptView } from './use-kept-view.ts'
import { FIT, useViewport } from './use-viewport.ts'
import './canvas.css'

const EdgeSchemaCard = latePart(() => import('./edge-schema-card.tsx'))

const NODE_TYPES = { operator: NodeCard, note: NoteCard }
const EDGE_TYPES = { line: EdgeLine }
const MULTI_KEYS = ['Control', 'Meta']
const SNAP: [number, number] = [8, 8]
/** Below it, what is out of view costs less than to put it up again with each move of the view. */
const VISIBLE_ONLY_ABOVE = 60
/** At first what fits can be read; who asks for all sees all. */
const FIT_AT_FIRST = { ...FIT, minZoom: 0.2 }
const ZOOM_MIN = 0.02

/**
 * While a node is dragged a cover lies over the canvas: the browser then need not ask hundreds of
 * nodes with each move which of them the pointer is over.
 */
const DRAGGING = {
  onNodeDragStart: (): void => {
    const canvas = document.querySelector('.canvas')
    const end = new AbortController()
    const uncover = (): void => {
      canvas?.removeAttribute('data-dragging')
      end.abort()
    }
    canvas?.setAttribute('data-dragging', '')
    // Not React Flow's end of the drag, which never comes for a node that is gone meanwhile.
    for (const event of ['pointerup', 'pointercancel']) {
      window.addEventListener(event, uncover, { signal: end.signal })
    }
  },
}

export function Canvas(): ReactNode {
  return (
    <ReactFlowProvider>
      <Flow />
    </ReactFlowProvider>
  )
}

function Flow(): ReactNode {
  const { nodes, edges, onNodesChange, selectEdges } = useFlowParts()
  const gestures = useConnecting()
  const drop = useCanvasDrop()
  const onKeyDown = useCanvasKeys()
  const onDoubleClick = useDoubleClick()
  const [hovered, hover] = useHoveredEdge()
  useViewport()
  useKeptView()
  useFileDrop()
  const canvas = useRef<HTMLDivElement>(null)
  // What is deleted may have had the focus.
  useKeptFocus(canvas)
  const nodeCount = nodes.length
  const fitsAtFirst = useFitsAtFirst()
  return (
    // biome-ignore lint/a11y/useSemanticElements: the canvas is a region of the page
    <div
      ref={canvas}
      className="canvas"
      role="region"
      aria-label="Canvas"
      tabIndex={-1}
      onKeyDown={onKeyDown}
    >
      <ReactFlow<FlowNode, FlowEdge>
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        onNodesChange={onNodesChange}
        onEdgesChange={selectEdges}
        {...gestures}
        {...drop}
        onDoubleClick={onDoubleClick}
        {...DRAGGING}
        {...hover}
        fitView={fitsAtFirst}
        fitViewOptions={FIT_AT_FIRST}
        minZoom={ZOOM_MIN}
        maxZoom={2}
        snapToGrid
        snapGrid={SNAP}
        panOnScroll
        zoomOnDoubleClick={false}
        multiSelectionKeyCode={MULTI_KEYS}
        deleteKeyCode={null}
        disableKeyboardA11y
        connectionRadius={28}
        reconnectRadius={9}
        elevateNodesOnSelect={false}
        onlyRenderVisibleElements={nodeCount > VISIBLE_ONLY_ABOVE}
        aria-label="Pipeline"
      >
        <Background variant={BackgroundVariant.Dots} gap={22} size={1.3} color="var(--dot)" />
        <Controls showInteractive={false} fitViewOptions={FIT} position="bottom-left" />
        <FarMark />
        <ShownMark />
        <PipelineMap />
      </ReactFlow>
      <EmptyHint />
      <Suspense>{hovered === undefined ? null : <EdgeSchemaCard hovered={hovered} />}</Suspense>
      <QuickAddList />
    </div>
  )
}

/**
 * React Flow would wait for the first node and then fit the view to it: on a canvas that is empty
 * that node would jump away from where it was dropped.
 */
function useFitsAtFirst(): boolean {
  const { editor } = useSession()
  const [fits] = useState(() => {
    const { nodes, notes } = editor.store.getState().pipeline
    return nodes.size > 0 || notes.length > 0
  })
  return fits
}

/** The handlers stay the same, since a new one would have every edge rendered again. */
function useHoveredEdge() {
  const [hovered, setHovered] = useState<HoveredEdge>()
  const handlers = useMemo(() => {
    const leave = (): void => setHovered(undefined)
    return {
      onEdgeMouseEnter: (event: MouseEvent, { id, source, target }: FlowEdge): void => {
        const { clientX, clientY, currentTarget } = event
        const canvas = currentTarget.closest('.canvas')
        const room = canvas?.getBoundingClientRect() ?? { left: 0, right: window.innerWidth }
        const ends = [source, target].flatMap((end) => {
          const node = canvas?.querySelector(`[data-id="${CSS.escape(end)}"]`)
          return node?.getBoundingClientRect() ?? []
        })
        setHovered({ id, x: clientX, y: clientY, room, ends })
      },
      onEdgeMouseLeave: leave,
      // The inspector tells the same then, and the card would lie over what the click has opened.
      onEdgeClick: leave,
      onMoveStart: leave,
    }
  }, [])
  return [hovered, handlers] as const
}

/** React Flow's parts follow the pipeline; a drag moves them alone, until it ends as one change. */
function useFlowParts() {
  const { editor } = useSession()
  const pipeline = useEditorState((state) => state.pipeline)
  const analysis = useEditorState((state) => state.analysis)
  const selection = useEditorState((state) => state.selection)
  const [nodes, setNodes] = useState<FlowNode[]>([])
  const [edges, setEdges] = useState<FlowEdge[]>([])
  useEffect(() => {
    setNodes((before) => toFlowNodes(pipeline, analysis, selection, before))
    setEdges((before) => toFlowEdges(analysis, selection, before))
  }, [pipeline, analysis, selection])
  const dragged = useDraggedParts()
  const onNodesChange = useCallback(
    (changes: NodeChange<FlowNode>[]) => {
      if (dragged.draw(changes)) return
      setNodes((before) => applyNodeChanges(changes, before))
      const select = changes.filter((change) => change.type === 'select')
      if (select.length > 0) {
        const { selection: now } = editor.store.getState()
        const chosen = new Set<string>([...now.nodes, ...[...now.notes].map((i) => `note:${i}`)])
        for (const { id, selected } of select) {
          if (selected) chosen.add(id)
          else chosen.delete(id)
        }
        editor.select(selectionOfIds(chosen, now.edges))
      }
      const dropped = changes.flatMap((change) => {
        if (change.type !== 'position' || change.dragging !== false) return []
        return change.position === undefined ? [] : [{ id: change.id, ...change.position }]
      })
      if (dropped.length > 0) {
        const moved = new Map(dropped.map(({ id, x, y }) => [id, [x, y] as const]))
        const notes = [...moved].flatMap(([id, at]) => {
          const index = noteIndexOf(id)
          return index === undefined ? [] : [[index, at] as const]
        })
        const what = moved.size === 1 ? 'Move' : `Move ${moved.size} parts`
        editor.change(what, (before) => place(before, moved, new Map(notes)))
      }
    },
    [editor, dragged],
  )
  const selectEdges = useCallback(
    (changes: readonly { type: string; id?: string; selected?: boolean }[]) => {
      const { selection: now } = editor.store.getState()
      const chosen = new Set(now.edges)
      for (const { type, id, selected } of changes) {
        if (type !== 'select' || id === undefined) continue
        if (selected === true) chosen.add(id)
        else chosen.delete(id)
      }
      editor.select({ ...now, edges: chosen })
    },
    [editor],
  )
  return { nodes, edges, onNodesChange, selectEdges }
}

/** Loaded with the first drag, which React Flow draws by itself until then. */
function useDraggedParts(): Pick<DraggedParts, 'draw'> {
  const flow = useStoreApi<FlowNode, FlowEdge>()
  return useMemo(() => {
    let parts: DraggedParts | undefined
    const load = async (): Promise<void> => {
      const loaded = await import('./dragged-parts.ts').catch(() => undefined)
      if (loaded !== undefined) parts ??= new loaded.DraggedParts(flow)
    }
    return {
      draw: (changes) => {
        const drags = changes.some((change) => change.type === 'position' && change.dragging)
        if (parts === undefined && drags) void load()
        return parts?.draw(changes) ?? false
      },
    }
  }, [flow])
}

function selectionOfIds(ids: ReadonlySet<string>, edges: ReadonlySet<string>) {
  const notes = [...ids].flatMap((id) => noteIndexOf(id) ?? [])
  return selectionOf({ nodes: [...ids].filter((id) => !id.startsWith('note:')), edges, notes })
}

/** On empty canvas an operator is added where the pointer is; on a node its form opens. */
function useDoubleClick() {
  const session = useSession()
  const flow = useReactFlow()
  return useCallback(
    (event: MouseEvent) => {
      const { workbench, editor } = session
      if (!(event.target instanceof Element)) return
      const node = event.target.closest<HTMLElement>('.react-flow__node-operator')
      if (node?.dataset.id !== undefined) {
        showField(session, node.dataset.id, '')
        return
      }
      const edge = event.target.closest<HTMLElement>('.react-flow__edge')
      const edgeId = edge?.dataset.id
      const at = { x: event.clientX, y: event.clientY }
      if (edgeId !== undefined && edgePlacesOf(edgeId) !== undefined) {
        workbench.update({ quickAdd: { at, edgeId } })
      } else if (event.target.closest('.react-flow__pane') !== null) {
        if (event.altKey) {
          const { x, y } = flow.screenToFlowPosition(at)
          editor.change('Add a note', (pipeline) => addNote(pipeline, [x, y]))
        } else workbench.update({ quickAdd: { at } })
      }
    },
    [session, flow],
  )
}

function EmptyHint(): ReactNode {
  const empty = useEditorState(
    ({ pipeline }) => pipeline.nodes.size === 0 && pipeline.notes.length === 0,
  )
  const { workbench } = useSession()
  if (!empty) return null
  return (
    <div className="canvas-empty">
      <h2>Begin with a source</h2>
      <p>
        Drag one from the left, press <kbd className="kbd">Tab</kbd>, or double-click here.
      </p>
      <button
        type="button"
        className="button"
        onClick={() => workbench.update({ dialog: 'examples' })}
      >
        Start from an example
      </button>
      <button
        type="button"
        className="button quiet"
        onClick={() => workbench.update({ dialog: 'glossary' })}
      >
        What the words mean
      </button>
    </div>
  )
}
