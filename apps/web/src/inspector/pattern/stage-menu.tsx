/** What else one does with a stage: copy it, move it, put it into a group, remove it. */

import { Menu } from '@base-ui/react/menu'
import { Ellipsis } from 'lucide-react'
import type { ReactNode } from 'react'
import {
  type Address,
  dissolveGroup,
  groupOf,
  groupStage,
  insertStage,
  listAt,
  nestingOf,
  removeStage,
  spotBeside,
  spotOf,
  stageAt,
} from './stage-list.ts'
import { copyStage } from './stage-references.ts'
import { type StagesState, useStages } from './stages-context.ts'
import '../../workbench/main-menu.css'

interface Item {
  readonly title: string
  readonly enabled: boolean
  readonly run: () => void
}

export function StageMenu(props: { readonly address: Address; readonly label: string }): ReactNode {
  const { address, label } = props
  const sections = sectionsOf(useStages(), address)
  return (
    <Menu.Root>
      <Menu.Trigger
        className="button quiet icon stage-menu"
        aria-label={`More for ${label.toLowerCase()}`}
      >
        <Ellipsis size={14} aria-hidden />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="end" className="menu-place">
          <Menu.Popup className="menu">
            {sections.map((items, index) => (
              <Menu.Group key={items[0]?.title}>
                {index > 0 ? <Menu.Separator className="menu-line" /> : null}
                {items.map(({ title, enabled, run }) => (
                  <Menu.Item key={title} className="menu-item" disabled={!enabled} onClick={run}>
                    {title}
                  </Menu.Item>
                ))}
              </Menu.Group>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}

function sectionsOf(state: StagesState, address: Address): readonly (readonly Item[])[] {
  const { stages, change, nestingMax } = state
  const stage = stageAt(stages, address)
  const { list, index } = spotOf(address)
  const after = { list, index: index + 1 }
  const isGroup = groupOf(stage) !== undefined
  return [
    [
      {
        title: 'Duplicate',
        enabled: true,
        run: () =>
          change('Duplicate a stage', insertStage(stages, after, copyStage(stages, address)), {
            address: [...list, index + 1],
            part: isGroup ? 'grip' : 'name',
          }),
      },
    ],
    [
      moveItem(state, address, 'up', 'Move up'),
      moveItem(state, address, 'down', 'Move down'),
      moveItem(state, address, 'in', 'Move into the group above'),
      moveItem(state, address, 'out', 'Move out of the group'),
    ],
    [
      isGroup
        ? {
            title: 'Dissolve the group',
            enabled: true,
            run: () =>
              change('Dissolve a group', dissolveGroup(stages, address), { address, part: 'grip' }),
          }
        : {
            title: 'Put into a group',
            enabled: list.length + nestingOf(stage) < nestingMax && stage.not !== true,
            run: () =>
              change('Group a stage', groupStage(stages, address), {
                address: [...address, 0],
                part: 'grip',
              }),
          },
      {
        title: 'Remove',
        enabled: true,
        run: () => {
          const last = listAt(stages, list).length - 2
          change('Remove a stage', removeStage(stages, address), {
            address: [...list, Math.min(index, last)],
            part: last < 0 ? 'add' : 'grip',
          })
        },
      },
    ],
  ]
}

function moveItem(
  { stages, canStand, move }: StagesState,
  address: Address,
  way: 'up' | 'down' | 'in' | 'out',
  title: string,
): Item {
  const spot = spotBeside(stages, address, way)
  const enabled = spot !== undefined && canStand(address, spot)
  return { title, enabled, run: () => void move(address, spot) }
}
