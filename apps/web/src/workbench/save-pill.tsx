/** Where the saving stands, in a word; a conflict and a refusal say what to do. */

import { Check, CircleAlert, CloudOff, RefreshCw } from 'lucide-react'
import type { ReactNode } from 'react'
import type { SaveState } from '../editor/autosave.ts'
import { useSaveState, useSession } from '../editor/session.tsx'

export function SavePill(): ReactNode {
  const { workbench } = useSession()
  const state = useSaveState()
  const trouble = TROUBLES.has(state.kind)
  const Mark = MARKS[state.kind]
  return (
    <button
      type="button"
      className="pill save-pill"
      data-kind={state.kind}
      title={`${textOf(state)}. ${hintOf(state)}`}
      onClick={() => workbench.update({ dialog: 'versions' })}
    >
      <Mark size={13} aria-hidden className={trouble ? undefined : 'save-mark'} />
      <span className="save-words" aria-live={trouble ? 'polite' : 'off'}>
        {textOf(state)}
      </span>
    </button>
  )
}

const TROUBLES: ReadonlySet<SaveState['kind']> = new Set(['away', 'refused', 'conflict', 'gone'])

/** In words where there is room for them, but trouble has a mark beside. */
const MARKS: Readonly<Record<SaveState['kind'], typeof Check>> = {
  saved: Check,
  waiting: RefreshCw,
  saving: RefreshCw,
  away: CloudOff,
  refused: CircleAlert,
  conflict: CircleAlert,
  gone: CircleAlert,
}

export function textOf(state: SaveState): string {
  switch (state.kind) {
    case 'saved':
      return `Saved, version ${state.version}`
    case 'waiting':
      return 'Edited'
    case 'saving':
      return 'Saving…'
    case 'away':
      return 'Unsaved: server away'
    case 'refused':
      return 'Unsaved: refused'
    case 'conflict':
      return `Version ${state.theirs.version} is not yours`
    case 'gone':
      return 'Not on the server'
  }
}

export function hintOf(state: SaveState): string {
  switch (state.kind) {
    case 'saved':
      return 'Show all versions'
    case 'waiting':
    case 'saving':
      return 'Edits are saved by themselves.'
    case 'away':
      return state.keptHere
        ? 'The server does not answer. Your edits are kept in this browser and saved when it is back.'
        : 'The server does not answer, and this browser keeps nothing. Leave the page open, or export.'
    case 'refused':
      return state.error.message
    case 'conflict':
      return 'Somebody else has saved meanwhile. Choose which version to keep.'
    case 'gone':
      return 'The server does not have this pipeline any more. Save it as a new one, or let it go.'
  }
}
