/** Opens one pipeline from the host and shows it in the workbench. */

import { oneLine, type Pipeline } from '@millrace/pipeline'
import { type ReactNode, useEffect, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { type Answer, type Api, type ApiReply, messageOf } from '../api/api.ts'
import { fromDocumentJson, toDocumentJson } from '../api/document-json.ts'
import { createAutosave, readKeptEdits } from '../editor/autosave.ts'
import { createEditor } from '../editor/editor.ts'
import type { KeptSteps } from '../editor/kept-steps.ts'
import { type Session, SessionProvider } from '../editor/session.tsx'
import type { BrowserEnv } from '../env/browser-env.ts'
import { registry } from '../operators/registry.ts'
import { WorkbenchPage } from '../workbench/workbench-page.tsx'
import type { Workbench } from '../workbench/workbench-store.ts'
import { forgetLooks, forgetPipeline } from './kept-of-pipeline.ts'
import { LAST_OPENED } from './last-opened.ts'
import { PageBar } from './page-bar.tsx'
import './page.css'

interface EditorPageProps {
  readonly pipelineId: string
  readonly api: Api
  readonly workbench: Workbench
  readonly env: BrowserEnv
  readonly steps: KeptSteps
}

type Opened =
  | { readonly kind: 'opening' }
  | { readonly kind: 'open'; readonly session: Session }
  | {
      readonly kind: 'refused'
      readonly title: string
      readonly details: readonly string[]
      /** What this browser still has of a pipeline that the server does not know. */
      readonly kept?: Pipeline | undefined
    }

const RETRY_MS = 2_000

export function EditorPage(props: EditorPageProps): ReactNode {
  const opened = useOpened(props)
  if (opened.kind === 'open') {
    return (
      <SessionProvider session={opened.session}>
        <WorkbenchPage />
      </SessionProvider>
    )
  }
  if (opened.kind === 'opening') return <main className="page-quiet" aria-busy="true" />
  return (
    <div className="page">
      <PageBar workbench={props.workbench} current="/pipelines" />
      <main className="page-quiet">
        <section className="page-message" role="alert">
          <h1>{opened.title}</h1>
          {opened.details.map((detail) => (
            <p key={detail}>{detail}</p>
          ))}
          {opened.kept === undefined ? null : <SaveKept {...props} kept={opened.kept} />}
          <Link className="button" href="/pipelines">
            All pipelines
          </Link>
        </section>
      </main>
    </div>
  )
}

interface SaveKeptProps extends EditorPageProps {
  readonly kept: Pipeline
}

function SaveKept({ api, env, pipelineId, kept }: SaveKeptProps): ReactNode {
  const [, navigate] = useLocation()
  const [said, setSaid] = useState('')
  const save = async (): Promise<void> => {
    const answer = await api.call('createPipeline', { body: { document: toDocumentJson(kept) } })
    if (answer.kind !== 'done') {
      setSaid(messageOf(answer))
      return
    }
    forgetPipeline(env.storage, pipelineId)
    navigate(`/pipelines/${answer.reply.id}`, { replace: true })
  }
  return (
    <>
      <p>This browser keeps "{oneLine(kept.name)}" as it was drawn here last.</p>
      {said === '' ? null : <p className="field-problems">{said}</p>}
      <button type="button" className="button primary" onClick={() => void save()}>
        Save it as a new pipeline
      </button>
    </>
  )
}

function useOpened({ pipelineId, api, workbench, env, steps }: EditorPageProps): Opened {
  const [opened, setOpened] = useState<Opened>({ kind: 'opening' })
  const [attempt, setAttempt] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a further attempt opens once more
  useEffect(() => {
    let left = false
    let session: Session | undefined
    let cancel = (): void => undefined
    const open = async (): Promise<void> => {
      const answer = await api.call('getPipeline', { params: { id: pipelineId } })
      if (left) return
      const next = openedFrom(answer, { pipelineId, api, workbench, env, steps })
      setOpened(next)
      if (next.kind === 'open') {
        session = next.session
        steps.takeUp(pipelineId, session.editor)
        env.storage.write(LAST_OPENED, pipelineId)
      }
      if (answer.kind === 'refused' && answer.status === 404) forgetLooks(env.storage, pipelineId)
      if (answer.kind === 'away') {
        cancel = env.after(RETRY_MS, () => setAttempt((count) => count + 1))
      }
    }
    void open()
    return () => {
      left = true
      cancel()
      if (session === undefined) return
      // What was refused there says nothing of what is opened next.
      if (workbench.store.getState().notice?.kind === 'refused') {
        workbench.update({ notice: undefined })
      }
      steps.keep(pipelineId, session.editor)
      session.autosave.close()
    }
  }, [pipelineId, api, workbench, env, steps, attempt])
  return opened
}

function openedFrom(
  answer: Answer<ApiReply<'getPipeline'>>,
  { pipelineId, api, workbench, env }: EditorPageProps,
): Opened {
  if (answer.kind === 'away') {
    const details = [answer.message, 'This page tries again every 2 seconds.']
    return { kind: 'refused', title: 'The server is away', details }
  }
  if (answer.kind === 'refused') {
    const kept = answer.status === 404 ? readKeptEdits(env.storage, pipelineId) : undefined
    const details = [answer.error.message]
    return { kind: 'refused', title: 'This pipeline cannot be opened', details, kept }
  }
  const { document, version, savedAtMs } = answer.reply
  const { pipeline, problems } = fromDocumentJson(document)
  if (pipeline === undefined) {
    const details = problems.slice(0, 5).map(({ message }) => message)
    return { kind: 'refused', title: 'This page cannot read the saved document', details }
  }
  const editor = createEditor(pipeline, registry)
  const saved = { version, savedAtMs }
  const autosave = createAutosave({ pipelineId, editor, api, env, saved })
  return { kind: 'open', session: { pipelineId, editor, autosave, workbench, api, env } }
}
