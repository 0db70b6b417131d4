/** Which panel gives way where a window has become narrow. */

import { expect, test } from 'vitest'
import { createFakeEnv } from '../editor/testing/fakes.ts'
import { createPanelRoom, type PanelName } from './panel-room.ts'
import { createWorkbench } from './workbench-store.ts'

function begin() {
  const workbench = createWorkbench(createFakeEnv())
  const room = createPanelRoom(workbench)
  return {
    room,
    show(panel: PanelName, open: boolean): void {
      workbench.update({ [panel]: { ...workbench.store.getState()[panel], open } })
    },
    open: () => {
      const { palette, inspector } = workbench.store.getState()
      return [...(palette.open ? ['palette'] : []), ...(inspector.open ? ['inspector'] : [])]
    },
  }
}

test.each([
  ['palette', 'palette'],
  ['inspector', 'inspector'],
] as const)('where the %s was used last, it alone stays open', (used, left) => {
  const { room, open } = begin()
  room.used(used)
  expect(open()).toEqual(['palette', 'inspector'])
  room.narrow(true)
  expect(open()).toEqual([left])
})

test('what gave way comes back with the room, unless somebody has decided otherwise', () => {
  const { room, open, show } = begin()
  room.narrow(true)
  expect(open()).toEqual(['inspector'])
  room.narrow(false)
  expect(open()).toEqual(['palette', 'inspector'])

  room.narrow(true)
  show('palette', true)
  show('palette', false)
  room.narrow(false)
  expect(open()).toEqual(['inspector'])
})

test('of two panels over the canvas the one that is opened takes the place of the other', () => {
  const { room, open, show } = begin()
  room.narrow(true)
  show('palette', true)
  expect(open()).toEqual(['palette'])
  show('inspector', true)
  expect(open()).toEqual(['inspector'])
})

test('a panel that was closed by hand before the window became narrow stays closed', () => {
  const { room, open, show } = begin()
  show('palette', false)
  room.narrow(true)
  room.narrow(false)
  expect(open()).toEqual(['inspector'])
})
