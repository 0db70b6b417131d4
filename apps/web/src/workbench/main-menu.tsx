/** The menu of all actions, by group. */

import { Menu } from '@base-ui/react/menu'
import { Fragment, type ReactNode } from 'react'
import { useLocation } from 'wouter'
import { useSession } from '../editor/session.tsx'
import type { Action } from './actions.ts'
import { keyText } from './keys.ts'
import { ACTIONS } from './page-actions.ts'
import { ON_MAC } from './use-shortcuts.ts'
import './main-menu.css'

const SECTIONS: readonly (readonly string[])[] = [
  ['undo', 'redo'],
  ['import', 'export', 'save', 'versions', 'examples', 'settings'],
  ['tidy', 'add-note', 'duplicate', 'select-all'],
  [
    'commands',
    'outline',
    'problems',
    'toggle-palette',
    'toggle-inspector',
    'fit',
    'theme',
    'theme-system',
    'keys',
    'glossary',
  ],
  ['delete-pipeline'],
]

export default function MainMenu({ icon }: { readonly icon: ReactNode }): ReactNode {
  const [, navigate] = useLocation()
  return (
    <Menu.Root>
      <Menu.Trigger className="button quiet icon" aria-label="Menu">
        {icon}
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={6} align="end" className="menu-place">
          <Menu.Popup className="menu">
            <Menu.Item className="menu-item" onClick={() => navigate('/pipelines')}>
              All pipelines
            </Menu.Item>
            <Menu.Item className="menu-item" onClick={() => navigate('/topics')}>
              Topics
            </Menu.Item>
            <Menu.Item className="menu-item" onClick={() => navigate('/recordings')}>
              Recordings
            </Menu.Item>
            {SECTIONS.map((ids) => (
              <Fragment key={ids.join()}>
                <Menu.Separator className="menu-line" />
                {ids.map((id) => (
                  <ActionItem key={id} action={ACTIONS.find((known) => known.id === id)} />
                ))}
              </Fragment>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}

function ActionItem({ action }: { readonly action: Action | undefined }): ReactNode {
  const session = useSession()
  if (action === undefined) return null
  const [key] = action.keys
  return (
    <Menu.Item
      className="menu-item"
      disabled={action.enabled?.(session) === false}
      onClick={() => void action.run(session)}
    >
      {action.title}
      {key === undefined ? null : <kbd className="kbd">{keyText(key, ON_MAC)}</kbd>}
    </Menu.Item>
  )
}
