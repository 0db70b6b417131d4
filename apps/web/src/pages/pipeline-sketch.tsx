/** A pipeline drawn small: its nodes as bars, its edges as lines. */

import type { Pipeline, Point } from '@millrace/pipeline'
import type { ReactNode } from 'react'
import { analyse } from '../editor/analysis.ts'
import { NODE_HEIGHT, NODE_WIDTH } from '../editor/commands.ts'
import { settle } from '../editor/settle.ts'
import { registry } from '../operators/registry.ts'

const MARGIN = 24

export function PipelineSketch({ pipeline }: { readonly pipeline: Pipeline }): ReactNode {
  const analysis = analyse(pipeline, registry)
  const { layout } = settle(pipeline, analysis)
  const at = (id: string): Point => layout.get(id) ?? [0, 0]
  const points = [...pipeline.nodes.keys()].map(at)
  const left = Math.min(0, ...points.map(([x]) => x)) - MARGIN
  const top = Math.min(...points.map(([, y]) => y)) - MARGIN
  const width = Math.max(...points.map(([x]) => x)) + NODE_WIDTH + MARGIN - left
  const height = Math.max(...points.map(([, y]) => y)) + NODE_HEIGHT + MARGIN - top
  if (points.length === 0) return <span className="sketch" />
  return (
    <svg className="sketch" viewBox={`${left} ${top} ${width} ${height}`} aria-hidden="true">
      {[...analysis.edges.values()].map(({ id, from, to, kind }) => {
        const [x1, y1] = at(from.node)
        const [x2, y2] = at(to.node)
        const startX = x1 + NODE_WIDTH
        const middle = (startX + x2) / 2
        const y = (top: number): number => top + NODE_HEIGHT / 2
        const path = `M${startX} ${y(y1)}C${middle} ${y(y1)} ${middle} ${y(y2)} ${x2} ${y(y2)}`
        return <path key={id} d={path} data-kind={kind} />
      })}
      {[...pipeline.nodes.keys()].map((id) => {
        const [x, y] = at(id)
        const category = analysis.nodes.get(id)?.operator?.category
        return (
          <rect
            key={id}
            x={x}
            y={y}
            width={NODE_WIDTH}
            height={NODE_HEIGHT}
            rx="18"
            data-category={category}
          />
        )
      })}
    </svg>
  )
}
