/**
 * Every node with its ports, as a tree: the whole pipeline without the canvas, by keyboard or by
 * ear.
 */

import { CircleAlert } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, useMemo, useState } from 'react'
import { OperatorIcon } from '../design/operator-icon.tsx'
import type { Analysis, EdgeView, NodeView } from '../editor/analysis.ts'
import { selectionOf, soleNode } from '../editor/selection.ts'
import { useEditorState, useSession } from '../editor/session.tsx'
import { problemCountText } from '../problems/problem-count.ts'
import { currentViewport } from '../workbench/viewport.ts'
import './outline.css'

export function Outline(): ReactNode {
  const { editor, workbench } = useSession()
  const analysis = useEditorState((state) => state.analysis)
  const selected = useEditorState((state) => soleNode(state.selection))
  const [focused, setFocused] = useState<string>()
  const rows = useMemo(() => outlineOrder(analysis), [analysis])
  const active = focused ?? selected ?? rows[0]?.id
  if (rows.length === 0) return <p className="empty-state">The pipeline has no nodes yet.</p>
  const go = (id: string | undefined): void => {
    if (id === undefined) return
    setFocused(id)
    document.getElementById(`outline-${id}`)?.focus()
  }
  const onKeyDown = (event: KeyboardEvent, id: string): void => {
    const index = rows.findIndex((row) => row.id === id)
    if (event.key === 'ArrowDown') go(rows[index + 1]?.id)
    else if (event.key === 'ArrowUp') go(rows[index - 1]?.id)
    else if (event.key === 'Home') go(rows[0]?.id)
    else if (event.key === 'End') go(rows.at(-1)?.id)
    else if (event.key === 'c') workbench.update({ dialog: 'connect' })
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <div className="outline" role="tree" aria-label="Outline of the pipeline">
      {rows.map((view) => (
        <div
          key={view.id}
          id={`outline-${view.id}`}
          role="treeitem"
          tabIndex={view.id === active ? 0 : -1}
          aria-selected={view.id === selected}
          className="outline-node"
          onFocus={() => {
            setFocused(view.id)
            editor.select(selectionOf({ nodes: [view.id] }))
          }}
          onClick={() => currentViewport().reveal(view.id)}
          onKeyDown={(event) => onKeyDown(event, view.id)}
        >
          <span className="outline-head">
            <OperatorIcon operator={view.operator} size={14} />
            <span className="outline-title">{view.title}</span>
            {view.problems.length > 0 ? (
              <span className="outline-problem">
                <CircleAlert size={13} aria-hidden />
                <span className="visually-hidden">{problemCountText(view.problems.length)}</span>
              </span>
            ) : null}
          </span>
          <PortLines view={view} analysis={analysis} />
        </div>
      ))}
    </div>
  )
}

/** What comes in from where, and what goes out to where. */
function PortLines(props: { readonly view: NodeView; readonly analysis: Analysis }): ReactNode {
  const { view, analysis } = props
  const edges = [...analysis.edges.values()]
  const nameOf = (id: string): string => analysis.nodes.get(id)?.title ?? id
  const outgoing = view.outputs.filter(
    ({ name, kind }) => kind === 'data' || leaving(edges, view.id, name).length > 0,
  )
  return (
    <span className="outline-ports">
      {view.inputs.map(({ name }) => {
        const from = edges.filter(({ to }) => to.node === view.id && to.port === name)
        const names = from.map((edge) => nameOf(edge.from.node))
        return (
          <span key={`in ${name}`} data-open={from.length === 0}>
            {name} from {namesText(names)}
          </span>
        )
      })}
      {outgoing.map(({ name, kind }) => {
        const names = leaving(edges, view.id, name).map(({ to }) => nameOf(to.node))
        return (
          <span key={`out ${name}`} data-kind={kind}>
            {name} to {namesText(names)}
          </span>
        )
      })}
    </span>
  )
}

/** An output that leads to many nodes would fill the outline, and each of them names it. */
const NAMES_MAX = 8

function namesText(names: readonly string[]): string {
  if (names.length === 0) return 'nothing yet'
  if (names.length <= NAMES_MAX) return names.join(', ')
  const shown = names.slice(0, NAMES_MAX - 2)
  return `${shown.join(', ')} and ${names.length - shown.length} more`
}

function leaving(edges: readonly EdgeView[], id: string, port: string): readonly EdgeView[] {
  return edges.filter(({ from }) => from.node === id && from.port === port)
}

/** From the sources down, as records go; what runs in a circle stands last. */
export function outlineOrder({ checked, nodes }: Analysis): readonly NodeView[] {
  const order = [...new Set([...checked.order, ...nodes.keys()])]
  return order.flatMap((id) => nodes.get(id) ?? [])
}
