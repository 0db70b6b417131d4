/** Says why something that was opened does not show: its code has not come from the server. */

import { CloudOff, RefreshCw } from 'lucide-react'
import { type ReactNode, useEffect } from 'react'
import { useStore } from 'zustand'
import { fetchPartsWhenIdle, partsState } from './late-part.ts'
import './parts-notice.css'

export function PartsNotice(): ReactNode {
  const state = useStore(partsState)
  useEffect(fetchPartsWhenIdle, [])
  return (
    <div role="status" aria-live="polite">
      {state === 'complete' ? null : (
        <section className="parts-notice" data-state={state}>
          {state === 'away' ? <Away /> : <NotToBeHad />}
        </section>
      )}
    </div>
  )
}

function Away(): ReactNode {
  return (
    <>
      <CloudOff size={16} aria-hidden />
      <div>
        <h2>A part of this page has not come yet</h2>
        <p>
          The server does not answer. The part is asked for again every few seconds, and shown as
          soon as it comes.
        </p>
      </div>
    </>
  )
}

function NotToBeHad(): ReactNode {
  return (
    <>
      <RefreshCw size={16} aria-hidden />
      <div>
        <h2>A part of this page does not come</h2>
        <p>
          The server answers, but this page cannot load the part, as after an update of the server.
          What you have drawn is saved, or kept in this browser.
        </p>
      </div>
      <button type="button" className="button" onClick={() => window.location.reload()}>
        Reload the page
      </button>
    </>
  )
}
