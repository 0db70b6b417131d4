/** Beside the button that starts: where else the sources may begin, and how fast. */

import { ChevronDown } from 'lucide-react'
import { type ReactNode, Suspense, useState } from 'react'
import { latePart } from '../parts/late-part.ts'

const StartDialog = latePart(() => import('./start-dialog.tsx'))

export function StartMenu({ disabled }: { readonly disabled: boolean }): ReactNode {
  const [open, setOpen] = useState(false)
  return (
    <>
      <button
        type="button"
        className="button primary start-elsewhere"
        disabled={disabled}
        aria-label="Other ways to start"
        aria-haspopup="dialog"
        title="Other ways to start: at the earliest record, the latest, a time or an offset; slowly; paused"
        onClick={() => setOpen(true)}
      >
        <ChevronDown size={13} aria-hidden />
      </button>
      {open ? (
        <Suspense>
          <StartDialog onClose={() => setOpen(false)} />
        </Suspense>
      ) : null}
    </>
  )
}
