/** On an edge: that the job stands as soon as a record comes here, or that it does. */

import type { PortPlace } from '@millrace/pipeline'
import { OctagonPause } from 'lucide-react'
import type { ReactNode } from 'react'
import { useSession } from '../editor/session.tsx'
import { conditionText } from './breakpoint-list.ts'
import { showPlace } from './show-breakpoint.ts'
import { useBreakpoint, useHitAt } from './use-breakpoints.ts'
import './breakpoint-mark.css'

export function BreakpointMark({ node, port }: PortPlace): ReactNode {
  const session = useSession()
  const place = { node, port }
  const point = useBreakpoint(place)
  const stands = useHitAt(place) !== undefined
  if (point === undefined && !stands) return null
  const title = stands
    ? 'The job stands behind a record that has come here'
    : `${point?.on === true ? 'Breakpoint' : 'Breakpoint that is off'}: ${point === undefined ? '' : conditionText(point)}`
  return (
    <button
      type="button"
      className="breakpoint-mark nodrag nopan"
      data-on={point?.on ?? true}
      data-stands={stands}
      title={title}
      aria-label={title}
      onClick={() => showPlace(session, place)}
    >
      <OctagonPause size={13} aria-hidden />
    </button>
  )
}
