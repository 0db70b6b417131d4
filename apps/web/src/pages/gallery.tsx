/**
 * Runnable examples, each drawn small. Choosing one opens the pipeline that comes from it: a new
 * one at first, the same one from then on, so that no two of them write the same files.
 */

import type { Pipeline } from '@millrace/pipeline'
import { type ReactNode, useEffect, useState } from 'react'
import { useLocation } from 'wouter'
import { type Api, type ApiReply, messageOf } from '../api/api.ts'
import { fromDocumentJson } from '../api/document-json.ts'
import { PipelineSketch } from './pipeline-sketch.tsx'
import './gallery.css'

type Example = ApiReply<'listExamples'>[number]

export function Gallery(props: { readonly api: Api; readonly onOpened?: () => void }): ReactNode {
  const { api, onOpened } = props
  const [examples, setExamples] = useState<readonly Example[]>()
  const [said, setSaid] = useState<string>()
  const [opening, setOpening] = useState(false)
  const [, navigate] = useLocation()
  useEffect(() => {
    let left = false
    void api.call('listExamples', {}).then((answer) => {
      if (left) return
      if (answer.kind === 'done') setExamples(answer.reply)
      else setSaid(messageOf(answer))
    })
    return () => {
      left = true
    }
  }, [api])
  const open = async (id: string, copy: boolean): Promise<void> => {
    if (opening) return
    setOpening(true)
    const answer = await api.call('openExample', { params: { id }, body: { copy } })
    if (answer.kind !== 'done') {
      setOpening(false)
      setSaid(messageOf(answer))
      return
    }
    onOpened?.()
    navigate(`/pipelines/${answer.reply.id}`)
  }
  return (
    <>
      {said === undefined ? null : (
        <p role="alert" className="page-said">
          {said}
        </p>
      )}
      <Cards
        label="Examples"
        busy={examples === undefined}
        examples={examples?.filter(({ group }) => group === undefined) ?? []}
        onOpen={open}
      />
      {groupsOf(examples ?? []).map(([group, members]) => (
        <details key={group} className="gallery-group">
          <summary>
            {group}
            <span className="gallery-count">{members.length} examples</span>
          </summary>
          <Cards label={group} examples={members} onOpen={open} />
        </details>
      ))}
    </>
  )
}

/** In the order of their first examples. */
function groupsOf(examples: readonly Example[]): readonly (readonly [string, Example[]])[] {
  const groups = new Map<string, Example[]>()
  for (const example of examples) {
    if (example.group === undefined) continue
    groups.set(example.group, [...(groups.get(example.group) ?? []), example])
  }
  return [...groups]
}

function Cards(props: {
  readonly label: string
  readonly busy?: boolean
  readonly examples: readonly Example[]
  readonly onOpen: (id: string, copy: boolean) => Promise<void>
}): ReactNode {
  const { label, busy = false, examples, onOpen } = props
  return (
    <ul className="gallery" aria-busy={busy} aria-label={label}>
      {examples.map((example) => (
        <Card key={example.id} example={example} onOpen={(copy) => void onOpen(example.id, copy)} />
      ))}
    </ul>
  )
}

interface CardProps {
  readonly example: Example
  readonly onOpen: (copy: boolean) => void
}

function Card({ example, onOpen }: CardProps): ReactNode {
  const { title, summary, document, pipeline } = example
  return (
    <li className="gallery-card">
      <button type="button" className="gallery-open" onClick={() => onOpen(false)}>
        <Sketch document={document} />
        <span className="gallery-title">{title}</span>
        <span className="gallery-summary" title={summary}>
          {summary}
        </span>
      </button>
      {pipeline === null ? null : (
        <p className="gallery-opened">
          <span className="job-word" data-state={pipeline.job?.state}>
            {pipeline.job?.state ?? 'opened before'}
          </span>
          <button
            type="button"
            className="button quiet"
            aria-label={`Make a copy of ${title}`}
            title="A new pipeline from this example, which writes files of its own"
            onClick={() => onOpen(true)}
          >
            Make a copy
          </button>
        </p>
      )}
    </li>
  )
}

function Sketch({ document }: { readonly document: Record<string, unknown> }): ReactNode {
  const pipeline: Pipeline | undefined = fromDocumentJson(document).pipeline
  return pipeline === undefined ? null : <PipelineSketch pipeline={pipeline} />
}
