/** What a running edge shows: its rate, and the way to its records. */

import './edge-label.css'
import { memo, type ReactNode } from 'react'
import { BreakpointMark } from '../breakpoints/breakpoint-mark.tsx'
import { selectionOf } from '../editor/selection.ts'
import { useEdgeView, useSession } from '../editor/session.tsx'
import { nodeTitle } from './board.ts'
import { rateText, shortCountText } from './formats.ts'
import { isFlowing } from './job-words.ts'
import { useBoard, useJobFact, useMetric } from './live.tsx'

export const EdgeLabel = memo(function EdgeLabel(props: { readonly edgeId: string }): ReactNode {
  const edge = useEdgeView(props.edgeId)
  if (edge === undefined) return null
  const { id, from, to, kind, side } = edge
  return (
    <>
      {side === undefined ? null : <span className="edge-side">{side}</span>}
      <BreakpointMark node={from.node} port={from.port} />
      <Rate edgeId={id} nodeId={from.node} port={from.port} to={to.node} kind={kind} />
    </>
  )
})

interface RateProps {
  readonly edgeId: string
  readonly nodeId: string
  readonly port: string
  readonly to: string
  readonly kind: string
}

function Rate({ edgeId, nodeId, port, to, kind }: RateProps): ReactNode {
  const session = useSession()
  const board = useBoard()
  const flowing = useJobFact(isFlowing)
  const text = useMetric(nodeId, (metrics) => {
    if (metrics === undefined) return undefined
    const flow = Object.hasOwn(metrics.ports, port) ? metrics.ports[port] : undefined
    return flowing ? rateText(flow?.perSecond ?? 0) : shortCountText(flow?.rows ?? 0)
  })
  if (text === undefined) return null
  const showRecords = () => {
    session.editor.select(selectionOf({ edges: [edgeId] }))
    session.workbench.showDrawer('records')
  }
  const ends = `${nodeTitle(board, nodeId)} to ${nodeTitle(board, to)}`
  return (
    <button
      type="button"
      className="edge-rate nodrag nopan"
      data-kind={kind}
      data-still={text === '0/s' || text === '0'}
      title={`Show the records from ${ends}`}
      aria-label={`Records from ${ends}: ${text}${flowing ? '' : ' in all'}`}
      onClick={showRecords}
    >
      {text}
    </button>
  )
}
