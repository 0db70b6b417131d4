/** All keys, from the actions themselves, and the gestures that have none. */

import type { ReactNode } from 'react'
import { keyText } from '../workbench/keys.ts'
import { ACTIONS } from '../workbench/page-actions.ts'
import { ON_MAC } from '../workbench/use-shortcuts.ts'
import { Dialog } from './dialog.tsx'

const GROUPS = ['Edit', 'Select', 'View', 'Go', 'File', 'Run'] as const

const GESTURES: readonly (readonly [string, string])[] = [
  ['Back from a field to its node', 'Esc'],
  ['Walk from node to node', 'Arrow keys'],
  ['Move what is selected', 'Alt + arrow keys'],
  ['Select the focused node', 'Space'],
  ['Select several', 'Shift + drag'],
  ['Add at the pointer', 'Double-click'],
  ['Put a node into an edge', 'Double-click it'],
  ['The same from the palette', 'Drop on the edge'],
  ['Move or detach an end of an edge', 'Drag the end'],
  ['Paste at the pointer', ON_MAC ? '⌘ V' : 'Ctrl + V'],
  ['Import a document', 'Drop the file'],
  ['Pan', 'Drag, or two fingers'],
  ['Zoom', 'Ctrl + wheel'],
]

export function KeysDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  return (
    <Dialog title="Keys" width="wide" onClose={onClose}>
      <div className="keys-columns">
        {GROUPS.map((group) => (
          <section key={group} className="keys-group" aria-label={group}>
            <h3>{group}</h3>
            {ACTIONS.filter((action) => action.group === group && action.keys.length > 0).map(
              ({ id, title, keys }) => (
                <div key={id} className="keys-row">
                  <span>{title}</span>
                  <span>
                    {keys.map((key) => (
                      <kbd key={key} className="kbd">
                        {keyText(key, ON_MAC)}
                      </kbd>
                    ))}
                  </span>
                </div>
              ),
            )}
          </section>
        ))}
        <section className="keys-group" aria-label="On the canvas">
          <h3>On the canvas</h3>
          {GESTURES.map(([title, keys]) => (
            <div key={title} className="keys-row">
              <span>{title}</span>
              <span className="kbd">{keys}</span>
            </div>
          ))}
        </section>
      </div>
    </Dialog>
  )
}
