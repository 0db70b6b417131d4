/** All pipelines, and the gallery of examples to begin with. */

import { counted, oneLine, writeDocument } from '@millrace/pipeline'
import { Plus, Trash2, Upload } from 'lucide-react'
import {
  type DragEvent,
  type KeyboardEvent,
  type ReactNode,
  Suspense,
  useCallback,
  useEffect,
  useState,
} from 'react'
import { Link, Redirect, useLocation } from 'wouter'
import { type Api, type ApiReply, messageOf } from '../api/api.ts'
import { toDocumentJson } from '../api/document-json.ts'
import { timeText } from '../design/time-text.ts'
import type { BrowserEnv } from '../env/browser-env.ts'
import { type ChosenRows, useChosenRows } from '../lists/chosen-rows.ts'
import { FindBar, RestOfList, useFoundList, walkRows } from '../lists/found-list.tsx'
import { countText } from '../live/formats.ts'
import { hasNotEnded } from '../live/job-words.ts'
import { latePart } from '../parts/late-part.ts'
import { chooseFile } from '../transfer/files.ts'
import { readDocumentFile } from '../transfer/import-document.ts'
import type { Workbench } from '../workbench/workbench-store.ts'
import { Gallery } from './gallery.tsx'
import { forgetDeleted } from './kept-of-pipeline.ts'
import { LAST_OPENED } from './last-opened.ts'
import { PageBar } from './page-bar.tsx'
import './pipelines-page.css'

const DeletePipelineDialog = latePart(() => import('./delete-pipeline-dialog.tsx'))
const DeletePipelinesDialog = latePart(() => import('./delete-pipelines-dialog.tsx'))

interface PipelinesPageProps {
  readonly api: Api
  readonly env: BrowserEnv
  readonly workbench: Workbench
  /** Goes on to the pipeline that was open last, or to the one that runs. */
  readonly opensLatest?: boolean
}

type Pipelines = ApiReply<'listPipelines'>

const REFRESH_MS = 4_000
const NEW_NAME = 'Untitled pipeline'

export function PipelinesPage(props: PipelinesPageProps): ReactNode {
  const { api, env, workbench, opensLatest = false } = props
  const { pipelines, said, setSaid, readAgain } = usePipelines(api, env)
  const [, navigate] = useLocation()
  const create = useCallback(
    async (document: Record<string, unknown>) => {
      const answer = await api.call('createPipeline', { body: { document } })
      if (answer.kind === 'done') navigate(`/pipelines/${answer.reply.id}`)
      else setSaid([messageOf(answer)])
    },
    [api, navigate, setSaid],
  )
  const take = useCallback(
    async (file: File | undefined) => {
      if (file === undefined) return
      const read = await readDocumentFile(file)
      if ('pipeline' in read) await create(toDocumentJson(read.pipeline))
      else setSaid([read.title, ...read.details.slice(0, 6)])
    },
    [create, setSaid],
  )
  if (opensLatest && pipelines !== undefined) {
    const latest = latestOf(pipelines, env)
    return <Redirect to={latest === undefined ? '/pipelines' : `/pipelines/${latest}`} replace />
  }
  const onDrop = (event: DragEvent): void => {
    event.preventDefault()
    const [file, ...others] = event.dataTransfer.files
    if (others.length === 0) void take(file)
    else setSaid([`Nothing was imported of these ${others.length + 1} files.`, 'Drop one.'])
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button Import does the same
    <div className="page" onDragOver={(event) => event.preventDefault()} onDrop={onDrop}>
      <PageBar workbench={workbench} current="/pipelines">
        <button
          type="button"
          className="button"
          onClick={() => void chooseFile('.json,application/json').then(take)}
        >
          <Upload size={14} aria-hidden />
          <span className="button-label">Import</span>
        </button>
        <button
          type="button"
          className="button primary"
          onClick={() => void create(emptyDocument())}
        >
          <Plus size={14} aria-hidden />
          <span className="button-label">New pipeline</span>
        </button>
      </PageBar>
      <main className="page-main">
        {said.length > 0 ? (
          <div role="alert" className="page-said">
            {said.map((text) => (
              <p key={text}>{text}</p>
            ))}
          </div>
        ) : null}
        {pipelines !== undefined && pipelines.length > 0 ? (
          <PipelineList {...{ api, env, pipelines, readAgain }} />
        ) : null}
        <section aria-labelledby="examples-title">
          <h1 id="examples-title" className="page-title">
            {pipelines?.length === 0 ? 'Begin with an example' : 'Examples'}
          </h1>
          <p className="page-lead">
            Each one runs as it is, on data that comes with Millrace, and opens as a pipeline of
            your own.
          </p>
          <Gallery api={api} />
        </section>
      </main>
    </div>
  )
}

interface PipelineListProps extends Pick<PipelinesPageProps, 'api' | 'env'> {
  readonly pipelines: Pipelines
  readonly readAgain: () => void
}

function PipelineList({ api, env, pipelines, readAgain }: PipelineListProps): ReactNode {
  const [asked, setAsked] = useState<Pick<Pipelines[number], 'id' | 'name'>>()
  const close = (): void => setAsked(undefined)
  const forget = (): void => {
    close()
    readAgain()
  }
  const [state, setState] = useState('')
  const list = useFoundList(
    pipelines,
    ({ name }) => name,
    (one) => state === '' || stateWord(one) === state,
  )
  const [asksMany, setAsksMany] = useState(false)
  const chosen = useChosenRows(list.shown.map(({ id }) => id))
  const press = (event: KeyboardEvent<HTMLElement>): void => {
    const { key, ctrlKey, metaKey } = event
    if (key === 'Escape' && chosen.ids.length > 0) chosen.clear()
    else if (key.toLowerCase() === 'a' && (ctrlKey || metaKey)) {
      chosen.chooseAll()
      event.preventDefault()
    } else walkRows(event)
  }
  return (
    <section aria-labelledby="pipelines-title">
      <h1 id="pipelines-title" className="page-title">
        Pipelines
      </h1>
      {/* Whoever looks for an example need not pass by a hundred pipelines. */}
      <FindBar list={list} noun="pipeline">
        <StateChoice {...{ pipelines, state }} onChoose={setState} />
        <a href="#examples-title">Examples</a>
      </FindBar>
      <ul
        className="pipeline-list"
        data-choosing={chosen.ids.length > 0}
        ref={list.holdRows}
        onKeyDown={press}
      >
        {list.shown.map((pipeline) => (
          <PipelineItem key={pipeline.id} {...{ pipeline, chosen }} onDelete={setAsked} />
        ))}
      </ul>
      <RestOfList list={list} noun="pipeline" />
      <ChosenBar chosen={chosen} count={list.shown.length} onDelete={() => setAsksMany(true)} />
      {asked === undefined ? null : (
        <Suspense>
          <DeletePipelineDialog
            {...{ api, env, name: asked.name, pipelineId: asked.id }}
            onDeleted={forget}
            onClose={close}
          />
        </Suspense>
      )}
      {asksMany ? (
        <Suspense>
          <DeletePipelinesDialog
            {...{ api, env }}
            pipelines={pipelines.filter(({ id }) => chosen.ids.includes(id))}
            onDeleted={readAgain}
            onClose={() => setAsksMany(false)}
          />
        </Suspense>
      ) : null}
    </section>
  )
}

/** What can be done with those that are chosen, below them: above, it would move the list. */
function ChosenBar(props: {
  readonly chosen: ChosenRows
  /** How many could be. */
  readonly count: number
  readonly onDelete: () => void
}): ReactNode {
  const { chosen, count, onDelete } = props
  const { length } = chosen.ids
  if (length === 0) return null
  return (
    <div className="chosen-bar" role="toolbar" aria-label="What to do with the chosen pipelines">
      <span role="status">{counted(length, 'pipeline')} chosen</span>
      <button type="button" className="button" onClick={onDelete}>
        <Trash2 size={13} aria-hidden />
        Delete {countText(length)}…
      </button>
      {length < count ? (
        <button
          type="button"
          className="button quiet"
          title="Ctrl+A in the list"
          onClick={chosen.chooseAll}
        >
          Choose all {countText(count)} that are shown
        </button>
      ) : null}
      <button
        type="button"
        className="button quiet"
        title="Escape in the list"
        onClick={chosen.clear}
      >
        Choose none
      </button>
    </div>
  )
}

/** Which pipelines are shown, by how their latest job is; only what there is, is offered. */
function StateChoice(props: {
  readonly pipelines: Pipelines
  readonly state: string
  readonly onChoose: (state: string) => void
}): ReactNode {
  const { pipelines, state, onChoose } = props
  const counts = new Map<string, number>()
  for (const word of pipelines.map(stateWord)) counts.set(word, (counts.get(word) ?? 0) + 1)
  // What was chosen stays to be seen when the last one of it has gone on.
  if (state !== '' && !counts.has(state)) counts.set(state, 0)
  return (
    <select
      className="input"
      aria-label="State"
      value={state}
      onChange={({ target }) => onChoose(target.value)}
    >
      <option value="">any state</option>
      {[...counts].sort().map(([word, count]) => (
        <option key={word} value={word}>
          {word} ({countText(count)})
        </option>
      ))}
    </select>
  )
}

function stateWord({ job }: Pipelines[number]): string {
  return job?.state ?? 'not started'
}

interface PipelineItemProps {
  readonly pipeline: Pipelines[number]
  readonly chosen: ChosenRows
  readonly onDelete: (pipeline: Pick<Pipelines[number], 'id' | 'name'>) => void
}

function PipelineItem({ pipeline, chosen, onDelete }: PipelineItemProps): ReactNode {
  const { id, version, savedAtMs, nodeCount, job } = pipeline
  const name = oneLine(pipeline.name)
  return (
    <li className="pipeline-item" data-chosen={chosen.has(id)}>
      <input
        type="checkbox"
        className="pipeline-choice"
        aria-label={`Choose ${name}`}
        title="Choose it; with Shift all from the last one"
        checked={chosen.has(id)}
        onChange={({ nativeEvent }) => chosen.toggle(id, hasShift(nativeEvent))}
      />
      <Link href={`/pipelines/${id}`} className="pipeline-row">
        <span className="pipeline-name">{name}</span>
        <span>{counted(nodeCount, 'node')}</span>
        <span>version {version}</span>
        <span className="mono" title="When it was saved last">
          {timeText(savedAtMs)}
        </span>
        <span className="job-word" data-state={job?.state}>
          {stateWord(pipeline)}
        </span>
      </Link>
      <button
        type="button"
        className="button quiet icon"
        aria-label={`Delete ${name}`}
        title="Delete it"
        onClick={() => onDelete({ id, name })}
      >
        <Trash2 size={14} aria-hidden />
      </button>
    </li>
  )
}

/** A change of a checkbox is a click, also by the keyboard. */
function hasShift(event: Event): boolean {
  return event instanceof MouseEvent && event.shiftKey
}

/** Reads the list again while the page is open, since jobs start and end. */
function usePipelines(api: Api, env: BrowserEnv) {
  const [pipelines, setPipelines] = useState<Pipelines>()
  const [said, setSaid] = useState<readonly string[]>([])
  const [asked, setAsked] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: who asks has it read at once
  useEffect(() => {
    let left = false
    let away = false
    let cancel = (): void => undefined
    const read = async (): Promise<void> => {
      const answer = await api.call('listPipelines', {})
      if (left) return
      if (answer.kind === 'done') {
        setPipelines(answer.reply)
        forgetDeleted(
          env.storage,
          answer.reply.map(({ id }) => id),
        )
        if (away) setSaid([])
        away = false
      } else {
        away = true
        setSaid([messageOf(answer)])
      }
      cancel = env.after(REFRESH_MS, () => void read())
    }
    void read()
    return () => {
      left = true
      cancel()
    }
  }, [api, env, asked])
  return { pipelines, said, setSaid, readAgain: () => setAsked((count) => count + 1) }
}

function latestOf(pipelines: Pipelines, env: BrowserEnv): string | undefined {
  const last = env.storage.read(LAST_OPENED)
  if (last !== undefined && pipelines.some(({ id }) => id === last)) return last
  return pipelines.find(({ job }) => hasNotEnded(job))?.id
}

function emptyDocument(): Record<string, unknown> {
  const text = writeDocument({
    name: NEW_NAME,
    nodes: new Map(),
    edges: [],
    settings: {},
    layout: new Map(),
    notes: [],
  })
  return JSON.parse(text) as Record<string, unknown>
}
