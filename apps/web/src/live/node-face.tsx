/**
 * What a node shows below its title: rates, late and error counts, how busy it is, and the tide
 * line.
 */

import './node-face.css'
import type { wire } from '@millrace/pipeline'
import { memo, type ReactNode, useRef } from 'react'
import { Link } from 'wouter'
import { useSession } from '../editor/session.tsx'
import { lettersHref } from '../letters/letters-place.ts'
import { useSight } from './distance.ts'
import { countText, shareText, shortCountText } from './formats.ts'
import { isActive, isFlowing } from './job-words.ts'
import { useBoard, useJobFact, useLevelWriter, useMetric } from './live.tsx'
import type { NodeLevel } from './live-job.ts'
import { TideLine } from './tide-line.tsx'

/**
 * Memoised: the canvas renders its nodes while they are dragged, and nothing here depends on that.
 */
export const NodeFace = memo(function NodeFace(props: { readonly nodeId: string }): ReactNode {
  const { nodeId } = props
  const known = useMetric(nodeId, (metrics) => metrics !== undefined)
  const active = useJobFact(isActive)
  const flowing = useJobFact(isFlowing)
  const sight = useSight()
  if (!known) {
    return (
      <div className="face face-quiet" title={active ? NOTHING_SENT_YET : NEVER_RAN}>
        {active ? 'no numbers yet' : 'not run yet'}
      </div>
    )
  }
  return (
    <div className="face" data-active={active}>
      {sight !== 'none' && <Figures nodeId={nodeId} few={sight === 'few'} flowing={flowing} />}
      <BusyBar nodeId={nodeId} />
      <TideLine nodeId={nodeId} active={active} />
    </div>
  )
})

interface FiguresProps {
  readonly nodeId: string
  /** Of both ways only the one in, which every node but a source has: there is no room for more. */
  readonly few: boolean
  readonly flowing: boolean
}

function Figures({ nodeId, few, flowing }: FiguresProps): ReactNode {
  const category = useBoard().nodes.get(nodeId)?.category
  const isIn = category !== 'source'
  const isOut = category !== 'sink' && !(few && isIn)
  return (
    <div className="face-figures">
      <span className="face-flow">
        {isIn && <Flow nodeId={nodeId} way="in" flowing={flowing} />}
        {isOut && <Flow nodeId={nodeId} way="out" flowing={flowing} />}
      </span>
      <span className="face-flags">
        <LateFlag nodeId={nodeId} />
        <ErrorFlag nodeId={nodeId} />
      </span>
    </div>
  )
}

interface FlowProps {
  readonly nodeId: string
  readonly way: 'in' | 'out'
  readonly flowing: boolean
}

/** Records per second while they flow; all of them while it is paused and once it has ended. */
function Flow({ nodeId, way, flowing }: FlowProps): ReactNode {
  const text = useMetric(nodeId, (metrics) => flowText(metrics, way, flowing))
  return (
    <span className="face-way" data-way={way}>
      <span className="face-number">{text}</span>
      <span className="face-word">{flowing ? `${way}/s` : way}</span>
    </span>
  )
}

const NEVER_RAN = 'Records in and out, and how far its time has come, stand here once it runs.'
const NOTHING_SENT_YET =
  'The running job has told nothing of this node. One that was added since it began runs from the next start on.'

function flowText(
  metrics: wire.NodeMetrics | undefined,
  way: 'in' | 'out',
  flowing: boolean,
): string {
  if (metrics === undefined) return ''
  if (way === 'out') return outText(metrics, flowing)
  return flowing ? shortCountText(metrics.inPerSecond) : flagText(metrics.in)
}

/** Without what came too late or was refused, which stands beside it by those names. */
function outText({ out, outPerSecond, ports }: wire.NodeMetrics, flowing: boolean): string {
  const beside = ['late', 'errors'].flatMap((port) => {
    const found = Object.hasOwn(ports, port) ? ports[port] : undefined
    return found ?? []
  })
  const sum = (start: number, counts: readonly number[]) => counts.reduce((a, b) => a - b, start)
  return flowing
    ? shortCountText(
        Math.max(
          0,
          sum(
            outPerSecond,
            beside.map(({ perSecond }) => perSecond),
          ),
        ),
      )
    : flagText(
        sum(
          out,
          beside.map(({ rows }) => rows),
        ),
      )
}

/** Exact while there is room for it. */
function flagText(count: number): string {
  return count < 10_000 ? countText(count) : shortCountText(count)
}

function LateFlag({ nodeId }: { readonly nodeId: string }): ReactNode {
  const late = useMetric(nodeId, (metrics) => metrics?.late ?? 0)
  if (late === 0) return null
  return (
    <span className="face-late" title={`${countText(late)} records came after their window closed`}>
      {flagText(late)} late
    </span>
  )
}

/** Leads to what was refused. A press on it is no press on the node. */
function ErrorFlag({ nodeId }: { readonly nodeId: string }): ReactNode {
  const { pipelineId } = useSession()
  const errors = useMetric(nodeId, (metrics) => metrics?.deadLettered ?? 0)
  if (errors === 0) return null
  return (
    <Link
      className="face-errors nodrag nopan"
      href={lettersHref(pipelineId, { node: nodeId })}
      title={`${countText(errors)} records were refused. Look at them`}
    >
      {flagText(errors)} {errors === 1 ? 'error' : 'errors'}
    </Link>
  )
}

/** Above it a node has little room left, and people should look here first. */
const BUSY_HIGH = 0.7

function BusyBar({ nodeId }: { readonly nodeId: string }): ReactNode {
  const bar = useRef<HTMLDivElement>(null)
  useLevelWriter(nodeId, bar, busyPercent, writeBusy)
  return <div className="face-busy" ref={bar} />
}

function busyPercent({ metrics }: NodeLevel): number {
  const share = metrics?.busy ?? 0
  return Math.round(Math.min(1, Math.max(0, share)) * 100)
}

function writeBusy(element: HTMLElement, percent: number): void {
  element.style.backgroundSize = `${percent}% 100%`
  element.classList.toggle('high', percent > BUSY_HIGH * 100)
  element.title = `Busy ${shareText(percent / 100)} of the time`
}
