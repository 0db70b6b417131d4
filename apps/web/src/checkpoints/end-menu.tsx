/** The other ways in which a job ends, beside the button that stops it. */

import { Menu } from '@base-ui/react/menu'
import { ChevronDown } from 'lucide-react'
import type { ReactNode } from 'react'
import { useSession } from '../editor/session.tsx'
import { useLive } from '../live/live.tsx'
import { endJob } from './job-ends.ts'

const WAYS = [
  ['checkpoint', 'Stop, to go on from here later', 'Nothing fires, and outputs stay as they are.'],
  ['savepoint', 'Stop with a savepoint', 'As above, and the place is kept until you delete it.'],
  ['drain', 'End its input', 'Open windows fire and outputs are completed.'],
] as const

export function EndMenu({ disabled }: { readonly disabled: boolean }): ReactNode {
  const session = useSession()
  const live = useLive()
  return (
    <Menu.Root>
      <Menu.Trigger
        className="button choice-trigger end-trigger"
        disabled={disabled}
        aria-label="Other ways to stop"
        title="Other ways to stop"
      >
        <ChevronDown size={13} aria-hidden />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={6} align="end" className="choice-positioner">
          <Menu.Popup className="choice-popup">
            {WAYS.map(([how, title, detail]) => (
              <Menu.Item
                key={how}
                className="choice-item end-item"
                onClick={() => void endJob({ session, live }, how)}
              >
                {title}
                <small>{detail}</small>
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}
