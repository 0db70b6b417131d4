/** Runnable examples, each drawn small; choosing one opens a pipeline of one's own. */

import type { Pipeline, wire } from '@millrace/pipeline'
import { type ReactNode, useEffect, useState } from 'react'
import { useLocation } from 'wouter'
import type { Api, ApiReply } from '../api/api.ts'
import { fromDocumentJson } from '../api/document-json.ts'
import { PipelineSketch } from './pipeline-sketch.tsx'
import './gallery.css'

export function Gallery(props: { readonly api: Api; readonly onOpened?: () => void }): ReactNode {
  const { api, onOpened } = props
  const [examples, setExamples] = useState<ApiReply<'listExamples'>>()
  const [said, setSaid] = useState<string>()
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
  const open = async (document: Record<string, unknown>): Promise<void> => {
    const answer = await api.call('createPipeline', { body: { document } })
    if (answer.kind !== 'done') {
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
        onOpen={(document) => void open(document)}
      />
      {groupsOf(examples ?? []).map(([group, members]) => (
        <details key={group} className="gallery-group">
          <summary>
            {group}
            <span className="gallery-count">{members.length} examples</span>
          </summary>
          <Cards label={group} examples={members} onOpen={(document) => void open(document)} />
        </details>
      ))}
    </>
  )
}

type Examples = ApiReply<'listExamples'>

/** In the order of their first examples. */
function groupsOf(examples: Examples): readonly (readonly [string, Examples])[] {
  const groups = new Map<string, Examples>()
  for (const example of examples) {
    if (example.group === undefined) continue
    groups.set(example.group, [...(groups.get(example.group) ?? []), example])
  }
  return [...groups]
}

function Cards(props: {
  readonly label: string
  readonly busy?: boolean
  readonly examples: Examples
  readonly onOpen: (document: Record<string, unknown>) => void
}): ReactNode {
  const { label, busy = false, examples, onOpen } = props
  return (
    <ul className="gallery" aria-busy={busy} aria-label={label}>
      {examples.map(({ id, title, summary, document }) => (
        <li key={id}>
          <button type="button" className="gallery-card" onClick={() => onOpen(document)}>
            <Sketch document={document} />
            <span className="gallery-title">{title}</span>
            <span className="gallery-summary">{summary}</span>
          </button>
        </li>
      ))}
    </ul>
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
