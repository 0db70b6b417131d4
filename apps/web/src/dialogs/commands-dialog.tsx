/** The palette of commands: every action and every node, found by typing. */

import { Command } from 'cmdk'
import type { ReactNode } from 'react'
import { OperatorIcon } from '../design/operator-icon.tsx'
import type { NodeView } from '../editor/analysis.ts'
import { selectionOf } from '../editor/selection.ts'
import { useEditorState, useSession } from '../editor/session.tsx'
import { keyText } from '../workbench/keys.ts'
import { ACTIONS } from '../workbench/page-actions.ts'
import { ON_MAC } from '../workbench/use-shortcuts.ts'
import { currentViewport } from '../workbench/viewport.ts'
import { Dialog } from './dialog.tsx'

export default function CommandsDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const session = useSession()
  const nodes = useEditorState((state) => state.analysis.nodes)
  const go = (id: string): void => {
    onClose()
    session.editor.select(selectionOf({ nodes: [id] }))
    requestAnimationFrame(() => currentViewport().reveal(id))
  }
  return (
    <Dialog title="Find an action or a node" bare onClose={onClose}>
      <Command className="commands" label="Find an action or a node">
        <Command.Input placeholder="Find an action or a node" />
        <Command.List>
          <Command.Empty>Nothing has this in its name.</Command.Empty>
          <Command.Group heading="Nodes">
            {byTitle(nodes).map(({ id, title, operator }) => (
              <Command.Item
                key={id}
                value={`${title} ${operator?.title ?? ''} ${id}`}
                onSelect={() => go(id)}
              >
                <OperatorIcon operator={operator} />
                {title}
              </Command.Item>
            ))}
          </Command.Group>
          <Command.Group heading="Actions">
            {ACTIONS.filter(({ id }) => id !== 'commands').map((action) => (
              <Command.Item
                key={action.id}
                value={`${action.title} ${action.group}`}
                disabled={action.enabled?.(session) === false}
                onSelect={() => {
                  onClose()
                  void action.run(session)
                }}
              >
                {action.title}
                {action.keys[0] === undefined ? null : (
                  <kbd className="kbd">{keyText(action.keys[0], ON_MAC)}</kbd>
                )}
              </Command.Item>
            ))}
          </Command.Group>
        </Command.List>
      </Command>
    </Dialog>
  )
}

/** As people look for them; their ids, by which they come, nobody sees. */
function byTitle(nodes: ReadonlyMap<string, NodeView>): readonly NodeView[] {
  const order = ({ title }: NodeView): string => title.toLowerCase()
  return [...nodes.values()].sort((a, b) => (order(a) < order(b) ? -1 : 1))
}
