/** Beside the button that deploys an edit: the other way, which makes state anew first. */

import { type ReactNode, Suspense, useState } from 'react'
import { WaysMenu } from '../live/ways-menu.tsx'
import { latePart } from '../parts/late-part.ts'

const BackfillDialog = latePart(() => import('./backfill-dialog.tsx'))

export function DeployMenu({ disabled }: { readonly disabled: boolean }): ReactNode {
  const [open, setOpen] = useState(false)
  const backfill = {
    title: 'Backfill, then switch over…',
    detail: 'Reads old records into the edit first, while the job goes on.',
    onChoose: () => setOpen(true),
  }
  return (
    <>
      <WaysMenu
        label="Other ways to deploy"
        className="primary deploy-trigger"
        disabled={disabled}
        ways={[backfill]}
      />
      {open ? (
        <Suspense>
          <BackfillDialog onClose={() => setOpen(false)} />
        </Suspense>
      ) : null}
    </>
  )
}
