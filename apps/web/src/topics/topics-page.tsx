/** All topics of the log: how large they are, what is written to them, and who reads and writes. */

import type { wire } from '@millrace/pipeline'
import { Plus } from 'lucide-react'
import { type ReactNode, useCallback, useState } from 'react'
import { Link, useLocation } from 'wouter'
import type { Api } from '../api/api.ts'
import type { BrowserEnv } from '../env/browser-env.ts'
import { FindBar, RestOfList, useFoundList, walkRows } from '../lists/found-list.tsx'
import { bytesText, countText, rateText, timeText } from '../live/formats.ts'
import { PageBar } from '../pages/page-bar.tsx'
import { Announcer } from '../workbench/announcer.tsx'
import type { Workbench } from '../workbench/workbench-store.ts'
import NewTopicDialog from './new-topic-dialog.tsx'
import { agoText } from './time-ago.ts'
import { mostBehind, settingWords, totalsOf } from './topic-figures.ts'
import { useTopics } from './use-topics.ts'
import './topics.css'

interface TopicsPageProps {
  readonly api: Api
  readonly env: BrowserEnv
  readonly workbench: Workbench
}

export default function TopicsPage({ api, env, workbench }: TopicsPageProps): ReactNode {
  const listed = useTopics(api, env)
  const [, navigate] = useLocation()
  const [making, setMaking] = useState(false)
  const { topics, refusal } = listed
  const close = useCallback(() => setMaking(false), [])
  return (
    <div className="page">
      <PageBar workbench={workbench} current="/topics">
        <button type="button" className="button primary" onClick={() => setMaking(true)}>
          <Plus size={14} aria-hidden />
          <span className="button-label">New topic</span>
        </button>
      </PageBar>
      <main className="page-main" aria-busy={topics === undefined}>
        {refusal === undefined ? null : (
          <p role="alert" className="page-said">
            {refusal.message}
          </p>
        )}
        <h1 className="page-title">Topics</h1>
        <p className="page-lead">
          The log that comes with Millrace. A topic sink writes a topic, topic sources read it, each
          from a place of its own, and what was acknowledged outlives a power cut.
        </p>
        {topics === undefined ? (
          refusal === undefined ? (
            <Skeleton />
          ) : null
        ) : topics.length === 0 ? (
          <NoTopics onMake={() => setMaking(true)} />
        ) : (
          <TopicList {...listed} topics={topics} nowMs={env.nowMs()} />
        )}
      </main>
      {making ? (
        <NewTopicDialog
          api={api}
          onMade={({ topic }) => {
            workbench.announce(`Topic ${topic} is made.`)
            navigate(`/topics/${topic}`)
          }}
          onClose={close}
        />
      ) : null}
      <Announcer workbench={workbench} env={env} />
    </div>
  )
}

function Skeleton(): ReactNode {
  return (
    <div className="topic-table-frame topics-skeleton" role="status">
      <span className="visually-hidden">The topics are being read.</span>
      <i />
      <i />
      <i />
    </div>
  )
}

function NoTopics({ onMake }: { readonly onMake: () => void }): ReactNode {
  return (
    <section className="empty-card">
      <h2>There are no topics yet</h2>
      <p>
        A topic sink makes its topic when its job starts. Make one yourself to choose its partitions
        and how long it keeps records, or to write records by hand.
      </p>
      <button type="button" className="button" onClick={onMake}>
        Make the first topic
      </button>
    </section>
  )
}

interface TopicListProps extends Omit<ReturnType<typeof useTopics>, 'topics'> {
  readonly topics: readonly wire.WireTopic[]
  readonly nowMs: number
}

function TopicList({ topics, uses, perSecond, nowMs }: TopicListProps): ReactNode {
  const list = useFoundList(topics, ({ topic }) => topic)
  return (
    <>
      <FindBar list={list} noun="topic" />
      <div className="topic-table-frame">
        <table className="topic-table">
          <thead>
            <tr>
              <th scope="col">Topic</th>
              <th scope="col" className="number">
                Records
              </th>
              <th scope="col" className="number">
                Size
              </th>
              <th scope="col" className="number">
                Written
              </th>
              <th scope="col">Newest</th>
              <th scope="col">Written and read by</th>
              <th scope="col" className="number">
                Most behind
              </th>
            </tr>
          </thead>
          <tbody ref={list.holdRows} onKeyDown={walkRows}>
            {list.shown.map((topic) => (
              <TopicRow
                key={topic.topic}
                topic={topic}
                uses={uses.filter((use) => use.topic === topic.topic)}
                perSecond={perSecond(topic.topic)}
                nowMs={nowMs}
              />
            ))}
          </tbody>
        </table>
      </div>
      <RestOfList list={list} noun="topic" />
    </>
  )
}

interface TopicRowProps {
  readonly topic: wire.WireTopic
  readonly uses: readonly wire.TopicUse[]
  readonly perSecond: number | undefined
  readonly nowMs: number
}

function TopicRow({ topic, uses, perSecond, nowMs }: TopicRowProps): ReactNode {
  const { records, bytes, newestMs } = totalsOf(topic)
  const behind = mostBehind(topic, uses)
  return (
    <tr data-damaged={topic.damage !== undefined}>
      <td>
        <Link href={`/topics/${topic.topic}`} className="topic-name row-stop">
          {topic.topic}
        </Link>
        <span className="topic-settings">
          {topic.damage === undefined
            ? settingWords(topic).join(', ')
            : 'damaged: nothing is read or written'}
        </span>
      </td>
      <td className="number">{countText(records)}</td>
      <td className="number">{bytesText(bytes)}</td>
      <td className="number">{perSecond === undefined ? '–' : rateText(perSecond)}</td>
      <td>
        {newestMs === undefined ? (
          <span className="quiet">nothing yet</span>
        ) : (
          <span title={timeText(newestMs)}>{agoText(nowMs - newestMs)}</span>
        )}
      </td>
      <td>
        <UsersText uses={uses} />
      </td>
      <td className="number">
        {behind === undefined ? (
          <span className="quiet">–</span>
        ) : (
          <span
            className="topic-lag"
            data-behind={behind.lag.total > 0}
            title={`"${behind.use.pipelineName}"`}
          >
            {behind.lag.total === 0 ? 'up to date' : countText(behind.lag.total)}
          </span>
        )}
      </td>
    </tr>
  )
}

/** Names of pipelines; those that do not run are quiet. */
function UsersText({ uses }: { readonly uses: readonly wire.TopicUse[] }): ReactNode {
  if (uses.length === 0) return <span className="quiet">nobody</span>
  const parts = (['write', 'read'] as const).map((kind) => {
    const own = uses.filter(({ use }) => use === kind)
    return { kind, names: [...new Map(own.map((use) => [use.pipelineName, use])).values()] }
  })
  return (
    <span className="topic-users">
      {parts
        .filter(({ names }) => names.length > 0)
        .map(({ kind, names }) => (
          <span key={kind}>
            <span className="quiet">{kind === 'write' ? 'from ' : 'to '}</span>
            {names.slice(0, 2).map(({ pipelineId, pipelineName, job }, index) => (
              <span key={pipelineId} className={job === null ? 'quiet' : undefined}>
                {index > 0 ? ', ' : ''}
                {pipelineName}
              </span>
            ))}
            {names.length > 2 ? <span className="quiet"> and {names.length - 2} more</span> : null}
          </span>
        ))}
    </span>
  )
}
