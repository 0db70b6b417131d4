/** Imports a file that is dropped anywhere on the page, which the browser would open instead. */

import { useEffect } from 'react'
import { useSession } from '../editor/session.tsx'
import { importFile } from './import-document.ts'

/** On the root element while a file is over the page. */
const OVER = 'data-file-over'

export function useFileDrop(): void {
  const session = useSession()
  useEffect(() => {
    const root = document.documentElement
    const over = (event: DragEvent): void => {
      if (event.dataTransfer === null || !event.dataTransfer.types.includes('Files')) return
      event.preventDefault()
      event.dataTransfer.dropEffect = 'copy'
      root.setAttribute(OVER, '')
    }
    // Nothing is entered where the pointer leaves the window.
    const leave = ({ relatedTarget }: DragEvent): void => {
      if (relatedTarget === null) root.removeAttribute(OVER)
    }
    const drop = (event: DragEvent): void => {
      root.removeAttribute(OVER)
      const [file, ...others] = event.dataTransfer?.files ?? []
      if (file === undefined) return
      event.preventDefault()
      if (others.length === 0) void importFile(session, file)
      else {
        session.workbench.notify({
          kind: 'refused',
          title: `Nothing was imported of these ${others.length + 1} files.`,
          details: ['A document takes the place of what is drawn. Drop one.'],
        })
      }
    }
    document.addEventListener('dragover', over)
    document.addEventListener('dragleave', leave)
    document.addEventListener('drop', drop)
    return () => {
      root.removeAttribute(OVER)
      document.removeEventListener('dragover', over)
      document.removeEventListener('dragleave', leave)
      document.removeEventListener('drop', drop)
    }
  }, [session])
}
