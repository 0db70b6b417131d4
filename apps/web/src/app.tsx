/** The pages and what they share: the connection to the host, the panels and the theme. */

import { type FunctionComponent, type ReactNode, Suspense, useEffect } from 'react'
import { Redirect, Route, Router, Switch, useLocation } from 'wouter'
import { useStore } from 'zustand'
import { createApi } from './api/api.ts'
import { createKeptSteps } from './editor/kept-steps.ts'
import { env } from './env/current-env.ts'
import { EditorPage } from './pages/editor-page.tsx'
import { createLatePage, goWhenThere } from './parts/late-pages.ts'
import { latePart, loadPart } from './parts/late-part.ts'
import { PageMissing } from './parts/page-missing.tsx'
import { PartsNotice } from './parts/parts-notice.tsx'
import { Shelter } from './parts/shelter.tsx'
import { useFocusAfterGoing } from './parts/use-focus-after-going.ts'
import { createWorkbench } from './workbench/workbench-store.ts'

const page = <Props,>(get: () => Promise<{ readonly default: FunctionComponent<Props> }>) =>
  createLatePage({ latePart, loadPart }, get)
const topics = page(() => import('./topics/topics-page.tsx'))
const pipelines = page(async () => {
  const { PipelinesPage: found } = await import('./pages/pipelines-page.tsx')
  return { default: found }
})
const recordings = page(() => import('./recordings/recordings-page.tsx'))
const recording = page(() => import('./recordings/recording-page.tsx'))
const topic = page(() => import('./topics/topic-page.tsx'))

const LATE_PAGES = [
  [/^\/(?:pipelines\/?)?$/, pipelines],
  [/^\/topics\/?$/, topics],
  [/^\/topics\//, topic],
  [/^\/recordings\/?$/, recordings],
  [/^\/recordings\//, recording],
] as const

const go = goWhenThere(
  (path) => LATE_PAGES.find(([pattern]) => pattern.test(path))?.[1],
  () => window.location.pathname,
)

const api = createApi((url, request) => fetch(url, request), env.clientId)
const workbench = createWorkbench(env)
const steps = createKeptSteps()

export function App(): ReactNode {
  useTheme()
  const [path] = useLocation()
  useFocusAfterGoing(path)
  return (
    <>
      <Router aroundNav={go}>
        <Shelter what="This page" shows={path}>
          <Pages />
        </Shelter>
      </Router>
      <PartsNotice />
    </>
  )
}

function Pages(): ReactNode {
  return (
    <Switch>
      <Route path="/pipelines/:id/:view?">
        {({ id }) => (
          <EditorPage
            key={id}
            pipelineId={id}
            api={api}
            workbench={workbench}
            env={env}
            steps={steps}
          />
        )}
      </Route>
      <Route path="/pipelines">
        <Late what="The list of pipelines" current="/pipelines">
          <pipelines.Page api={api} env={env} workbench={workbench} />
        </Late>
      </Route>
      <Route path="/topics/:topic">
        {({ topic: name }) => (
          <Late what="The page of this topic" current="/topics">
            <topic.Page key={name} topic={name} api={api} env={env} workbench={workbench} />
          </Late>
        )}
      </Route>
      <Route path="/topics">
        <Late what="The list of topics" current="/topics">
          <topics.Page api={api} env={env} workbench={workbench} />
        </Late>
      </Route>
      <Route path="/recordings/:id/:replay?">
        {({ id, replay }) => (
          <Late what="The page of this recording" current="/recordings">
            <recording.Page
              key={id}
              recordingId={id}
              replayId={replay}
              api={api}
              env={env}
              workbench={workbench}
            />
          </Late>
        )}
      </Route>
      <Route path="/recordings">
        <Late what="The list of recordings" current="/recordings">
          <recordings.Page api={api} env={env} workbench={workbench} />
        </Late>
      </Route>
      <Route path="/">
        <Late what="The list of pipelines" current="/pipelines">
          <pipelines.Page api={api} env={env} workbench={workbench} opensLatest />
        </Late>
      </Route>
      <Route>
        <Redirect to="/pipelines" replace />
      </Route>
    </Switch>
  )
}

/** Where the code of a page is awaited, in the words of who waits for it. */
function Late(props: {
  readonly what: string
  readonly current: '/pipelines' | '/topics' | '/recordings'
  readonly children: ReactNode
}): ReactNode {
  const { what, current, children } = props
  return (
    <Suspense fallback={<PageMissing {...{ what, current, workbench }} />}>{children}</Suspense>
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
