/** Connects a node without the canvas: a port of its own, then one of those that fit. */

import type { PortPlace } from '@millrace/pipeline'
import { type ReactNode, useMemo, useState } from 'react'
import { connect } from '../editor/commands.ts'
import { fittingPorts } from '../editor/connect.ts'
import type { Side } from '../editor/edge-ends.ts'
import { soleNode } from '../editor/selection.ts'
import { useEditorState, useSession } from '../editor/session.tsx'
import { Dialog } from './dialog.tsx'

interface OwnPort {
  readonly place: PortPlace
  readonly side: Side
  readonly text: string
}

export function ConnectDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { editor, workbench } = useSession()
  const analysis = useEditorState((state) => state.analysis)
  const nodeId = useEditorState((state) => soleNode(state.selection))
  const view = nodeId === undefined ? undefined : analysis.nodes.get(nodeId)
  const own = useMemo((): readonly OwnPort[] => {
    if (view === undefined) return []
    const places = (names: readonly string[], side: Side, word: string): OwnPort[] =>
      names.map((port) => ({ place: { node: view.id, port }, side, text: `${word} ${port}` }))
    return [
      ...places(
        view.outputs.map(({ name }) => name),
        'from',
        'Output',
      ),
      ...places(
        view.inputs.map(({ name }) => name),
        'to',
        'Input',
      ),
    ]
  }, [view])
  // A node that was just added has free inputs, and often nothing its outputs could lead to.
  const [chosen, setChosen] = useState(() => {
    const fits = ({ place, side }: OwnPort) =>
      fittingPorts(analysis, editor.registry, place, side).length > 0
    return Math.max(0, own.findIndex(fits))
  })
  const [target, setTarget] = useState(0)
  const port = own[chosen]
  const fitting = useMemo(
    () =>
      port === undefined ? [] : fittingPorts(analysis, editor.registry, port.place, port.side),
    [analysis, editor, port],
  )
  const join = (): void => {
    const other = fitting[target]
    if (port === undefined || other === undefined) return
    const edge =
      port.side === 'from' ? { from: port.place, to: other } : { from: other, to: port.place }
    editor.change('Connect', (pipeline) => connect(pipeline, analysis.nodes, edge))
    workbench.announce(`${titleOf(edge.from.node)} is connected to ${titleOf(edge.to.node)}.`)
    onClose()
  }
  const titleOf = (id: string): string => analysis.nodes.get(id)?.title ?? id
  return (
    <Dialog title={`Connect ${view?.title ?? 'a node'}`} width="narrow" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          join()
        }}
        onKeyDown={(event) => {
          // Unlike a field of text, a closed list does not send its form by itself.
          if (event.key !== 'Enter' || !(event.target instanceof HTMLSelectElement)) return
          event.preventDefault()
          join()
        }}
      >
        <div className="choice-row">
          <label>
            Port
            <select
              className="input"
              value={chosen}
              onChange={({ target: field }) => {
                setChosen(Number(field.value))
                setTarget(0)
              }}
            >
              {own.map(({ text }, index) => (
                <option key={text} value={index}>
                  {text}
                </option>
              ))}
            </select>
          </label>
          <label>
            {port?.side === 'to' ? 'from' : 'to'}
            <select
              className="input"
              value={target}
              disabled={fitting.length === 0}
              onChange={({ target: field }) => setTarget(Number(field.value))}
            >
              {fitting.map((place, index) => (
                <option key={`${place.node}.${place.port}`} value={index}>
                  {titleOf(place.node)}, {place.port}
                </option>
              ))}
            </select>
          </label>
        </div>
        {fitting.length === 0 ? (
          <p className="field-hint">
            No port of another node fits. Add a node, or free an input first.
          </p>
        ) : null}
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button primary" disabled={fitting.length === 0}>
            Connect
          </button>
        </div>
      </form>
    </Dialog>
  )
}
