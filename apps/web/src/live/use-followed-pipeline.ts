/**
 * Ties the live connection to the open pipeline: its jobs, its saves in other tabs, and what is
 * said aloud.
 */

import { useEffect } from 'react'
import { showHit } from '../breakpoints/show-breakpoint.ts'
import { type Session, useSession } from '../editor/session.tsx'
import { jobWords } from './job-words.ts'
import { useLive } from './live.tsx'

/** What is shown changes under the eyes of whoever looks at it. */
function tellOfVersion({ workbench }: Session, version: number): void {
  workbench.notify({
    kind: 'done',
    title: `Version ${version} was saved in another tab, and is shown here.`,
    action: { title: 'What changed', run: () => workbench.update({ dialog: 'versions' }) },
  })
}

/** A screen reader hears of the job at most this often; the last word always comes. */
const SAID_EVERY_MS = 4_000

export function useFollowedPipeline(): void {
  const session = useSession()
  const { job, breakpoints, connection, env } = useLive()
  const { pipelineId, workbench, autosave } = session

  useEffect(() => {
    breakpoints.follow(pipelineId)
    job.follow(pipelineId)
    return () => {
      breakpoints.follow(undefined)
      job.follow(undefined)
    }
  }, [job, breakpoints, pipelineId])

  useEffect(() => {
    let shown = job.status.get()?.breakpoint?.breakpointId
    return job.status.subscribe(() => {
      const hit = job.status.get()?.breakpoint
      // At the next record of the same breakpoint, people look at what they have chosen meanwhile.
      if (hit === undefined || hit.breakpointId === shown) return
      shown = hit.breakpointId
      if (breakpoints.isOwn(shown)) showHit(session, hit)
    })
  }, [job, breakpoints, session])

  useEffect(() => {
    return connection.onConnected(() => {
      // The next try may be many seconds away; the server is back now.
      if (autosave.store.getState().kind === 'away') void autosave.saveNow()
      // What other tabs did meanwhile was not told, nor since the page was read at first.
      else {
        void autosave.lookAgain().then((version) => {
          if (version !== undefined) tellOfVersion(session, version)
        })
      }
    })
  }, [connection, autosave, session])

  useEffect(
    () =>
      connection.on('pipelineDeleted', (deleted) => {
        if (deleted.pipelineId !== pipelineId || deleted.client === session.env.clientId) return
        autosave.noticeDeleted()
      }),
    [connection, pipelineId, autosave, session.env.clientId],
  )

  useEffect(
    () =>
      connection.on('pipelineSaved', (saved) => {
        if (saved.pipelineId !== pipelineId || saved.client === session.env.clientId) return
        void autosave.noticeVersion(saved.version).then((isShown) => {
          if (isShown) tellOfVersion(session, saved.version)
        })
      }),
    [connection, pipelineId, autosave, session],
  )

  useEffect(() => {
    let said = ''
    let cancel: (() => void) | undefined
    const say = () => {
      cancel = undefined
      const text = stateText()
      if (text === said || text === '') return
      said = text
      workbench.announce(text)
      cancel = env.after(SAID_EVERY_MS, say)
    }
    const stateText = () => {
      const status = job.status.get()
      if (status === undefined) return ''
      const { nodes } = session.editor.store.getState().analysis
      const nameOf = (nodeId: string) => nodes.get(nodeId)?.title ?? nodeId
      const { label, detail, nextStep } = jobWords(status, nameOf)
      return [`Job: ${label}.`, detail, nextStep].filter((part) => part !== undefined).join(' ')
    }
    // Opening a page is no news: only what changes from here on is said.
    said = stateText()
    const stop = job.status.subscribe(() => {
      if (cancel === undefined) say()
    })
    return () => {
      stop()
      cancel?.()
    }
  }, [job, workbench, env, session])
}
