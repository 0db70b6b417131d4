/** Says why something that was opened does not show: its code has not come from the server. */

import { CloudOff, RefreshCw } from 'lucide-react'
import { type ReactNode, useEffect } from 'react'
import { useStore } from 'zustand'
import { OnStack } from '../notices/notice-stack.tsx'
import { comingPage, missingPage } from './late-pages.ts'
import { fetchPartsWhenIdle, partsState } from './late-part.ts'
import './parts-notice.css'

export function PartsNotice(): ReactNode {
  const state = useStore(partsState)
  const coming = useStore(comingPage)
  const isSaid = useStore(missingPage) && coming === undefined
  useEffect(fetchPartsWhenIdle, [])
  return (
    <OnStack>
      <div className="parts-news" role="status" aria-live="polite">
        {state === 'complete' || isSaid ? null : (
          <section className="parts-notice" data-state={state}>
            {state === 'away' ? <Away /> : <NotToBeHad />}
          </section>
        )}
      </div>
    </OnStack>
  )
}

function Away(): ReactNode {
  const coming = useStore(comingPage)
  return (
    <>
      <CloudOff size={16} aria-hidden />
      <div>
        <h2>
          {coming === undefined
            ? 'A part of this page has not come yet'
            : 'The page you go to has not come yet'}
        </h2>
        <p>
          The server does not answer. Start it with <code>npm start</code>, or look at its output.{' '}
          {coming === undefined
            ? 'The part is asked for every few seconds, and shown as soon as it comes.'
            : 'The page is asked for every few seconds, and shown as soon as it comes.'}
        </p>
      </div>
      {coming === undefined ? null : (
        <button type="button" className="button" onClick={coming.stay}>
          Stay here
        </button>
      )}
    </>
  )
}

function NotToBeHad(): ReactNode {
  const coming = useStore(comingPage)
  const reload = (): void => {
    if (coming === undefined) window.location.reload()
    else window.location.assign(coming.to)
  }
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
      <button type="button" className="button" onClick={reload}>
        Reload the page
      </button>
    </>
  )
}
