/** Beside the button that deploys an edit: the other way, which makes state anew first. */

import { Menu } from '@base-ui/react/menu'
import { ChevronDown } from 'lucide-react'
import { type ReactNode, Suspense, useState } from 'react'
import { latePart } from '../parts/late-part.ts'

const BackfillDialog = latePart(() => import('./backfill-dialog.tsx'))

export function DeployMenu({ disabled }: { readonly disabled: boolean }): ReactNode {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Menu.Root>
        <Menu.Trigger
          className="button primary choice-trigger deploy-trigger"
          disabled={disabled}
          aria-label="Other ways to deploy"
          title="Other ways to deploy"
        >
          <ChevronDown size={13} aria-hidden />
        </Menu.Trigger>
        <Menu.Portal>
          <Menu.Positioner sideOffset={6} align="end" className="choice-positioner">
            <Menu.Popup className="choice-popup">
              <Menu.Item className="choice-item end-item" onClick={() => setOpen(true)}>
                Backfill, then switch over…
                <small>Reads old records into the edit first, while the job goes on.</small>
              </Menu.Item>
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
      {open ? (
        <Suspense>
          <BackfillDialog onClose={() => setOpen(false)} />
        </Suspense>
      ) : null}
    </>
  )
}
