/** What components read of the breakpoints of the open pipeline. */

import type { PortPlace, wire } from '@millrace/pipeline'
import { useJobStatus, useLive, useValue } from '../live/live.tsx'
import { type Breakpoint, type Breakpoints, placeKey } from './breakpoint-list.ts'

export function useBreakpoints(): Breakpoints {
  return useValue(useLive().breakpoints.points)
}

export function useBreakpoint(place: PortPlace): Breakpoint | undefined {
  return useBreakpoints().get(placeKey(place))
}

/** The record behind which the job stands, where it stands at this port. */
export function useHitAt({ node, port }: PortPlace): wire.BreakpointHit | undefined {
  const hit = useJobStatus()?.breakpoint
  return hit?.nodeId === node && hit.port === port ? hit : undefined
}
