/**
 * The one place of a page where news stand, below each other: what is wrong with the job or the
 * connection, what has not been loaded, and notices.
 */

import { type ReactNode, useLayoutEffect, useRef } from 'react'
import { createPortal } from 'react-dom'
import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'
import { useKeptFocus } from '../workbench/use-kept-focus.ts'
import './notice-stack.css'

const stacks = createStore<readonly HTMLElement[]>(() => [])

/** The stack of the page; what it holds itself comes last. */
export function NoticeStack({ children }: { readonly children: ReactNode }): ReactNode {
  const stack = useRef<HTMLDivElement>(null)
  useKeptFocus(stack)
  useLayoutEffect(() => {
    const { current } = stack
    if (current === null) return undefined
    stacks.setState((before) => [...before, current], true)
    return () => stacks.setState((before) => before.filter((one) => one !== current), true)
  }, [])
  return (
    <div className="notice-stack" ref={stack} tabIndex={-1}>
      {children}
    </div>
  )
}

/** Puts what another part of the page says on its stack, or on one of its own where it has none. */
export function OnStack({ children }: { readonly children: ReactNode }): ReactNode {
  const stack = useStore(stacks, (all) => all.at(-1))
  if (stack !== undefined) return createPortal(children, stack)
  return <div className="notice-stack">{children}</div>
}
