/** A node: glyph, title, how it is set, its ports, and below what the live half shows. */

import type { NodeProps } from '@xyflow/react'
import { CircleAlert, TriangleAlert } from 'lucide-react'
import { memo, type ReactNode, Suspense } from 'react'
import { OperatorIcon } from '../design/operator-icon.tsx'
import type { NodeView } from '../editor/analysis.ts'
import { type PortRow, portRows, portTop } from '../editor/node-shape.ts'
import { useNodeView, useWorkbench } from '../editor/session.tsx'
import { useJobFact } from '../live/live.tsx'
import { NodeFace } from '../live/node-face.tsx'
import { latePart } from '../parts/late-part.ts'
import { problemCountText } from '../problems/problem-count.ts'
import type { FlowNode } from './flow-parts.ts'
import { glimpse } from './glimpse.ts'
import { GuaranteeMark } from './guarantee-mark.tsx'
import { PortHandle } from './port-handle.tsx'

export const NodeCard = memo(function NodeCard({ id, selected }: NodeProps<FlowNode>): ReactNode {
  const view = useNodeView(id)
  const failure = useJobFact((status) =>
    status?.state === 'failed' && status.failure?.nodeId === id
      ? status.failure.message
      : undefined,
  )
  if (view === undefined) return null
  const { operator, node, title } = view
  const rows = portRows(view)
  return (
    <div
      className="node"
      data-selected={selected}
      data-category={operator?.category}
      data-problem={worstOf(view)?.severity}
      data-failed={failure !== undefined}
    >
      <div className="node-head">
        <span className="glyph">
          <OperatorIcon operator={operator} />
        </span>
        <span className="node-words">
          <span className="node-title" dir="auto">
            {title}
          </span>
          <span className="node-glimpse mono">{glimpse(operator, node.config)}</span>
        </span>
        <GuaranteeMark view={view} />
        <ProblemMark view={view} />
      </div>
      {rows.length > 0 ? <PortNames rows={rows} /> : null}
      <NodeFace nodeId={id} />
      <Ports view={view} rows={rows} />
      <EditMark nodeId={id} />
      {failure === undefined ? null : (
        <span className="node-failed" title={failure}>
          failed
        </span>
      )}
      <Impact nodeId={id} />
    </div>
  )
})

/** Its settings are those of the drawing, and its numbers those of the version that runs. */
function EditMark({ nodeId }: { readonly nodeId: string }): ReactNode {
  const edit = useWorkbench(({ edits, deployQuestion }) => {
    return deployQuestion === undefined ? edits?.get(nodeId) : undefined
  })
  if (edit === undefined) return null
  return (
    <span className="node-edit" title="Runs as it is drawn once the edit is deployed">
      {edit}
    </span>
  )
}

const ImpactMark = latePart(() => import('../checkpoints/impact-mark.tsx'))

/** Only while somebody is asked. */
function Impact({ nodeId }: { readonly nodeId: string }): ReactNode {
  const asked = useWorkbench(({ deployQuestion }) => deployQuestion !== undefined)
  if (!asked) return null
  return (
    <Suspense fallback={null}>
      <ImpactMark nodeId={nodeId} />
    </Suspense>
  )
}

function PortNames({ rows }: { readonly rows: readonly PortRow[] }): ReactNode {
  return (
    <div className="node-ports">
      {rows.map(({ input, output }) => (
        <div className="node-port-row" key={`${input?.name} ${output?.name}`}>
          <span>{input?.name}</span>
          <span data-kind={output?.kind}>{output?.name}</span>
        </div>
      ))}
    </div>
  )
}

function Ports(props: { readonly view: NodeView; readonly rows: readonly PortRow[] }): ReactNode {
  const { view, rows } = props
  return (
    <>
      {view.inputs.map((port) => (
        <PortHandle
          key={port.name}
          nodeId={view.id}
          port={port}
          side="input"
          top={portTop(rows, 'input', port)}
        />
      ))}
      {view.outputs.map((port) => (
        <PortHandle
          key={port.name}
          nodeId={view.id}
          port={port}
          side="output"
          top={portTop(rows, 'output', port)}
        />
      ))}
    </>
  )
}

function ProblemMark({ view }: { readonly view: NodeView }): ReactNode {
  const { problems } = view
  const worst = worstOf(view)
  if (worst === undefined) return null
  const Icon = worst.severity === 'error' ? CircleAlert : TriangleAlert
  const more = problems.length > 1 ? `\nand ${problems.length - 1} more` : ''
  return (
    <span className="node-problem" data-severity={worst.severity} title={`${worst.message}${more}`}>
      <Icon size={15} aria-hidden />
      <span className="visually-hidden">{problemCountText(problems.length)}</span>
    </span>
  )
}

function worstOf({ problems }: NodeView): NodeView['problems'][number] | undefined {
  return problems.find(({ severity }) => severity === 'error') ?? problems[0]
}
