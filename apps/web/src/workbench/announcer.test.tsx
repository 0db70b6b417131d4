/** What is read out to whoever does not see what happens. */

import { act } from 'react'
import { createRoot } from 'react-dom/client'
import { expect, test } from 'vitest'
import { createFakeEnv } from '../editor/testing/fakes.ts'
import { Announcer } from './announcer.tsx'
import { createWorkbench } from './workbench-store.ts'

test('what happens twice is read out twice, and a notice with all that it says', () => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
  const env = createFakeEnv()
  const workbench = createWorkbench(env)
  const page = document.createElement('div')
  const root = createRoot(page)
  act(() => root.render(<Announcer workbench={workbench} env={env} />))
  const said = () => page.querySelector('[role="status"]')?.firstChild
  act(() => workbench.announce('Undone: Rename.'))
  const first = said()
  expect(first?.textContent).toBe('Undone: Rename.')
  // Only a part of the page that is new is read out.
  act(() => workbench.announce('Undone: Rename.'))
  expect(said()?.textContent).toBe('Undone: Rename.')
  expect(said()).not.toBe(first)
  const notice = { kind: 'refused', title: 'Not started.', details: ['A port is open.'] } as const
  act(() => workbench.notify(notice))
  expect(said()?.textContent).toBe('Not started. A port is open.')
  act(() => root.unmount())
})
