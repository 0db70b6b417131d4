/** What can be done with the letters of all causes at once. */

import { Menu } from '@base-ui/react/menu'
import type { wire } from '@millrace/pipeline'
import { ChevronDown } from 'lucide-react'
import { type ReactNode, Suspense, useState } from 'react'
import { useSession } from '../editor/session.tsx'
import { countText } from '../live/formats.ts'
import { latePart } from '../parts/late-part.ts'
import { exportLetters, replayLetters } from './letter-actions.ts'
import { useReplayBar } from './use-letters.ts'

const DiscardDialog = latePart(() => import('./discard-dialog.tsx'))

const ALL = { all: true } as const

export function AllMenu({ books }: { readonly books: wire.LetterBooks }): ReactNode {
  const session = useSession()
  const { open: canReplay } = useReplayBar()
  const [asking, setAsking] = useState(false)
  const { open } = books
  return (
    <>
      <Menu.Root>
        <Menu.Trigger className="button choice-trigger">
          All causes
          <ChevronDown size={13} aria-hidden />
        </Menu.Trigger>
        <Menu.Portal>
          <Menu.Positioner sideOffset={6} align="end" className="choice-positioner">
            <Menu.Popup className="choice-popup">
              <Menu.Item
                className="choice-item"
                disabled={!canReplay || open === 0}
                onClick={() => void replayLetters(session, ALL)}
              >
                Replay all {countText(open)} that are open
              </Menu.Item>
              <Menu.Item className="choice-item" onClick={() => void exportLetters(session)}>
                Export everything as NDJSON
              </Menu.Item>
              <Menu.Item
                className="choice-item"
                disabled={open === 0}
                onClick={() => setAsking(true)}
              >
                Discard all {countText(open)} that are open…
              </Menu.Item>
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
      {asking ? (
        <Suspense>
          <DiscardDialog chosen={ALL} count={open} onClose={() => setAsking(false)} />
        </Suspense>
      ) : null}
    </>
  )
}
