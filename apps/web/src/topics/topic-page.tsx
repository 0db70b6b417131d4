/** One topic: its partitions, who reads and writes it, and its records. */

import type { wire } from '@millrace/pipeline'
import { Send, Trash2 } from 'lucide-react'
import { type ReactNode, Suspense, useCallback, useEffect, useState } from 'react'
import { Link, useLocation } from 'wouter'
import type { Api } from '../api/api.ts'
import type { BrowserEnv } from '../env/browser-env.ts'
import { bytesText, countText, rateText, timeText } from '../live/formats.ts'
import { useOwned } from '../live/use-owned.ts'
import { PageBar } from '../pages/page-bar.tsx'
import { latePart } from '../parts/late-part.ts'
import { Announcer } from '../workbench/announcer.tsx'
import type { Workbench } from '../workbench/workbench-store.ts'
import { createBrowseSession } from './browse-session.ts'
import { PartitionTable } from './partition-table.tsx'
import { RecordBrowser } from './record-browser.tsx'
import { agoText } from './time-ago.ts'
import { mostBehind, settingWords, totalsOf } from './topic-figures.ts'
import { TopicUsers } from './topic-users.tsx'
import { useTopic } from './use-topics.ts'
import './topics.css'

const ProduceDialog = latePart(() => import('./produce-dialog.tsx'))
const DeleteTopicDialog = latePart(() => import('./delete-topic-dialog.tsx'))

interface TopicPageProps {
  readonly topic: string
  readonly api: Api
  readonly env: BrowserEnv
  readonly workbench: Workbench
}

export default function TopicPage(props: TopicPageProps): ReactNode {
  const { topic: name, api, env, workbench } = props
  const watched = useTopic(api, env, name)
  const { topic, refusal } = watched
  const [dialog, setDialog] = useState<'produce' | 'delete'>()
  const isGone = refusal !== undefined && refusal.code !== 'away'
  useEffect(() => {
    document.title = `${name} · Millrace`
    return () => {
      document.title = 'Millrace'
    }
  }, [name])
  useTopicKeys({ p: () => setDialog('produce') }, dialog === undefined && topic !== undefined)
  return (
    <div className="page">
      <PageBar workbench={workbench} current="/topics">
        <button
          type="button"
          className="button"
          disabled={topic === undefined || isGone}
          onClick={() => setDialog('delete')}
        >
          <Trash2 size={14} aria-hidden />
          <span className="button-label">Delete</span>
        </button>
        <button
          type="button"
          className="button primary"
          title="Write a record by hand (P)"
          disabled={topic?.damage !== undefined || topic === undefined || isGone}
          onClick={() => setDialog('produce')}
        >
          <Send size={14} aria-hidden />
          <span className="button-label">Write a record</span>
        </button>
      </PageBar>
      <main className="topic-main" aria-busy={topic === undefined && refusal === undefined}>
        <TopicContent
          {...props}
          {...watched}
          isGone={isGone}
          dialog={dialog}
          onDialog={setDialog}
        />
      </main>
      <Announcer workbench={workbench} env={env} />
    </div>
  )
}

interface TopicContentProps extends Omit<TopicPageProps, 'topic'>, ReturnType<typeof useTopic> {
  readonly isGone: boolean
  readonly dialog: 'produce' | 'delete' | undefined
  readonly onDialog: (dialog: 'produce' | 'delete' | undefined) => void
}

function TopicContent(props: TopicContentProps): ReactNode {
  const { topic, refusal, isGone } = props
  if (topic !== undefined && !isGone) return <KnownTopic {...props} topic={topic} />
  return refusal === undefined ? null : <NoSuchTopic message={refusal.message} />
}

function KnownTopic(props: TopicContentProps & { readonly topic: wire.WireTopic }): ReactNode {
  const { topic, uses, refusal, perSecond, api, env, workbench, onDialog } = props
  const name = topic.topic
  const session = useOwned(useCallback(() => createBrowseSession(api, env, name), [api, env, name]))
  return (
    <>
      <TopicHead topic={topic} uses={uses} perSecond={perSecond} nowMs={env.nowMs()} />
      {refusal === undefined ? null : (
        <p role="alert" className="page-said">
          {refusal.message} What is shown is of before.
        </p>
      )}
      {topic.damage === undefined ? null : (
        <p role="alert" className="page-said">
          {topic.damage}
        </p>
      )}
      <div className="topic-columns">
        {session === undefined ? (
          <section className="topic-panel" />
        ) : (
          <RecordBrowser
            {...{ session, api, workbench, topic }}
            onWrite={() => onDialog('produce')}
          />
        )}
        <div className="topic-side">
          <PartitionTable
            topic={topic}
            uses={uses}
            onShow={(partition) => session?.open(partition, { kind: 'latest' })}
          />
          <TopicUsers topic={topic} uses={uses} />
        </div>
      </div>
      <Suspense>
        <TopicDialogs {...props} onWritten={() => session?.refresh()} />
      </Suspense>
    </>
  )
}

interface TopicDialogsProps extends TopicContentProps {
  readonly topic: wire.WireTopic
  readonly onWritten: () => void
}

function TopicDialogs(props: TopicDialogsProps): ReactNode {
  const { topic, uses, refresh, api, workbench, dialog, onDialog, onWritten } = props
  const [, navigate] = useLocation()
  const close = (): void => onDialog(undefined)
  if (dialog === 'produce') {
    const written = (): void => {
      refresh()
      onWritten()
    }
    return <ProduceDialog api={api} topic={topic} onWritten={written} onClose={close} />
  }
  if (dialog === undefined) return null
  const deleted = (): void => {
    workbench.notify({ kind: 'done', title: `Topic ${topic.topic} is deleted.` })
    navigate('/topics')
  }
  return <DeleteTopicDialog {...{ api, topic, uses }} onDeleted={deleted} onClose={close} />
}

function NoSuchTopic({ message }: { readonly message: string }): ReactNode {
  return (
    <section className="page-message" role="alert">
      <h1>This topic cannot be shown</h1>
      <p>{message}</p>
      <Link className="button" href="/topics">
        All topics
      </Link>
    </section>
  )
}

interface TopicHeadProps {
  readonly topic: wire.WireTopic
  readonly uses: readonly wire.TopicUse[]
  readonly perSecond: number | undefined
  readonly nowMs: number
}

function TopicHead({ topic, uses, perSecond, nowMs }: TopicHeadProps): ReactNode {
  const { records, bytes, newestMs } = totalsOf(topic)
  const behind = mostBehind(topic, uses)
  const { compact } = topic.settings
  return (
    <header className="topic-head">
      <div className="topic-title">
        <p className="topic-crumb">
          <Link href="/topics">Topics</Link>
        </p>
        <h1 className="page-title">{topic.topic}</h1>
        <p className="topic-words">{settingWords(topic).join(' · ')}</p>
      </div>
      <dl className="topic-figures">
        <Figure
          title={compact ? 'Offsets' : 'Records'}
          hint={compact ? 'Older records of a key are gone, so that records are fewer.' : undefined}
        >
          {countText(records)}
        </Figure>
        <Figure title="On the disk">{bytesText(bytes)}</Figure>
        <Figure title="Written">{perSecond === undefined ? '–' : rateText(perSecond)}</Figure>
        <Figure title="Newest" hint={newestMs === undefined ? undefined : timeText(newestMs)}>
          {newestMs === undefined ? 'none yet' : agoText(nowMs - newestMs)}
        </Figure>
        <Figure
          title="Most behind"
          hint={behind === undefined ? 'No job reads it.' : `"${behind.use.pipelineName}"`}
        >
          {behind === undefined
            ? '–'
            : behind.lag.total === 0
              ? 'up to date'
              : countText(behind.lag.total)}
        </Figure>
      </dl>
    </header>
  )
}

function Figure(props: {
  readonly title: string
  readonly hint?: string | undefined
  readonly children: ReactNode
}): ReactNode {
  return (
    <div title={props.hint}>
      <dt>{props.title}</dt>
      <dd>{props.children}</dd>
    </div>
  )
}

/** Single letters, while no field has the focus. */
function useTopicKeys(keys: Readonly<Record<string, () => void>>, on: boolean): void {
  useEffect(() => {
    if (!on) return undefined
    const press = (event: KeyboardEvent): void => {
      const inField =
        event.target instanceof HTMLElement && event.target.closest('input, select, textarea')
      if (inField || event.ctrlKey || event.metaKey || event.altKey) return
      const act = Object.hasOwn(keys, event.key) ? keys[event.key] : undefined
      if (act === undefined) return
      event.preventDefault()
      act()
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  })
}
