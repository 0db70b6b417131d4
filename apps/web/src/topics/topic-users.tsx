/** The pipelines that write and read a topic, and how far behind each reading job is. */

import type { wire } from '@millrace/pipeline'
import { ArrowDownToLine, ArrowUpFromLine } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { countText } from '../live/formats.ts'
import { lagOf } from './topic-figures.ts'

interface TopicUsersProps {
  readonly topic: wire.WireTopic
  readonly uses: readonly wire.TopicUse[]
}

export function TopicUsers({ topic, uses }: TopicUsersProps): ReactNode {
  return (
    <section className="topic-panel" aria-labelledby="users-title">
      <h2 id="users-title" className="topic-panel-title">
        Written and read by
      </h2>
      {uses.length === 0 ? (
        <p className="empty-state">
          No pipeline names it. A topic sink writes it, a topic source reads it.
        </p>
      ) : (
        <ul className="topic-use-list">
          {[...uses].sort(byUse).map((use) => (
            <li key={`${use.pipelineId} ${use.nodeId} ${use.use}`}>
              <span className="glyph" title={use.use === 'write' ? 'Writes it' : 'Reads it'}>
                {use.use === 'write' ? (
                  <ArrowDownToLine size={14} aria-hidden />
                ) : (
                  <ArrowUpFromLine size={14} aria-hidden />
                )}
              </span>
              <span className="topic-use-words">
                <Link href={`/pipelines/${use.pipelineId}`}>{use.pipelineName}</Link>
                <small>
                  {use.use === 'write' ? 'writes with' : 'reads with'} {use.nodeTitle}
                </small>
              </span>
              <UseState topic={topic} use={use} />
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function byUse(a: wire.TopicUse, b: wire.TopicUse): number {
  return a.use === b.use ? 0 : a.use === 'write' ? -1 : 1
}

function UseState({ topic, use }: { topic: wire.WireTopic; use: wire.TopicUse }): ReactNode {
  const { job } = use
  const lag = lagOf(topic, use)
  if (job === null) return <span className="job-word">not running</span>
  return (
    <span className="topic-use-state">
      <span className="job-word" data-state={job.state}>
        {job.state}
      </span>
      {use.use === 'read' ? (
        <small className="topic-lag" data-behind={(lag?.total ?? 0) > 0}>
          {lag === undefined
            ? 'nothing read yet'
            : lag.total === 0
              ? 'up to date'
              : `${countText(lag.total)} behind`}
        </small>
      ) : null}
    </span>
  )
}
