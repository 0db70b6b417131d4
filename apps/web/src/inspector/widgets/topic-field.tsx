/** A topic of the log: those that are there are offered, and another one can be made at once. */

import { fieldsOf, hasErrors, type wire } from '@millrace/pipeline'
import { type ReactNode, Suspense, useCallback, useState } from 'react'
import { Link } from 'wouter'
import { usePolled } from '../../api/use-polled.ts'
import { useNodeView, useSession } from '../../editor/session.tsx'
import { isActive } from '../../live/job-words.ts'
import { useJobFact } from '../../live/live.tsx'
import { latePart } from '../../parts/late-part.ts'
import { type ConfigFieldProps, problemsAt, useForm } from '../form-context.ts'
import { ReadSchema } from './read-schema.tsx'
import { TextField } from './scalar-fields.tsx'

const NewTopicDialog = latePart(() => import('../../topics/new-topic-dialog.tsx'))

export default function TopicField(props: ConfigFieldProps): ReactNode {
  const { path, value } = props
  const form = useForm()
  const { topics, refresh } = useKnownTopics()
  const offered = topics?.map(({ topic }) => topic) ?? []
  const problems = problemsAt(form.problems, path, 'exact')
  return (
    <>
      <TextField {...props} offered={offered} placeholder="topic" onFocus={refresh} />
      <TopicState
        name={typeof value === 'string' ? value : ''}
        topics={topics}
        told={problems.length > 0}
        usable={!hasErrors(problems.filter(({ code }) => code !== 'missing-field'))}
        onRead={refresh}
        onMade={(topic) => {
          form.set(path, topic)
          form.endGesture()
          refresh()
        }}
      />
    </>
  )
}

/** What a job that runs has made or written is known so soon. */
const REFRESH_MS = 2_000

/**
 * Asked for when the form opens, whenever the field is gone to, when the job begins, stands still
 * or ends, and again and again while it runs: it makes topics and writes to them. Away or refused,
 * nothing is offered; the field takes a name all the same.
 */
function useKnownTopics() {
  const { api, env } = useSession()
  const job = useJobFact((status) => `${status?.jobId} ${status?.state}`)
  const runs = useJobFact(isActive)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another job is asked for anew
  const read = useCallback(() => api.call('listTopics', {}), [api, job])
  const { value: topics, refresh } = usePolled(read, runs ? REFRESH_MS : undefined, env)
  return { topics, refresh }
}

interface TopicStateProps {
  readonly name: string
  readonly topics: readonly wire.WireTopic[] | undefined
  /** Whether something is said of the name already. */
  readonly told: boolean
  /** Whether a topic may be called so. */
  readonly usable: boolean
  /** There may be more in it than is known here. */
  readonly onRead: () => void
  readonly onMade: (topic: string) => void
}

/** What is known of the topic that the field names, and what can be done about it. */
function TopicState(props: TopicStateProps): ReactNode {
  const { name, topics, told, usable, onRead, onMade } = props
  const { api } = useSession()
  const { nodeId } = useForm()
  const operator = useNodeView(nodeId)?.operator
  const writes = operator?.category === 'sink'
  const declares =
    operator !== undefined && fieldsOf(operator).some(({ schema }) => schema.widget === 'schema')
  const [making, setMaking] = useState(false)
  if (topics === undefined) return null
  const found = topics.find(({ topic }) => topic === name)
  return (
    <div className="topic-state">
      {found === undefined ? (
        <>
          <p>{told && name !== '' ? '' : absentText(name, topics.length, writes)}</p>
          {usable ? (
            <button type="button" className="button" onClick={() => setMaking(true)}>
              {name === '' ? 'Create a topic' : 'Create it'}
            </button>
          ) : null}
        </>
      ) : (
        <>
          <p>{presentText(found)}</p>
          <Link className="button" href={`/topics/${found.topic}`}>
            Open the topic
          </Link>
          {declares && found.damage === undefined ? (
            <ReadSchema
              key={found.topic}
              from="the topic"
              done="The schema is taken from the newest records of the topic."
              read={() => {
                onRead()
                return api.call('inferTopicSchema', { params: { topic: found.topic }, body: {} })
              }}
            />
          ) : null}
        </>
      )}
      {making ? (
        <Suspense>
          <NewTopicDialog
            api={api}
            name={name}
            onMade={({ topic }) => {
              setMaking(false)
              onMade(topic)
            }}
            onClose={() => setMaking(false)}
          />
        </Suspense>
      ) : null}
    </div>
  )
}

function absentText(name: string, count: number, writes: boolean): string {
  if (name === '') return count === 0 ? 'There are no topics yet.' : 'Choose one, or make another.'
  return writes
    ? `"${name}" is made when the job starts.`
    : `There is no topic "${name}", so the job would fail.`
}

function presentText({ partitions, damage }: wire.WireTopic): string {
  if (damage !== undefined) return 'It is damaged: nothing can be read or written.'
  const records = partitions.reduce((sum, { startOffset, endOffset }) => {
    return sum + endOffset - startOffset
  }, 0)
  const many = partitions.length === 1 ? '1 partition' : `${partitions.length} partitions`
  return records === 0 ? `${many}, empty.` : `${many}, ${records} offsets.`
}
