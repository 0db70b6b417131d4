/** Small parts that several tabs of the drawer are made of. */

import './drawer.css'
import type { ReactNode } from 'react'

/** Says why a tab is empty, and what would fill it. */
export function EmptyTab(props: {
  readonly title: string
  readonly children?: ReactNode
}): ReactNode {
  return (
    <div className="drawer-empty">
      <strong>{props.title}</strong>
      {props.children !== undefined && <p>{props.children}</p>}
    </div>
  )
}

interface AskedForProps {
  readonly refusal: { readonly message: string } | undefined
  /** Undefined until it is there. */
  readonly children: ReactNode | undefined
}

/** What a tab asks the server for: that it is being read, why it is not there, or the thing. */
export function AskedFor({ refusal, children }: AskedForProps): ReactNode {
  const reading = children === undefined && refusal === undefined
  return (
    <>
      {refusal === undefined ? null : (
        <p className="drawer-refusal" role="alert">
          {refusal.message}
        </p>
      )}
      {reading ? <EmptyTab title="Reading" /> : children}
    </>
  )
}

interface DrawerButtonProps {
  readonly onPress: () => void
  /** For a button that stays down. */
  readonly pressed?: boolean
  readonly label?: string
  readonly title?: string
  readonly disabled?: boolean
  readonly children: ReactNode
}

export function DrawerButton(props: DrawerButtonProps): ReactNode {
  return (
    <button
      type="button"
      className="drawer-button"
      aria-pressed={props.pressed}
      aria-label={props.label}
      title={props.title}
      disabled={props.disabled}
      onClick={props.onPress}
    >
      {props.children}
    </button>
  )
}
