/** The pages and what they share: the connection to the host, the panels and the theme. */

import { type ReactNode, Suspense, useEffect } from 'react'
import { Redirect, Route, Switch, useLocation } from 'wouter'
import { useStore } from 'zustand'
import { createApi } from './api/api.ts'
import { env } from './env/current-env.ts'
import { EditorPage } from './pages/editor-page.tsx'
import { latePart } from './parts/late-part.ts'
import { PartsNotice } from './parts/parts-notice.tsx'
import { Shelter } from './parts/shelter.tsx'
import { createWorkbench } from './workbench/workbench-store.ts'

const TopicsPage = latePart(() => import('./topics/topics-page.tsx'))
const PipelinesPage = latePart(async () => {
  const { PipelinesPage: page } = await import('./pages/pipelines-page.tsx')
  return { default: page }
})
const RecordingsPage = latePart(() => import('./recordings/recordings-page.tsx'))
const RecordingPage = latePart(() => import('./recordings/recording-page.tsx'))
const TopicPage = latePart(() => import('./topics/topic-page.tsx'))

const api = createApi((url, request) => fetch(url, request), env.clientId)
const workbench = createWorkbench(env)

export function App(): ReactNode {
  useTheme()
  const [path] = useLocation()
  return (
    <>
      <Shelter what="This page" shows={path}>
        <Pages />
      </Shelter>
      <PartsNotice />
    </>
  )
}

function Pages(): ReactNode {
  return (
    <Switch>
      <Route path="/pipelines/:id/:view?">
        {({ id }) => (
          <EditorPage key={id} pipelineId={id} api={api} workbench={workbench} env={env} />
        )}
      </Route>
      <Route path="/pipelines">
        <Suspense>
          <PipelinesPage api={api} env={env} workbench={workbench} />
        </Suspense>
      </Route>
      <Route path="/topics/:topic">
        {({ topic }) => (
          <Suspense>
            <TopicPage key={topic} topic={topic} api={api} env={env} workbench={workbench} />
          </Suspense>
        )}
      </Route>
      <Route path="/topics">
        <Suspense>
          <TopicsPage api={api} env={env} workbench={workbench} />
        </Suspense>
      </Route>
      <Route path="/recordings/:id/:replay?">
        {({ id, replay }) => (
          <Suspense>
            <RecordingPage
              key={id}
              recordingId={id}
              replayId={replay}
              api={api}
              env={env}
              workbench={workbench}
            />
          </Suspense>
        )}
      </Route>
      <Route path="/recordings">
        <Suspense>
          <RecordingsPage api={api} env={env} workbench={workbench} />
        </Suspense>
      </Route>
      <Route path="/">
        <Suspense>
          <PipelinesPage api={api} env={env} workbench={workbench} opensLatest />
        </Suspense>
      </Route>
      <Route>
        <Redirect to="/pipelines" replace />
      </Route>
    </Switch>
  )
}

/**
 * The theme stands on the root element, so that tokens.css is the only place that knows colours.
 */
function useTheme(): void {
  const theme = useStore(workbench.store, (state) => state.theme)
  useEffect(() => {
    const dark = window.matchMedia('(prefers-color-scheme: dark)')
    const show = (): void => {
      const shown = theme === 'system' ? (dark.matches ? 'dark' : 'light') : theme
      document.documentElement.dataset.theme = shown
    }
    show()
    dark.addEventListener('change', show)
    return () => dark.removeEventListener('change', show)
  }, [theme])
}
