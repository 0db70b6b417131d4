/**
 * Everything the designer can do to a pipeline, once: button, menu, shortcut and command palette
 * all
 * serve themselves from this list.
 */

import { addNote, place, removeAndRejoin, remove as removeSelected } from '../editor/commands.ts'
import { copyText, paste } from '../editor/fragment.ts'
import { isEmpty, NOTHING, selectionOf, soleNode } from '../editor/selection.ts'
import type { Session } from '../editor/session.tsx'
import { loadPart } from '../parts/late-part.ts'
import { currentViewport } from './viewport.ts'

export interface Action {
  readonly id: string
  readonly title: string
  /** `mod` is Ctrl, or Command on a Mac. The first is shown. */
  readonly keys: readonly string[]
  readonly group: 'Edit' | 'Select' | 'View' | 'Go' | 'File' | 'Run'
  /** Whether a key with `mod` works in a field, too; a single letter is a letter there. */
  readonly inFields?: boolean
  enabled?(session: Session): boolean
  run(session: Session): void | Promise<void>
}

const DUPLICATE_OFFSET = 24

export const EDIT_ACTIONS: readonly Action[] = [
  {
    id: 'undo',
    title: 'Undo',
    keys: ['mod+z'],
    group: 'Edit',
    enabled: ({ editor }) => editor.store.getState().past.length > 0,
    run({ editor, workbench }) {
      const step = editor.undo()
      if (step !== undefined) workbench.announce(`Undone: ${step.title}.`)
    },
  },
  {
    id: 'redo',
    title: 'Redo',
    keys: ['mod+shift+z', 'mod+y'],
    group: 'Edit',
    enabled: ({ editor }) => editor.store.getState().future.length > 0,
    run({ editor, workbench }) {
      const step = editor.redo()
      if (step !== undefined) workbench.announce(`Done again: ${step.title}.`)
    },
  },
  {
    id: 'copy',
    title: 'Copy',
    keys: ['mod+c'],
    group: 'Edit',
    enabled: hasSelection,
    run: async (session) => {
      await copySelection(session)
    },
  },
  {
    id: 'cut',
    title: 'Cut',
    keys: ['mod+x'],
    group: 'Edit',
    enabled: hasSelection,
    run: async (session) => {
      if (await copySelection(session)) deleteSelection(session)
    },
  },
  {
    id: 'duplicate',
    title: 'Duplicate',
    keys: ['mod+d'],
    group: 'Edit',
    enabled: hasSelection,
    run({ editor }) {
      const { pipeline, selection } = editor.store.getState()
      const nodes = new Map([...pipeline.nodes].filter(([id]) => selection.nodes.has(id)))
      const notes = pipeline.notes.filter((_, index) => selection.notes.has(index))
      const kept = new Set(nodes.keys())
      const inside = (end: string): boolean => kept.has(end.split('.', 1)[0] ?? '')
      const fragment = {
        ...pipeline,
        nodes,
        notes,
        edges: pipeline.edges.filter(({ from, to }) => inside(from) && inside(to)),
        layout: new Map([...pipeline.layout].filter(([id]) => kept.has(id))),
      }
      const beside = [DUPLICATE_OFFSET, DUPLICATE_OFFSET] as const
      const pasted = paste(pipeline, fragment, { beside })
      editor.change('Duplicate', () => pasted.pipeline, { select: pasted.selection })
    },
  },
  {
    id: 'delete',
    title: 'Delete',
    keys: ['delete', 'backspace'],
    group: 'Edit',
    enabled: hasSelection,
    run: deleteSelection,
  },
  {
    id: 'delete-rejoin',
    title: 'Delete and join its neighbours',
    keys: ['mod+delete', 'mod+backspace'],
    group: 'Edit',
    enabled: ({ editor }) => soleNode(editor.store.getState().selection) !== undefined,
    run({ editor }) {
      const id = soleNode(editor.store.getState().selection)
      if (id === undefined) return
      const change = removeAndRejoin(editor.store.getState().pipeline, id)
      editor.change('Delete and join', () => change, { select: NOTHING })
    },
  },
  {
    id: 'add-note',
    title: 'Add a note',
    keys: ['n'],
    group: 'Edit',
    run({ editor }) {
      const { pipeline } = editor.store.getState()
      const next = addNote(pipeline, currentViewport().centre())
      const select = selectionOf({ notes: [next.notes.length - 1] })
      editor.change('Add a note', () => next, { select })
    },
  },
  {
    id: 'tidy',
    title: 'Tidy up the layout',
    keys: ['shift+l'],
    group: 'Edit',
    enabled: ({ editor }) => editor.store.getState().pipeline.nodes.size > 0,
    run: async ({ editor, workbench }) => {
      const { layOut } = await loadPart(() => import('../editor/lay-out.ts'))
      const { analysis, selection } = editor.store.getState()
      const positions = layOut(analysis, selection.nodes)
      editor.change('Tidy up', (pipeline) => place(pipeline, positions))
      void currentViewport()
        .fit()
        .then(() => workbench.announce('The layout is tidied up.'))
    },
  },
  {
    id: 'select-all',
    title: 'Select all',
    keys: ['mod+a'],
    group: 'Select',
    run({ editor }) {
      const { pipeline, analysis } = editor.store.getState()
      editor.select(
        selectionOf({
          nodes: pipeline.nodes.keys(),
          edges: analysis.edges.keys(),
          notes: pipeline.notes.keys(),
        }),
      )
    },
  },
  {
    id: 'select-nothing',
    title: 'Select nothing',
    keys: ['escape'],
    group: 'Select',
    enabled: hasSelection,
    run({ editor }) {
      editor.select(NOTHING)
      // From a node one is back on the canvas, where keys are for the whole of it.
      const part = document.activeElement?.closest('.react-flow__node, .react-flow__edge')
      part?.closest<HTMLElement>('.canvas')?.focus()
    },
  },
]

function hasSelection({ editor }: Session): boolean {
  return !isEmpty(editor.store.getState().selection)
}

function deleteSelection({ editor, workbench }: Session): void {
  const { selection, analysis } = editor.store.getState()
  if (isEmpty(selection)) return
  const { nodes, edges, notes } = selection
  const count = nodes.size + edges.size + notes.size
  const what =
    count === 1
      ? nodes.size === 1
        ? 'node'
        : edges.size === 1
          ? 'edge'
          : 'note'
      : `${count} parts`
  editor.change(
    `Delete ${what}`,
    (pipeline) => removeSelected(pipeline, selection, analysis.edges),
    {
      select: NOTHING,
    },
  )
  workbench.announce(`Deleted ${what}.`)
}

async function copySelection({ editor, workbench }: Session): Promise<boolean> {
  const { pipeline, selection } = editor.store.getState()
  const text = copyText(pipeline, selection)
  if (text === undefined) return false
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    workbench.notify({
      kind: 'refused',
      title: 'The browser does not let this page copy.',
      details: ['Allow the clipboard for this page, or export the pipeline instead.'],
    })
    return false
  }
  workbench.announce(`Copied ${selection.nodes.size + selection.notes.size} parts.`)
  return true
}
