/** Asks before many letters are discarded, and says how that is taken back. */

import { type ReactNode, useState } from 'react'
import { Dialog } from '../dialogs/dialog.tsx'
import { useSession } from '../editor/session.tsx'
import { type Chosen, discardLetters } from './letter-actions.ts'
import { letterCountText } from './letter-words.ts'

interface DiscardDialogProps {
  readonly chosen: Chosen
  readonly count: number
  readonly onClose: () => void
}

export default function DiscardDialog({ chosen, count, onClose }: DiscardDialogProps): ReactNode {
  const session = useSession()
  const [busy, setBusy] = useState(false)
  const what = letterCountText(count)
  const discard = async (): Promise<void> => {
    setBusy(true)
    await discardLetters(session, chosen)
    onClose()
  }
  return (
    <Dialog title={`Discard ${what}`} width="narrow" onClose={onClose}>
      <p>
        {count === 1 ? 'Its record counts' : 'Their records count'} nowhere then: no sink will ever
        see {count === 1 ? 'it' : 'them'}. For a day this can be taken back, under Discarded. Then
        the records are removed, and only their number is kept.
      </p>
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          Keep {count === 1 ? 'it' : 'them'}
        </button>
        <button
          type="button"
          className="button danger"
          disabled={busy}
          onClick={() => void discard()}
        >
          Discard {what}
        </button>
      </div>
    </Dialog>
  )
}
