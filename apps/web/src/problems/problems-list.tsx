/** Every problem of the pipeline; choosing one selects its node and shows its field. */

import type { Problem } from '@millrace/pipeline'
import { CircleAlert, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { removeEdgeAt } from '../editor/commands.ts'
import { selectionOf } from '../editor/selection.ts'
import { type Session, useEditorState, useSession } from '../editor/session.tsx'
import { currentViewport } from '../workbench/viewport.ts'
import { listedMessage } from './form-words.ts'
import { fieldKey } from './problem-words.ts'
import './problems-list.css'

export function ProblemsList(): ReactNode {
  const problems = useEditorState((state) => state.analysis.problems)
  if (problems.length === 0) {
    return <p className="empty-state">No problems. The pipeline can run as it is drawn.</p>
  }
  return (
    <ul className="problems" aria-label="Problems">
      {problems.map((problem, index) => (
        // The list is made anew by each check, and its rows hold no state.
        // biome-ignore lint/suspicious/noArrayIndexKey: a problem has no identity beside its place
        <li key={index} className="problem-line">
          <ProblemRow problem={problem} />
          <RemoveEdge problem={problem} />
        </li>
      ))}
    </ul>
  )
}

function ProblemRow({ problem }: { readonly problem: Problem }): ReactNode {
  const session = useSession()
  const view = useEditorState((state) =>
    problem.nodeId === undefined ? undefined : state.analysis.nodes.get(problem.nodeId),
  )
  const Icon = problem.severity === 'error' ? CircleAlert : TriangleAlert
  return (
    <button
      type="button"
      className="problem-row"
      data-severity={problem.severity}
      onClick={() => showProblem(session, problem)}
    >
      <Icon size={14} aria-hidden />
      <span className="visually-hidden">{problem.severity}: </span>
      <span className="problem-message">{listedMessage(problem, view)}</span>
      <span className="problem-place">{view?.title ?? 'Pipeline'}</span>
      <span className="problem-code mono">{problem.code}</span>
    </button>
  )
}

/** An edge to a node that is not there is on no canvas, where it could be removed. */
function RemoveEdge({ problem: { path = [] } }: { readonly problem: Problem }): ReactNode {
  const { editor } = useSession()
  const [root, index] = path
  const drawn = useEditorState(({ analysis }) =>
    [...analysis.edges.values()].some((view) => view.index === index),
  )
  if (root !== 'edges' || typeof index !== 'number' || drawn) return null
  return (
    <button
      type="button"
      className="button"
      onClick={() => editor.change('Remove an edge', (pipeline) => removeEdgeAt(pipeline, index))}
    >
      Remove the edge
    </button>
  )
}

export function showProblem({ editor, workbench }: Session, { nodeId, path }: Problem): void {
  const { analysis } = editor.store.getState()
  if (nodeId !== undefined && analysis.nodes.has(nodeId)) {
    editor.select(selectionOf({ nodes: [nodeId] }))
    currentViewport().show(nodeId)
    const { inspector } = workbench.store.getState()
    workbench.update({
      inspector: { ...inspector, open: true },
      ...(path === undefined ? {} : { wantedField: { nodeId, path: fieldKey(path) } }),
    })
    return
  }
  const [root, index] = path ?? []
  if (root !== 'edges') return
  const edge = [...analysis.edges.values()].find((view) => view.index === index)
  if (edge !== undefined) editor.select(selectionOf({ edges: [edge.id] }))
}
