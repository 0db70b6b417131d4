/** The gallery from within a pipeline: an example opens as a pipeline of its own. */

import type { ReactNode } from 'react'
import { useSession } from '../editor/session.tsx'
import { Gallery } from '../pages/gallery.tsx'
import { Dialog } from './dialog.tsx'

export function ExamplesDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { api } = useSession()
  return (
    <Dialog title="Examples" width="wide" onClose={onClose}>
      <Gallery api={api} onOpened={onClose} />
    </Dialog>
  )
}
