/**
 * Runnable examples, each drawn small. Choosing one opens the pipeline that comes from it: a new
 * one at first, the same one from then on, so that no two of them write the same files.
 */

import type { Pipeline, wire } from '@millrace/pipeline'
import { type ReactNode, useEffect, useState } from 'react'
import { useLocation } from 'wouter'
import type { Api, ApiReply } from '../api/api.ts'
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
      <ul className="gallery" aria-busy={examples === undefined} aria-label="Examples">
        {examples?.map((example) => (
          <Card key={example.id} example={example} onOpen={(copy) => void open(example.id, copy)} />
        ))}
      </ul>
    </>
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

export function messageOf(
  answer:
    | { readonly kind: 'refused'; readonly error: wire.ApiError }
    | { readonly kind: 'away'; readonly message: string },
): string {
  return answer.kind === 'away' ? answer.message : answer.error.message
}
