/** Breakpoints as actions, for the shortcut and the palette of commands. */

import type { PortPlace } from '@millrace/pipeline'
import type { Session } from '../editor/session.tsx'
import { liveOf } from '../live/live.tsx'
import type { Action } from '../workbench/actions.ts'
import { BREAKPOINTS_MAX, placeKey } from './breakpoint-list.ts'
import { selectedPlace, showPlace } from './show-breakpoint.ts'

export const BREAKPOINT_ACTIONS: readonly Action[] = [
  {
    id: 'breakpoint',
    title: 'Set or remove a breakpoint on what is selected',
    keys: ['f9'],
    group: 'Run',
    inFields: true,
    enabled: (session) => selectedPlace(session) !== undefined,
    run: (session) => {
      const place = selectedPlace(session)
      if (place !== undefined) toggleBreakpoint(session, place)
    },
  },
]

/** `where`: the condition of one that is new. */
export function toggleBreakpoint(session: Session, place: PortPlace, where = ''): void {
  const { breakpoints } = liveOf(session)
  const { workbench, editor, pipelineId } = session
  // A key may come before the controls in the top bar, which follow the pipeline from then on.
  breakpoints.follow(pipelineId)
  const key = placeKey(place)
  const points = breakpoints.points.get()
  const title = editor.store.getState().analysis.nodes.get(place.node)?.title ?? place.node
  if (points.has(key)) {
    breakpoints.remove(key)
    workbench.announce(`Removed the breakpoint at ${title}, ${place.port}.`)
    return
  }
  if (points.size >= BREAKPOINTS_MAX) {
    workbench.notify({
      kind: 'refused',
      title: `There are ${BREAKPOINTS_MAX} breakpoints, and there can be no more.`,
      details: ['Remove one first: they are listed in the top bar.'],
    })
    return
  }
  breakpoints.put({ node: place.node, port: place.port, where, skip: 0, on: true })
  workbench.announce(`Set a breakpoint at ${title}, ${place.port}.`)
  showPlace(session, place)
}
