/** What of what is drawn differs from what runs, beyond where things lie and their titles. */

import { type Pipeline, type PipelineNode, writeDocument } from '@millrace/pipeline'
import { useEffect, useMemo, useState } from 'react'
import { fromDocumentJson } from '../api/document-json.ts'
import { usePipeline, useSession } from '../editor/session.tsx'
import { isActive } from '../live/job-words.ts'
import { useJobFact } from '../live/live.tsx'
import type { NodeEdits } from '../workbench/workbench-store.ts'

/** What a job does with a pipeline: the same text for the same work. */
export function workOf(pipeline: Pipeline): string {
  const nodes = new Map(
    [...pipeline.nodes].map(([id, { operator, config }]) => [id, { operator, config }]),
  )
  return writeDocument({ ...pipeline, name: '', nodes, layout: new Map(), notes: [] })
}

/** A node that is not edited stays the same object. */
const works = new WeakMap<PipelineNode, string>()

function nodeWork(node: PipelineNode): string {
  const known = works.get(node)
  if (known !== undefined) return known
  const nodes = new Map([['node', node]])
  const alone = { name: '', nodes, edges: [], settings: {}, layout: new Map(), notes: [] }
  const work = workOf(alone)
  works.set(node, work)
  return work
}

/** The nodes that would do something else than they do where the pipeline runs. */
export function nodeEdits(running: Pipeline, drawn: Pipeline): NodeEdits {
  const edits = new Map<string, 'edited' | 'new'>()
  for (const [id, node] of drawn.nodes) {
    const old = running.nodes.get(id)
    if (old?.operator !== node.operator) edits.set(id, 'new')
    else if (nodeWork(old) !== nodeWork(node)) edits.set(id, 'edited')
  }
  return edits
}

/** False as long as it is not known. The canvas marks the nodes meanwhile. */
export function useIsEdited(): boolean {
  const { api, pipelineId, workbench } = useSession()
  const pipeline = usePipeline()
  const version = useJobFact((status) => (isActive(status) ? status.version : undefined))
  const [running, setRunning] = useState<Running>()
  useEffect(() => {
    if (version === undefined) return undefined
    let left = false
    const params = { id: pipelineId, version: `${version}` }
    void api.call('getVersion', { params }).then((answer) => {
      if (left || answer.kind !== 'done') return
      const read = fromDocumentJson(answer.reply.document).pipeline
      if (read !== undefined) setRunning({ version, pipeline: read, work: workOf(read) })
    })
    return () => {
      left = true
    }
  }, [api, pipelineId, version])
  const edits = useMemo(() => {
    const known = running !== undefined && running.version === version ? running : undefined
    if (known === undefined || workOf(pipeline) === known.work) return undefined
    return nodeEdits(known.pipeline, pipeline)
  }, [pipeline, running, version])
  useEffect(() => {
    workbench.update({ edits })
    return () => workbench.update({ edits: undefined })
  }, [workbench, edits])
  return edits !== undefined
}

interface Running {
  readonly version: number
  readonly pipeline: Pipeline
  readonly work: string
}
