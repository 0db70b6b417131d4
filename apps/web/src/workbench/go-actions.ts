/** The actions that lead to a part of the workbench or to another page. */

import { navigate } from 'wouter/use-browser-location'
import { lettersHref } from '../letters/letters-place.ts'
import type { Action } from './actions.ts'
import {
  focusCanvas,
  focusDrawer,
  focusInspector,
  focusPalette,
  helpAtFocus,
} from './focus-places.ts'
import { DRAWER_TABS, type DrawerTab } from './workbench-store.ts'

/** A letter of its name, since the digits zoom. */
const TAB_KEYS: Readonly<Record<DrawerTab, { readonly keys: string[]; readonly title: string }>> = {
  records: { keys: ['r'], title: 'Show the records' },
  'event-time': { keys: ['t'], title: 'Show event time' },
  ledger: { keys: ['l'], title: 'Show the ledger' },
  state: { keys: ['s'], title: 'Show what a node keeps' },
  problems: { keys: ['mod+shift+m', 'm'], title: 'Show the problems' },
  logs: { keys: ['g'], title: 'Show the logs' },
  checkpoints: { keys: ['k'], title: 'Show the checkpoints' },
  recordings: { keys: ['d'], title: 'Show the recordings of this pipeline' },
}

const PAGES = [
  { id: 'pipelines-page', title: 'Open the list of pipelines', href: '/pipelines' },
  { id: 'topics-page', title: 'Open the topics', href: '/topics' },
  { id: 'recordings-page', title: 'Open all recordings', href: '/recordings' },
] as const

export const GO_ACTIONS: readonly Action[] = [
  {
    id: 'go-canvas',
    title: 'Go to the canvas',
    keys: [],
    group: 'Go',
    run: focusCanvas,
  },
  {
    id: 'go-inspector',
    title: 'Go to the inspector',
    keys: ['i'],
    group: 'Go',
    run: focusInspector,
  },
  {
    id: 'go-palette',
    title: 'Go to the palette',
    keys: ['/'],
    group: 'Go',
    run: focusPalette,
  },
  {
    id: 'explain-field',
    title: 'Explain the field with the focus, or the words of the page',
    keys: ['f1'],
    group: 'Go',
    inFields: true,
    run({ workbench }) {
      const help = helpAtFocus()
      if (help === undefined) workbench.update({ dialog: 'glossary' })
      else help.click()
    },
  },
  ...DRAWER_TABS.map((tab): Action => {
    const { keys, title } = TAB_KEYS[tab]
    return {
      id: tab,
      title,
      keys,
      group: 'Go',
      inFields: true,
      run: (session) => focusDrawer(session, tab),
    }
  }),
  {
    id: 'dead-letters',
    title: 'Show the dead letters',
    keys: ['mod+shift+l'],
    group: 'Go',
    run: ({ pipelineId }) => navigate(lettersHref(pipelineId)),
  },
  ...PAGES.map(
    ({ id, title, href }): Action => ({
      id,
      title,
      keys: [],
      group: 'Go',
      run: () => navigate(href),
    }),
  ),
]
