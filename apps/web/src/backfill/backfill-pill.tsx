/** In the top bar while a backfill runs: how far it is; and what has become of it, as a notice. */

import { History } from 'lucide-react'
import { type ReactNode, Suspense, useEffect, useRef, useState } from 'react'
import { useSession } from '../editor/session.tsx'
import { latePart } from '../parts/late-part.ts'
import { pillText } from './backfill-words.ts'
import { isRunning, useBackfill } from './use-backfill.ts'
import './backfill.css'

const BackfillDialog = latePart(() => import('./backfill-dialog.tsx'))

export default function BackfillPill(): ReactNode {
  const { workbench } = useSession()
  const backfill = useBackfill().value?.backfill
  const [open, setOpen] = useState(false)
  const watched = useRef<string>(undefined)
  useEffect(() => {
    if (backfill == null) return
    if (isRunning(backfill)) {
      watched.current = backfill.backfillId
      return
    }
    if (watched.current !== backfill.backfillId) return
    watched.current = undefined
    const { state, message, version } = backfill
    const details = message === null ? [] : [message]
    if (state === 'done') {
      workbench.notify({ kind: 'done', title: `Version ${version} runs now.`, details })
    } else if (state === 'failed') {
      workbench.notify({ kind: 'refused', title: 'The backfill has ended.', details })
    } else workbench.announce('The backfill was cancelled. The job goes on as it was.')
    setOpen(false)
  }, [backfill, workbench])
  if (backfill == null || !isRunning(backfill)) return null
  return (
    <>
      <button
        type="button"
        className="button backfill-pill"
        aria-haspopup="dialog"
        title="A version that was edited reads old records beside the job. Press to see how far it is."
        onClick={() => setOpen(true)}
      >
        <History size={14} aria-hidden />
        <span>{pillText(backfill)}</span>
      </button>
      {open ? (
        <Suspense>
          <BackfillDialog onClose={() => setOpen(false)} />
        </Suspense>
      ) : null}
    </>
  )
}
