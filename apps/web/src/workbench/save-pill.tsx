/** Where the saving stands, in a word; a conflict and a refusal say what to do. */

import { CircleAlert, CloudOff } from 'lucide-react'
import type { ReactNode } from 'react'
import type { SaveState } from '../editor/autosave.ts'
import { useSaveState, useSession } from '../editor/session.tsx'

export function SavePill(): ReactNode {
  const { workbench } = useSession()
  const state = useSaveState()
  const trouble = state.kind === 'away' || state.kind === 'refused' || state.kind === 'conflict'
  const Icon = state.kind === 'away' ? CloudOff : CircleAlert
  return (
    <button
      type="button"
      className="pill save-pill"
      data-kind={state.kind}
      title={hintOf(state)}
      onClick={() => workbench.update({ dialog: 'versions' })}
    >
      {trouble ? <Icon size={13} aria-hidden /> : null}
      <span aria-live={trouble ? 'polite' : 'off'}>{textOf(state)}</span>
    </button>
  )
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
  }
}
