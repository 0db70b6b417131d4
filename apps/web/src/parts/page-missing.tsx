/**
 * Stands where a page will whose code has not come, as after going back to it while the server is
 * away: it says what is missing, and gives way to the page when that comes.
 */

import { type ReactNode, useLayoutEffect } from 'react'
import { useStore } from 'zustand'
import { PageBar } from '../pages/page-bar.tsx'
import type { Workbench } from '../workbench/workbench-store.ts'
import { missingPage } from './late-pages.ts'
import { partsState, retryParts } from './late-part.ts'

interface PageMissingProps {
  /** As the beginning of a sentence: "The list of topics". */
  readonly what: string
  readonly current: '/pipelines' | '/topics' | '/recordings'
  readonly workbench: Workbench
}

export function PageMissing({ what, current, workbench }: PageMissingProps): ReactNode {
  const state = useStore(partsState)
  if (state === 'complete') return <main className="page-quiet" aria-busy="true" />
  return (
    <div className="page">
      <PageBar workbench={workbench} current={current} />
      <main className="page-quiet">{state === 'away' ? <Away what={what} /> : <NotToBeHad />}</main>
    </div>
  )
}

/** What is said here need not be said on the stack of news, too. */
function useSaidHere(): void {
  useLayoutEffect(() => {
    missingPage.setState(true, true)
    return () => missingPage.setState(false, true)
  }, [])
}

function Away({ what }: Pick<PageMissingProps, 'what'>): ReactNode {
  useSaidHere()
  return (
    <section className="page-message" role="alert">
      <h1>{what} has not come yet</h1>
      <p>
        The server does not answer. Start it with <code>npm start</code>, or look at its output.
        What you have drawn is saved, or kept in this browser.
      </p>
      <p>The page is asked for every few seconds, and shown as soon as it comes.</p>
      <button type="button" className="button" onClick={retryParts}>
        Try again now
      </button>
    </section>
  )
}

function NotToBeHad(): ReactNode {
  useSaidHere()
  return (
    <section className="page-message" role="alert">
      <h1>This page does not come</h1>
      <p>
        The server answers, but the page cannot be loaded, as after an update of the server. What
        you have drawn is saved, or kept in this browser.
      </p>
      <button type="button" className="button" onClick={() => window.location.reload()}>
        Reload the page
      </button>
    </section>
  )
}
