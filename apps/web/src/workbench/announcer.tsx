/**
 * Says what has happened: to screen readers politely, and to everybody in a notice that goes away.
 */

import { CircleAlert, CircleCheck, X } from 'lucide-react'
import { type ReactNode, useEffect, useLayoutEffect, useRef } from 'react'
import { useStore } from 'zustand'
import type { BrowserEnv } from '../env/browser-env.ts'
import { NoticeStack } from '../notices/notice-stack.tsx'
import type { Workbench } from './workbench-store.ts'

const DONE_MS = 4_000
/** Whoever may take something back has longer to think. */
const UNDO_MS = 10_000
const DETAILS_MAX = 6

interface AnnouncerProps {
  readonly workbench: Workbench
  readonly env: BrowserEnv
}

export function Announcer({ workbench, env }: AnnouncerProps): ReactNode {
  const announcement = useStore(workbench.store, (state) => state.announcement)
  return (
    <>
      <div role="status" aria-live="polite" className="visually-hidden">
        {announcement === undefined ? null : (
          // The same text once more is a part of its own: only what is new is read out.
          <span key={announcement.number}>{announcement.text}</span>
        )}
      </div>
      <NoticeStack>
        <NoticeBar workbench={workbench} env={env} />
      </NoticeStack>
    </>
  )
}

/** A refusal stays until it is closed: it says why, and that takes reading. */
function NoticeBar({ workbench, env }: AnnouncerProps): ReactNode {
  const notice = useStore(workbench.store, (state) => state.notice)
  useEffect(() => {
    if (notice?.kind !== 'done') return undefined
    const shownMs = notice.action === undefined ? DONE_MS : UNDO_MS
    return env.after(shownMs, () => workbench.update({ notice: undefined }))
  }, [notice, workbench, env])
  const bar = useRef<HTMLElement>(null)
  useLayoutEffect(() => {
    const { current } = bar
    // What is new is in sight, however much stands above it in a low window.
    if (notice !== undefined && current?.parentElement != null) {
      current.parentElement.scrollTop = current.offsetTop
    }
  }, [notice])
  if (notice === undefined) return null
  const { kind, title, details = [], action } = notice
  const Icon = kind === 'done' ? CircleCheck : CircleAlert
  const more = details.length - DETAILS_MAX
  return (
    <section className="notice" data-kind={kind} aria-label={title} ref={bar}>
      <Icon size={16} aria-hidden />
      <div className="notice-text">
        <h2>{title}</h2>
        {details.slice(0, DETAILS_MAX).map((detail) => (
          <p key={detail}>{detail}</p>
        ))}
        {more > 0 ? <p>And {more} more.</p> : null}
      </div>
      {action === undefined ? null : (
        <button
          type="button"
          className="button"
          onClick={() => {
            workbench.update({ notice: undefined })
            void action.run()
          }}
        >
          {action.title}
        </button>
      )}
      <button
        type="button"
        className="button quiet icon"
        aria-label="Close the notice"
        onClick={() => workbench.update({ notice: undefined })}
      >
        <X size={14} aria-hidden />
      </button>
    </section>
  )
}
