/** What comes in by each input of a node that has several, so that one sees which side is which. */

import type { Problem } from '@millrace/pipeline'
import { ArrowDownUp } from 'lucide-react'
import type { ReactNode } from 'react'
import { kindText } from '../canvas/schema-table.tsx'
import type { EdgeView, NodeView } from '../editor/analysis.ts'
import { swapInputs } from '../editor/commands.ts'
import { selectionOf } from '../editor/selection.ts'
import { useEditorState, useNodeView, useSession } from '../editor/session.tsx'
import { currentViewport } from '../workbench/viewport.ts'
import { FieldProblems } from './field-shell.tsx'

export function InputSides({ view }: { readonly view: NodeView }): ReactNode {
  const { editor, workbench } = useSession()
  const edges = useEditorState((state) => state.analysis.edges)
  const { id, operator } = view
  const ports = operator?.inputs ?? []
  const [first, second, ...more] = ports
  if (first === undefined || second === undefined) return null
  const into = [...edges.values()].filter(({ to }) => to.node === id)
  const swap = (): void => {
    editor.endGesture()
    editor.change(`Swap the inputs of ${view.title}`, (pipeline) =>
      swapInputs(pipeline, edges, id, [first, second]),
    )
    workbench.announce(`What was ${first} is now ${second}, and the other way round.`)
  }
  return (
    <section className="input-sides" aria-label="Inputs">
      <div className="field-head">
        <h3 className="field-label">Inputs</h3>
        {more.length === 0 && into.length > 0 ? (
          <button type="button" className="button quiet input-swap" onClick={swap}>
            <ArrowDownUp size={12} aria-hidden />
            Swap
          </button>
        ) : null}
      </div>
      <dl>
        {ports.map((port) => (
          <div key={port} className="input-side">
            <dt className="mono">{port}</dt>
            <dd>
              <Sources edges={into.filter(({ to }) => to.port === port)} />
              <FieldProblems problems={sideProblems(view, port)} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

/** That it is not connected is said in its place already. */
function sideProblems(view: NodeView, side: string): readonly Problem[] {
  return view.problems.filter(
    (problem) =>
      isOfSide(view, problem) && problem.port === side && problem.code !== 'input-not-connected',
  )
}

/** Whether a problem is said at one of the inputs. */
export function isOfSide({ operator }: NodeView, { port, path }: Problem): boolean {
  const inputs = operator?.inputs ?? []
  return inputs.length > 1 && path === undefined && port !== undefined && inputs.includes(port)
}

function Sources({ edges }: { readonly edges: readonly EdgeView[] }): ReactNode {
  if (edges.length === 0) return <span className="input-none">not connected yet</span>
  return edges.map((edge) => <Source key={edge.id} edge={edge} />)
}

function Source({ edge }: { readonly edge: EdgeView }): ReactNode {
  const { editor } = useSession()
  const { node, port } = edge.from
  const from = useNodeView(node)
  const show = (): void => {
    editor.select(selectionOf({ nodes: [node] }))
    currentViewport().show(node)
  }
  return (
    <>
      <button type="button" className="input-source" onClick={show}>
        {from?.title ?? node}
        {port === 'out' ? null : <span className="input-port"> {port}</span>}
      </button>
      <span className="input-kind">
        {edge.schema === undefined ? 'not set up yet' : kindText(edge.schema)}
      </span>
    </>
  )
}
