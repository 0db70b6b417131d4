/** The actions that open, move, save and carry: what is around the drawing. */

import { writeDocument } from '@millrace/pipeline'
import { BREAKPOINT_ACTIONS } from '../breakpoints/breakpoint-actions.ts'
import { NOTHING, soleNode } from '../editor/selection.ts'
import type { Session } from '../editor/session.tsx'
import { RUN_ACTIONS } from '../live/run-actions.ts'
import { chooseFile, offerDownload } from '../transfer/files.ts'
import { importFile } from '../transfer/import-document.ts'
import { type Action, EDIT_ACTIONS } from './actions.ts'
import { toggleDrawer } from './focus-places.ts'
import { GO_ACTIONS } from './go-actions.ts'
import { currentViewport } from './viewport.ts'

const PAGE_ACTIONS: readonly Action[] = [
  {
    id: 'quick-add',
    title: 'Add an operator',
    keys: ['tab'],
    group: 'Edit',
    run({ workbench }) {
      const at = { x: window.innerWidth / 2 - 150, y: Math.max(80, window.innerHeight / 4) }
      workbench.update({ quickAdd: { at, beside: true }, justAdded: undefined })
    },
  },
  {
    id: 'connect',
    title: 'Connect the selected node',
    keys: ['c'],
    group: 'Edit',
    enabled: ({ editor }) => soleNode(editor.store.getState().selection) !== undefined,
    run: ({ workbench }) => workbench.update({ dialog: 'connect' }),
  },
  {
    id: 'rename',
    title: 'Rename the selected node',
    keys: ['f2'],
    group: 'Edit',
    enabled: ({ editor }) => soleNode(editor.store.getState().selection) !== undefined,
    run(session) {
      const nodeId = soleNode(session.editor.store.getState().selection)
      if (nodeId !== undefined) showField(session, nodeId, 'title')
    },
  },
  {
    id: 'edit',
    title: 'Edit the selected node',
    keys: ['enter'],
    group: 'Edit',
    enabled: ({ editor }) => soleNode(editor.store.getState().selection) !== undefined,
    run(session) {
      const nodeId = soleNode(session.editor.store.getState().selection)
      if (nodeId !== undefined) showField(session, nodeId, '')
    },
  },
  {
    id: 'fit',
    title: 'Fit the pipeline to the window',
    keys: ['1'],
    group: 'View',
    run: () => void currentViewport().fit(),
  },
  {
    id: 'actual-size',
    title: 'Zoom to 100 %',
    keys: ['0'],
    group: 'View',
    run: () => currentViewport().zoomTo(1),
  },
  {
    id: 'zoom-in',
    title: 'Zoom in',
    keys: ['+', '='],
    group: 'View',
    run: () => currentViewport().zoomBy(1.25),
  },
  {
    id: 'zoom-out',
    title: 'Zoom out',
    keys: ['-'],
    group: 'View',
    run: () => currentViewport().zoomBy(0.8),
  },
  {
    id: 'commands',
    title: 'Find an action or a node',
    keys: ['mod+k', 'mod+f'],
    group: 'View',
    inFields: true,
    run: ({ workbench }) => workbench.update({ dialog: 'commands' }),
  },
  {
    id: 'outline',
    title: 'Show the outline',
    keys: ['o'],
    group: 'View',
    run({ workbench }) {
      const { palette } = workbench.store.getState()
      const tab = palette.open && palette.tab === 'outline' ? 'operators' : 'outline'
      workbench.update({ palette: { ...palette, open: true, tab } })
    },
  },
  {
    id: 'toggle-palette',
    title: 'Show or hide the palette',
    keys: ['['],
    group: 'View',
    run({ workbench }) {
      const { palette } = workbench.store.getState()
      workbench.update({ palette: { ...palette, open: !palette.open } })
    },
  },
  {
    id: 'toggle-inspector',
    title: 'Show or hide the inspector',
    keys: [']'],
    group: 'View',
    run({ workbench }) {
      const { inspector } = workbench.store.getState()
      workbench.update({ inspector: { ...inspector, open: !inspector.open } })
    },
  },
  {
    id: 'toggle-drawer',
    title: 'Show or hide the drawer',
    keys: ['mod+j'],
    group: 'View',
    inFields: true,
    run: toggleDrawer,
  },
  {
    id: 'theme',
    title: 'Switch between light and dark',
    keys: [],
    group: 'View',
    run({ workbench }) {
      const shown = document.documentElement.dataset.theme
      workbench.setTheme(shown === 'dark' ? 'light' : 'dark')
    },
  },
  {
    id: 'theme-system',
    title: 'Light or dark as the system',
    keys: [],
    group: 'View',
    run: ({ workbench }) => workbench.setTheme('system'),
  },
  {
    id: 'keys',
    title: 'Show all keys',
    keys: ['?'],
    group: 'View',
    run: ({ workbench }) => workbench.update({ dialog: 'keys' }),
  },
  {
    id: 'glossary',
    title: 'What the words mean',
    keys: [],
    group: 'View',
    run: ({ workbench }) => workbench.update({ dialog: 'glossary' }),
  },
  {
    id: 'save',
    title: 'Save now',
    keys: ['mod+s'],
    group: 'File',
    inFields: true,
    run: async ({ autosave, workbench }) => {
      const version = await autosave.saveNow()
      if (version !== undefined) workbench.announce(`Saved, version ${version}.`)
    },
  },
  {
    id: 'import',
    title: 'Import a document',
    keys: ['mod+i'],
    group: 'File',
    inFields: true,
    run: async (session) => {
      const file = await chooseFile('.json,application/json')
      if (file !== undefined) await importFile(session, file)
    },
  },
  {
    id: 'export',
    title: 'Export the document',
    keys: ['mod+e'],
    group: 'File',
    inFields: true,
    run({ editor, workbench }) {
      const { pipeline } = editor.store.getState()
      const name = offerDownload(pipeline.name, writeDocument(pipeline))
      workbench.notify({ kind: 'done', title: `Exported as ${name}.` })
    },
  },
  {
    id: 'versions',
    title: 'Show versions',
    keys: [],
    group: 'File',
    run: ({ workbench }) => workbench.update({ dialog: 'versions' }),
  },
  {
    id: 'delete-pipeline',
    title: 'Delete the pipeline',
    keys: [],
    group: 'File',
    run: ({ workbench }) => workbench.update({ dialog: 'delete' }),
  },
  {
    id: 'examples',
    title: 'Open an example',
    keys: [],
    group: 'File',
    run: ({ workbench }) => workbench.update({ dialog: 'examples' }),
  },
  {
    id: 'settings',
    title: 'Settings of the pipeline',
    keys: [],
    group: 'File',
    run({ editor, workbench }) {
      editor.select(NOTHING)
      const { inspector } = workbench.store.getState()
      workbench.update({ inspector: { ...inspector, open: true } })
    },
  },
]

export const ACTIONS: readonly Action[] = [
  ...EDIT_ACTIONS,
  ...RUN_ACTIONS,
  ...BREAKPOINT_ACTIONS,
  ...PAGE_ACTIONS,
  ...GO_ACTIONS,
]

export function actionById(id: string): Action {
  const action = ACTIONS.find((known) => known.id === id)
  if (action === undefined) throw new Error(`There is no action "${id}".`)
  return action
}

/**
 * Opens the inspector at a field: `title`, a config path, or its first field where `path` is
 * empty.
 */
export function showField({ workbench }: Session, nodeId: string, path: string): void {
  const { inspector } = workbench.store.getState()
  workbench.update({ inspector: { ...inspector, open: true }, wantedField: { nodeId, path } })
}
