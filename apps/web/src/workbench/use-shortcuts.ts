/** Lets keys run actions, and pastes what the clipboard holds. */

import { counted, type Pipeline, type Point } from '@millrace/pipeline'
import { useLayoutEffect } from 'react'
import { giveTyped, typeAhead } from '../dialogs/type-ahead.ts'
import { NODE_HEIGHT, NODE_WIDTH, onGrid } from '../editor/commands.ts'
import { paste, readFragment } from '../editor/fragment.ts'
import { type Session, useSession } from '../editor/session.tsx'
import { focusCanvas } from './focus-places.ts'
import { isField } from './is-field.ts'
import { isMac, matchesKey } from './keys.ts'
import { ACTIONS } from './page-actions.ts'
import { currentViewport } from './viewport.ts'

const PASTE_OFFSET = 24
const PROBLEMS_SHOWN_MAX = 4

export const ON_MAC = isMac(navigator.platform)

export function useShortcuts(): void {
  const session = useSession()
  // Before the canvas is painted: who sees it may press a key at once.
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent): void => onKey(session, event)
    const pasted = (event: ClipboardEvent): void => onPaste(session, event)
    document.addEventListener('keydown', press)
    document.addEventListener('paste', pasted)
    return () => {
      document.removeEventListener('keydown', press)
      document.removeEventListener('paste', pasted)
    }
  }, [session])
}

function onKey(session: Session, event: KeyboardEvent): void {
  if (event.defaultPrevented || isDialogOpen()) return
  const plain = !event.ctrlKey && !event.metaKey
  if (plain && isDialogComing(session)) {
    // What is typed ahead is meant for the dialog, and does nothing to the pipeline.
    if (event.key === 'Escape') {
      session.workbench.update({ dialog: undefined })
      giveTyped(undefined)
    } else typeAhead(event.key)
    event.preventDefault()
    return
  }
  if (event.key === 'Escape' && isInPanel(event.target)) {
    event.preventDefault()
    focusCanvas(session)
    return
  }
  const action = ACTIONS.find(({ keys }) => keys.some((key) => matchesKey(key, event, ON_MAC)))
  if (action === undefined) return
  const isLetter = plain && event.key.length === 1
  if ((action.inFields !== true || isLetter) && isField(event.target)) return
  if (isLetter && isInMenu(event.target)) return
  // What is under another page is not edited by accident.
  if (isCanvasCovered() && !FOR_ALL_PAGES.has(action.group)) return
  // Tab and Enter are the keyboard's way through the page; on the canvas alone they mean more.
  const moves = event.key === 'Tab' || event.key === 'Enter'
  if (plain && moves && !isCanvas(event.target)) return
  if (event.key === 'Tab' && isOnPart(event.target) && !isJustAdded(session, event.target)) return
  // Text that is selected anywhere else on the page is what is copied.
  if (action.id === 'copy' && !(getSelection()?.isCollapsed ?? true)) return
  if (action.enabled?.(session) === false) return
  event.preventDefault()
  void action.run(session)
}

function onPaste(session: Session, event: ClipboardEvent): void {
  if (isField(event.target) || isDialogOpen() || isCanvasCovered()) return
  const text = event.clipboardData?.getData('text/plain') ?? ''
  const { pipeline: fragment, problems } = readFragment(text)
  const { editor, workbench } = session
  if (fragment === undefined) {
    if (text.trim() === '') return
    workbench.notify({
      kind: 'refused',
      title: 'What is on the clipboard cannot be pasted here.',
      details: [
        ...problems.slice(0, PROBLEMS_SHOWN_MAX).map(({ message }) => message),
        'Copy nodes of a pipeline, or a whole document.',
      ],
    })
    return
  }
  event.preventDefault()
  const corner = pasteCorner(editor.store.getState().pipeline)
  const pasted = paste(editor.store.getState().pipeline, fragment, { corner })
  editor.change('Paste', () => pasted.pipeline, { select: pasted.selection })
  workbench.announce(`Pasted ${counted(pasted.nodeCount, 'node')}.`)
}

/** Under the pointer, or in the middle; beside what a paste before has put there. */
function pasteCorner({ layout }: Pipeline): Point {
  const viewport = currentViewport()
  const [x, y] = viewport.pointer() ?? viewport.centre()
  let corner = onGrid([x - NODE_WIDTH / 2, y - NODE_HEIGHT / 2])
  const taken = ([left, top]: Point): boolean => left === corner[0] && top === corner[1]
  while ([...layout.values()].some(taken)) {
    corner = [corner[0] + PASTE_OFFSET, corner[1] + PASTE_OFFSET]
  }
  return corner
}

function isCanvas(target: EventTarget | null): boolean {
  if (target === document.body) return true
  return target instanceof Element && target.closest('.canvas') !== null
}

/** There a letter goes to what begins with it. */
function isInMenu(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('[role="menu"], [role="listbox"]') !== null
}

function isInPanel(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('.inspector, .palette, .drawer-bar') !== null
}

/** On a node, a port or a button Tab goes on to the next one. */
function isOnPart(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false
  return target.closest('.react-flow__node, .react-flow__edge, button, a') !== null
}

/** One after the other is added by Tab, without a way back to the canvas in between. */
function isJustAdded({ workbench }: Session, target: EventTarget | null): boolean {
  const { justAdded } = workbench.store.getState()
  return justAdded !== undefined && target instanceof HTMLElement && target.dataset.id === justAdded
}

const FOR_ALL_PAGES: ReadonlySet<string> = new Set(['Run', 'File'])

function isCanvasCovered(): boolean {
  return document.querySelector('.workbench-row[inert]') !== null
}

/** It was asked for, and its part of the page has not come yet. */
function isDialogComing({ workbench }: Session): boolean {
  return workbench.store.getState().dialog !== undefined
}

function isDialogOpen(): boolean {
  return document.querySelector('dialog[open]') !== null
}
