/** Leads the focus from part to part of the workbench, for keys and the palette of commands. */

import { soleNode } from '../editor/selection.ts'
import type { Session } from '../editor/session.tsx'
import { currentViewport } from './viewport.ts'
import type { DrawerTab } from './workbench-store.ts'

/** The node that is selected, or else the first one, or else the canvas itself. */
export function focusCanvas({ editor }: Session): void {
  const { selection, analysis } = editor.store.getState()
  const [first] = analysis.nodes.keys()
  const nodeId = soleNode(selection) ?? first
  if (nodeId !== undefined) currentViewport().reveal(nodeId)
  else document.querySelector<HTMLElement>('.canvas')?.focus()
}

export function focusInspector({ workbench }: Session): void {
  const { inspector } = workbench.store.getState()
  workbench.update({ inspector: { ...inspector, open: true } })
  focusWithin('.inspector', `.inspector-scroll :is(${FIELDS}), ${FIELDS}`)
}

export function focusPalette({ workbench }: Session): void {
  const { palette } = workbench.store.getState()
  workbench.update({ palette: { ...palette, open: true } })
  focusWithin('.palette', 'input[type="search"], button[aria-pressed="true"]')
}

/** Opens the drawer at the tab, and puts the focus on it: arrows lead to the others. */
export function focusDrawer({ workbench }: Session, tab: DrawerTab): void {
  workbench.showDrawer(tab)
  focusWithin('.drawer', `#drawer-tab-${tab}`)
}

/** Opens it with the focus; closing it gives the focus back to the canvas where it was inside. */
export function toggleDrawer(session: Session): void {
  const { open, tab } = session.workbench.store.getState().drawer
  if (!open) focusDrawer(session, tab)
  else {
    const wasInside = document.activeElement?.closest('.drawer') !== null
    session.workbench.toggleDrawer()
    if (wasInside) focusCanvas(session)
  }
}

/** Explains the field that has the focus, or what it is a part of; undefined where nothing does. */
export function helpAtFocus(): HTMLElement | undefined {
  let field = document.activeElement?.closest('[data-field]')
  while (field != null) {
    const help = field.querySelector<HTMLElement>(':scope > .field-head > .field-help')
    if (help !== null) return help
    field = field.parentElement?.closest('[data-field]')
  }
  return undefined
}

/** What comes after the canvas in the order of the page, and what comes before it. */
export function focusBeside(session: Session, direction: 'next' | 'previous'): void {
  if (direction === 'previous') focusPalette(session)
  else if (session.editor.store.getState().analysis.nodes.size > 0) focusCanvas(session)
  else focusWithin('.drawer', '[role="tab"][tabindex="0"]')
}

const FIELDS = 'input, select, textarea, [contenteditable="true"]'

/** After the frame in which a panel that was closed is drawn. */
function focusWithin(panel: string, wanted: string): void {
  requestAnimationFrame(() => {
    document.querySelector(panel)?.querySelector<HTMLElement>(wanted)?.focus()
  })
}
