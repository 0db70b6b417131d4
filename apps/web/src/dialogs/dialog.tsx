/** A dialog on the browser's own element, which keeps the focus inside and gives it back. */

import { X } from 'lucide-react'
import { type ReactNode, useEffect, useLayoutEffect, useRef } from 'react'
import { focusBefore } from './focus-before.ts'
import { giveTyped } from './type-ahead.ts'
import './dialog.css'

interface DialogProps {
  readonly title: string
  readonly width?: 'narrow' | 'normal' | 'wide'
  /** A decision has no way around it: neither Escape nor a click beside it. */
  readonly decides?: boolean
  /** Without a head of its own: what is inside says what it is. */
  readonly bare?: boolean
  /** Beside what it is about, which stays in sight. */
  readonly beside?: boolean
  readonly onClose: () => void
  readonly children: ReactNode
}

export function Dialog(props: DialogProps): ReactNode {
  const { title, width = 'normal', decides = false, bare = false, onClose, children } = props
  const { beside = false } = props
  const element = useRef<HTMLDialogElement>(null)
  const body = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const dialog = element.current
    const opener = focusBefore()
    return () => {
      // One that is taken away while it is open leaves the focus nowhere.
      dialog?.close()
      const { activeElement, body: page } = document
      const isLost = activeElement === page || dialog?.contains(activeElement) === true
      if (isLost) opener?.focus({ preventScroll: true })
    }
  }, [])
  useEffect(() => {
    const dialog = element.current
    if (dialog === null || dialog.open) return
    dialog.showModal()
    // The browser would choose the button that closes, since it stands first.
    const first = body.current?.querySelector<HTMLElement>('input, select, textarea, button')
    // What is above it is read first.
    first?.focus({ preventScroll: true })
    giveTyped(first)
  }, [])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself
    <dialog
      ref={element}
      className="dialog"
      data-width={width}
      data-beside={beside}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault()
        if (!decides) onClose()
      }}
      onClick={(event) => {
        if (!decides && event.target === element.current) onClose()
      }}
    >
      <header className={bare ? 'visually-hidden' : 'dialog-head'}>
        <h2>{title}</h2>
        {decides ? null : (
          <button type="button" className="button quiet icon" aria-label="Close" onClick={onClose}>
            <X size={15} aria-hidden />
          </button>
        )}
      </header>
      <div ref={body} className={bare ? 'dialog-bare' : 'dialog-body'}>
        {children}
      </div>
    </dialog>
  )
}
