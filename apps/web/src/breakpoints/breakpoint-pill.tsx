/** How many breakpoints there are, in the top bar; pressed, it lists them. */

import { Menu } from '@base-ui/react/menu'
import { OctagonPause } from 'lucide-react'
import type { ReactNode } from 'react'
import { useSession } from '../editor/session.tsx'
import { nodeTitle } from '../live/board.ts'
import { countText } from '../live/formats.ts'
import { useBoard, useLive, useValue } from '../live/live.tsx'
import { conditionText, placeKey } from './breakpoint-list.ts'
import { showPlace } from './show-breakpoint.ts'
import { useBreakpoints } from './use-breakpoints.ts'
import './breakpoint-pill.css'

export default function BreakpointPill(): ReactNode {
  const session = useSession()
  const { breakpoints } = useLive()
  const board = useBoard()
  const points = [...useBreakpoints().values()]
  const refusals = useValue(breakpoints.refusals)
  if (points.length === 0) return null
  const on = points.filter((point) => point.on)
  const label = points.length === 1 ? '1 breakpoint' : `${countText(points.length)} breakpoints`
  const switchAll = (to: boolean): void => {
    for (const point of points) breakpoints.put({ ...point, on: to })
  }
  return (
    <Menu.Root>
      <Menu.Trigger
        className="pill breakpoint-pill"
        data-on={on.length > 0}
        title={`${label}, ${countText(on.length)} of them on: the job pauses when a record comes there`}
        aria-label={label}
      >
        <OctagonPause size={12} aria-hidden />
        {countText(points.length)}
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={6} align="end" className="choice-positioner">
          <Menu.Popup className="choice-popup breakpoint-popup">
            {points.map((point) => {
              const key = placeKey(point)
              return (
                <Menu.Item
                  key={key}
                  className="choice-item way-item"
                  data-off={!point.on}
                  onClick={() => showPlace(session, point)}
                >
                  {nodeTitle(board, point.node)}, {point.port}
                  <small>
                    {point.on ? '' : 'Off. '}
                    {refusals.get(key) ?? `At ${conditionText(point)}`}
                  </small>
                </Menu.Item>
              )
            })}
            <Menu.Separator className="breakpoint-separator" />
            <Menu.Item className="choice-item" onClick={() => switchAll(on.length === 0)}>
              Switch all {on.length === 0 ? 'on' : 'off'}
            </Menu.Item>
            <Menu.Item className="choice-item" onClick={() => breakpoints.removeAll()}>
              Remove all
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}
