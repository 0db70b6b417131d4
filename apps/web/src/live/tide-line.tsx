/**
 * The tide line of a node: its watermark as a level on the pipeline's own scale, with the time, its
 * zone and what it is behind. Words stand above the bar, so that the marker never runs through
 * them.
 */

import { memo, type ReactNode, useRef } from 'react'
import { type Board, nodeTitle } from './board.ts'
import { findCulprit, type MetricsOf } from './culprit.ts'
import { seenFrom, useSight } from './distance.ts'
import { countText, durationText, shortTimeText, watermarkText } from './formats.ts'
import { useBoard, useLevel, useLevelReader, useLevelWriter, useMetricsReader } from './live.tsx'
import type { NodeLevel } from './live-job.ts'
import { clockLagMs, inputLagMs, tidePosition } from './tide.ts'

interface Props {
  readonly nodeId: string
  /** Once the job has ended, lag means nothing any more. */
  readonly active: boolean
}

export const TideLine = memo(function TideLine({ nodeId, active }: Props): ReactNode {
  const board = useBoard()
  const sight = useSight()
  const metricsOf = useMetricsReader()
  const around = { board, metricsOf }
  const level = useLevelReader(nodeId)
  const bar = useRef<HTMLDivElement>(null)
  useLevelWriter(nodeId, bar, tideStep, writeTide)
  return (
    <div
      className="tide"
      // Made when it is asked for: as text of every node it would be another one with every frame.
      onPointerEnter={({ currentTarget }) => {
        currentTarget.title = tideDetails(level(), around, nodeId)
      }}
    >
      {sight === 'all' ? <TideWords nodeId={nodeId} active={active} around={around} /> : null}
      <div className="tide-bar" ref={bar} />
    </div>
  )
})

function TideWords(props: Props & { readonly around: Around }): ReactNode {
  const { nodeId, active, around } = props
  const time = useLevel(nodeId, tideTime)
  const words = useLevel(nodeId, (level) => (active ? tideWords(level, around, nodeId) : ''))
  const held = useLevel(nodeId, (one) => active && heldBackMs(one) !== undefined)
  return (
    <div className="tide-words">
      <span className="tide-time">{time}</span>
      <span className={held ? 'tide-lag tide-held' : 'tide-lag'}>{words}</span>
    </div>
  )
}

function tideTime(level: NodeLevel): string {
  const { metrics, surface } = level
  if (metrics === undefined || metrics.watermark === 'start') return ''
  if (metrics.watermark === 'end') return 'all time passed'
  // Who holds it back needs the room of the date, which the node that does so shows.
  const near = heldBackMs(level) === undefined ? surface.atMs : metrics.watermark
  return shortTimeText(metrics.watermark, near)
}

/** The pipeline, and how its other nodes stand. */
export interface Around {
  readonly board: Board
  readonly metricsOf: MetricsOf
}

/** Shorter than this is the ordinary breathing of two inputs. */
const HELD_BACK_MS = 5_000

/** For how long an input has held the node back, once that is worth saying. */
function heldBackMs({ metrics, surface, heldBack }: NodeLevel): number | undefined {
  if (metrics === undefined || heldBack === undefined) return undefined
  if (metrics.watermark === 'end' || metrics.idle) return undefined
  const forMs = surface.atMs - heldBack.sinceMs
  return forMs >= HELD_BACK_MS ? forMs : undefined
}

/** From here on people replay the past: how far the clock is ahead says nothing about the job. */
const HISTORY_MS = 86_400_000

/** One thing only, the most telling: ended, idle, held back, or how far behind it is. */
export function tideWords(level: NodeLevel, around: Around, nodeId: string): string {
  const { metrics, surface, heldBack } = level
  if (metrics === undefined) return ''
  if (metrics.watermark === 'end') return 'ended'
  if (metrics.idle) return 'idle'
  const heldMs = heldBackMs(level)
  if (heldMs !== undefined && heldBack !== undefined) {
    return `held ${calmText(heldMs)} by ${culpritTitle(around, nodeId, heldBack.input)}`
  }
  const lagMs = clockLagMs(metrics.watermark, surface.atMs)
  if (lagMs === undefined) return metrics.in + metrics.out > 0 ? 'no event time yet' : ''
  if (lagMs < 0) return `${calmText(-lagMs)} ahead`
  if (lagMs < HISTORY_MS) return `lag ${calmText(lagMs)}`
  const behindInputsMs = inputLagMs(metrics)
  return behindInputsMs < 1_000 ? 'history' : `${calmText(behindInputsMs)} behind`
}

/** In whole seconds: tenths would flicker on every node, and nobody acts on them. */
function calmText(durationMs: number): string {
  return durationMs < 1_000 ? 'under 1 s' : durationText(Math.floor(durationMs / 1_000) * 1_000)
}

/** All of it, in sentences, for the pointer and for screen readers. */
export function tideDetails(level: NodeLevel, around: Around, nodeId: string): string {
  const { metrics, surface, heldBack } = level
  if (metrics === undefined) return ''
  const sentences = [`Watermark: ${watermarkText(metrics.watermark)}.`]
  const lagMs = clockLagMs(metrics.watermark, surface.atMs)
  if (lagMs !== undefined) {
    const side = lagMs < 0 ? 'ahead of' : 'behind'
    sentences.push(`${durationText(lagMs)} ${side} the clock.`)
  }
  const behindInputsMs = inputLagMs(metrics)
  if (behindInputsMs > 0) sentences.push(`${durationText(behindInputsMs)} behind its inputs.`)
  if (heldBack !== undefined) {
    const title = culpritTitle(around, nodeId, heldBack.input)
    const forMs = Math.max(0, surface.atMs - heldBack.sinceMs)
    sentences.push(`Held back by ${title} for ${durationText(forMs)}.`)
  }
  const idle = metrics.inputs.filter((input) => input.idle).length
  if (idle > 0) sentences.push(`${idle} of ${metrics.inputs.length} inputs idle.`)
  if (metrics.held > 0) sentences.push(`${countText(metrics.held)} records held.`)
  return sentences.join(' ')
}

/** What the input waits for, as the tab of event time has it: mostly the source far above it. */
function culpritTitle({ board, metricsOf }: Around, nodeId: string, input: number): string {
  const channel = board.nodes.get(nodeId)?.channels[input]
  if (channel === undefined) return `input ${input + 1}`
  const above = channel.from.node
  return nodeTitle(board, findCulprit(above, board, metricsOf)?.nodeId ?? above)
}

/** Half a pixel of a node's width, when it is seen from near. */
const LEVEL_STEPS = 400

/** Negative where there is no level. A smaller move than of a step nobody could see. */
function tideStep({ metrics, surface }: NodeLevel): number {
  if (metrics === undefined || metrics.watermark === 'start') return -1
  const distance = seenFrom.get()
  const step = Math.round((tidePosition(metrics.watermark, surface.scale) * LEVEL_STEPS) / distance)
  return Math.min(LEVEL_STEPS, step * distance)
}

/** As backgrounds, which only have to be painted: a transform each would be a layer of its own. */
function writeTide(element: HTMLElement, step: number): void {
  const level = `${(Math.max(0, step) / LEVEL_STEPS) * 100}%`
  element.style.backgroundSize = `2px 100%, ${level} 100%`
  element.style.backgroundPosition = `${level} 0, 0 0`
  element.classList.toggle('empty', step < 0)
  element.classList.toggle('full', step >= LEVEL_STEPS)
}
