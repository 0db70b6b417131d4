/** A port as it stands on a node: what edges are drawn from and to. */

import { Handle, Position } from '@xyflow/react'
import { memo, type ReactNode } from 'react'
import { useStore } from 'zustand'
import type { PortView } from '../editor/analysis.ts'
import { connecting } from './connecting.ts'

interface PortHandleProps {
  readonly nodeId: string
  readonly port: PortView
  readonly side: 'input' | 'output'
  /** From the node's upper edge; errors leave by the lower edge, and have none. */
  readonly top: number | undefined
}

export const PortHandle = memo(function PortHandle(props: PortHandleProps): ReactNode {
  const { nodeId, port, side, top } = props
  const fit = useStore(connecting, ({ from, fitting, tried }) => {
    if (from === undefined) return undefined
    const own = from.node === nodeId && from.port === port.name
    if (own) return 'own'
    if (fitting.has(`${nodeId}.${port.name}`)) return 'yes'
    return tried ? 'no' : undefined
  })
  const position =
    side === 'input' ? Position.Left : port.kind === 'errors' ? Position.Bottom : Position.Right
  return (
    <Handle
      id={port.name}
      type={side === 'input' ? 'target' : 'source'}
      position={position}
      className="port"
      data-kind={port.kind}
      data-changes={port.changes}
      data-fit={fit}
      data-missing={port.missing}
      data-connected={port.connected}
      title={portTitle(port, side)}
      {...(top === undefined ? {} : { style: { top } })}
    />
  )
})

export function portTitle({ name, kind, missing }: PortView, side: 'input' | 'output'): string {
  if (missing) return `There is no ${side} "${name}" any more`
  if (kind === 'late') return 'late: records that came after their window had closed'
  if (kind === 'errors') return 'errors: records that could not be processed'
  return `${side} ${name}`
}
