/** Two have saved: the user says which version is kept, and nothing is lost either way. */

import { comparePipelines, counted, oneLine } from '@millrace/pipeline'
import { type ReactNode, useMemo, useState } from 'react'
import { timeText } from '../design/time-text.ts'
import { DifferenceList } from '../differences/difference-list.tsx'
import type { Theirs } from '../editor/autosave.ts'
import { usePipeline, useSession } from '../editor/session.tsx'
import { Dialog } from './dialog.tsx'

export default function ConflictDialog({ theirs }: { readonly theirs: Theirs }): ReactNode {
  const { autosave, editor } = useSession()
  const mine = usePipeline()
  const [busy, setBusy] = useState(false)
  const choose = async (choice: 'keep-mine' | 'take-theirs'): Promise<void> => {
    setBusy(true)
    await autosave.resolve(choice)
    setBusy(false)
  }
  const { pipeline } = theirs
  const difference = useMemo(
    () => (pipeline === undefined ? undefined : comparePipelines(pipeline, mine, editor.registry)),
    [pipeline, mine, editor],
  )
  return (
    <Dialog title="Somebody else has saved meanwhile" decides onClose={() => undefined}>
      <p>
        Your edits are not in version {theirs.version}. Both are kept: what you do not choose stays
        among the versions, or one undo away.
      </p>
      <div className="conflict-sides">
        <section className="conflict-side">
          <h3>Yours, unsaved</h3>
          <strong>{oneLine(mine.name)}</strong>
          <p>{counted(mine.nodes.size, 'node')}</p>
        </section>
        <section className="conflict-side">
          <h3>
            Version {theirs.version}, {timeText(theirs.savedAtMs)}
          </h3>
          <strong>{oneLine(theirs.name)}</strong>
          <p>
            {pipeline === undefined
              ? 'This page cannot read it.'
              : counted(pipeline.nodes.size, 'node')}
          </p>
        </section>
      </div>
      {difference === undefined ? null : (
        <section className="conflict-difference">
          <h3>From version {theirs.version} to yours</h3>
          <DifferenceList difference={difference} label="What differs" />
        </section>
      )}
      <div className="dialog-actions">
        <button
          type="button"
          className="button"
          disabled={busy || pipeline === undefined}
          onClick={() => void choose('take-theirs')}
        >
          Take version {theirs.version}
        </button>
        <button
          type="button"
          className="button primary"
          disabled={busy}
          onClick={() => void choose('keep-mine')}
        >
          Keep mine as version {theirs.version + 1}
        </button>
      </div>
    </Dialog>
  )
}
